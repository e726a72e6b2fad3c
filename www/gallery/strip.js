// @ts-check
// The latest pictures in a row below the big one, and the way to all of them.

import { say } from "../language.js";
import { lazyPicture } from "./lazy.js";
import { named } from "./names.js";

/** @import { Gallery } from "./gallery.js" */
/** @import { Entry } from "../types.d.ts" */

/** More are in the gallery. */
const LATEST = 16;

export class Strip {
  #box = /** @type {HTMLElement} */ (document.getElementById("recents"));
  #list = /** @type {HTMLElement} */ (this.#box.querySelector("ol"));
  #all = /** @type {HTMLElement} */ (document.getElementById("open-gallery"));
  #gallery;
  #onPick;
  /** @type {Map<number, HTMLElement>} */ #items = new Map();
  /** @type {number | undefined} */ #current;

  /** @param {Gallery} gallery @param {{ onPick: (id: number) => void, onAll: () => void }} options */
  constructor(gallery, { onPick, onAll }) {
    this.#gallery = gallery;
    this.#onPick = onPick;
    this.#all.addEventListener("click", onAll);
    gallery.listen(() => this.#show());
  }

  /** Marks the one that is looked at. @param {number | undefined} id */
  mark(id) {
    this.#current = id;
    for (const [each, item] of this.#items) item.firstElementChild?.toggleAttribute("aria-current", each === id);
  }

  #show() {
    const { all } = this.#gallery;
    const before = this.#items;
    this.#items = new Map(all.slice(0, LATEST).map((entry) => [entry.id, before.get(entry.id) ?? this.#item(entry)]));
    const held = document.activeElement;
    this.#list.replaceChildren(...this.#items.values());
    // Being put back into its place cost it the focus.
    if (held instanceof HTMLElement && this.#list.contains(held)) held.focus({ preventScroll: true });
    this.#all.textContent = say("gallery.open", { count: all.length });
    this.#box.hidden = all.length === 0;
    this.mark(this.#current);
  }

  /** @param {Entry} entry */
  #item(entry) {
    const button = Object.assign(document.createElement("button"), { type: "button", title: named(entry) });
    button.setAttribute("aria-label", say("gallery.showAgain", { name: named(entry) }));
    button.addEventListener("click", () => this.#onPick(entry.id));
    button.dataset.made = String(entry.id);
    button.draggable = true;
    button.append(lazyPicture(entry.thumb, 64));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }
}
