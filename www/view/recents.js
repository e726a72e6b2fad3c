// @ts-check
// The pictures of this visit, newest first. In memory only.

import { saidIn } from "./stage.js";

/** @import { Shown } from "../types.d.ts" */

const MOST = 24;

export class Recents {
  #box = /** @type {HTMLElement} */ (document.getElementById("recents"));
  #list = /** @type {HTMLElement} */ (this.#box.querySelector("ol"));
  #onPick;

  /** @param {(shown: Shown) => void} onPick */
  constructor(onPick) {
    this.#onPick = onPick;
  }

  /** @param {Shown} shown */
  add(shown) {
    const { recipe } = shown.result;
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button" });
    const image = Object.assign(document.createElement("img"), { src: shown.url, width: 64, height: 64, alt: "" });
    button.setAttribute("aria-label", `Show again: ${saidIn(recipe) ?? "picture"}, seed ${recipe.seed}`);
    button.addEventListener("click", () => {
      this.#mark(item);
      this.#onPick(shown);
    });
    button.append(image);
    item.append(button);
    this.#list.prepend(item);
    this.#mark(item);
    const oldest = this.#list.children[MOST];
    if (oldest) {
      URL.revokeObjectURL(oldest.querySelector("img")?.src ?? "");
      oldest.remove();
    }
    this.#box.hidden = false;
  }

  /** Marks the one that is looked at. @param {Shown} shown */
  mark(shown) {
    const item = [...this.#list.children].find((each) => each.querySelector("img")?.src === shown.url);
    this.#mark(item);
  }

  /** @param {Element | undefined} item */
  #mark(item) {
    for (const each of this.#list.children) each.querySelector("button")?.toggleAttribute("aria-current", each === item);
  }
}
