// @ts-check
// The gallery itself: all pictures, a search, and what can be done with several of them at once.

import { say } from "../language.js";
import { closable } from "../view/dialogs.js";
import { lazyPicture } from "./lazy.js";
import { madeAt, named, titleOf } from "./names.js";

/** @import { Gallery } from "./gallery.js" */
/** @import { Entry } from "../types.d.ts" */

/**
 * @typedef {object} PanelOptions
 * @property {(id: number) => void} onOpen
 * @property {(ids: number[]) => void} onAdopt they shall become the visitor's pictures
 * @property {(left: number, right: number) => void} onCompare
 * @property {(ids: number[]) => void} onDelete
 * @property {(ids: number[]) => void} onExport
 * @property {(file: File) => void} onImport
 */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Panel {
  #dialog = /** @type {HTMLDialogElement} */ (element("gallery"));
  #search = /** @type {HTMLInputElement} */ (element("gallery-search"));
  #list = /** @type {HTMLElement} */ (this.#dialog.querySelector(".tiles"));
  #file = /** @type {HTMLInputElement} */ (this.#dialog.querySelector("input[type=file]"));
  #gallery;
  #options;
  /** @type {Map<number, HTMLElement>} */ #tiles = new Map();
  /** In the order of choice. @type {Set<number>} */ #chosen = new Set();
  #hint = "";

  /** @param {Gallery} gallery @param {PanelOptions} options */
  constructor(gallery, options) {
    this.#gallery = gallery;
    this.#options = options;
    gallery.listen(() => this.#dialog.open && this.#show());
    this.#search.addEventListener("input", () => this.#show());
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      this.#file.value = "";
      if (file) options.onImport(file);
    });
    closable(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      // A closed gallery holds no pictures in memory.
      this.#tiles.clear();
      this.#list.replaceChildren();
    });
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    /** @type {Record<string, () => void>} */
    const acts = {
      adopt: () => options.onAdopt([...this.#chosen]),
      compare: () => this.#compare(),
      export: () => options.onExport(this.#chosen.size ? [...this.#chosen] : this.#found.map(({ id }) => id)),
      import: () => this.#file.click(),
      delete: () => this.#delete([...this.#chosen]),
      none: () => this.#choose([]),
      all: () => this.#choose(this.#found.map(({ id }) => id)),
    };
    for (const [act, run] of Object.entries(acts)) this.#button(act).addEventListener("click", run);
  }

  /** @param {number[]} [chosen] @param {string} [hint] what the visitor came for */
  open(chosen = [], hint = "") {
    this.#chosen = new Set(chosen);
    this.#hint = hint;
    this.#search.value = "";
    if (!this.#dialog.open) this.#dialog.showModal();
    // Not the search: on a phone its keyboard would cover the pictures.
    this.#dialog.focus();
    this.#show();
  }

  close() {
    this.#dialog.close();
  }

  get #found() {
    return this.#gallery.find(this.#search.value);
  }

  /** @param {string} act */
  #button(act) {
    return /** @type {HTMLButtonElement} */ (this.#dialog.querySelector(`[data-act=${act}]`));
  }

  #show() {
    const { all, trouble } = this.#gallery;
    const found = this.#found;
    for (const id of this.#chosen) if (!all.some((entry) => entry.id === id)) this.#chosen.delete(id);
    const before = this.#tiles;
    this.#tiles = new Map(found.map((entry) => [entry.id, before.get(entry.id) ?? this.#tile(entry)]));
    const held = document.activeElement;
    this.#list.replaceChildren(...this.#tiles.values());
    // Being put back into its place cost it the focus.
    if (held instanceof HTMLElement && this.#list.contains(held)) held.focus({ preventScroll: true });
    for (const [id, tile] of this.#tiles) {
      const box = tile.querySelector("input");
      if (box) box.checked = this.#chosen.has(id);
    }
    const n = this.#chosen.size;
    element("gallery-count").textContent = n ? say("gallery.chosen", { n }) : say("gallery.count", { n: found.length });
    this.#dialog.classList.toggle("choosing", n > 0);
    for (const act of ["adopt", "compare", "delete", "none"]) this.#button(act).hidden = n === 0;
    this.#button("import").hidden = n > 0;
    this.#button("all").hidden = n === found.length || n === 0;
    this.#button("compare").disabled = n !== 2;
    this.#button("compare").title = n === 2 ? "" : say("gallery.compareTwo");
    this.#button("export").textContent = say(n || found.length < all.length ? "gallery.exportChosen" : "gallery.exportAll");
    this.#button("export").disabled = !n && !found.length;
    const note = element("gallery-note");
    note.textContent = [this.#hint, trouble].filter(Boolean).join(" ");
    note.hidden = !note.textContent;
    const empty = element("gallery-empty");
    empty.hidden = found.length > 0;
    empty.textContent = say(all.length ? "gallery.noneFound" : "gallery.empty");
  }

  /** @param {Entry} entry */
  #tile(entry) {
    const tile = document.createElement("li");
    const open = Object.assign(document.createElement("button"), { type: "button", className: "tile-open", title: `${named(entry)}\n${madeAt(entry)}` });
    open.setAttribute("aria-label", say("gallery.show", { name: named(entry), time: madeAt(entry) }));
    open.append(lazyPicture(entry.thumb, 128));
    open.dataset.made = String(entry.id);
    open.draggable = true;
    open.addEventListener("click", () => this.#options.onOpen(entry.id));
    const pick = Object.assign(document.createElement("label"), { className: "tile-pick" });
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    box.setAttribute("aria-label", say("gallery.choose", { name: named(entry) }));
    box.addEventListener("change", () => {
      if (box.checked) this.#chosen.add(entry.id);
      else this.#chosen.delete(entry.id);
      this.#show();
    });
    pick.append(box);
    const name = Object.assign(document.createElement("span"), { className: "tile-name", textContent: titleOf(entry) });
    tile.append(open, pick, name);
    return tile;
  }

  /** @param {number[]} ids */
  #choose(ids) {
    this.#chosen = new Set(ids);
    this.#show();
    if (!ids.length) this.#search.focus();
  }

  #compare() {
    const [left, right] = this.#chosen;
    if (right !== undefined) this.#options.onCompare(left, right);
  }

  /** @param {number[]} ids */
  #delete(ids) {
    const next = this.#found.find(({ id }) => !ids.includes(id));
    this.#options.onDelete(ids);
    /** @type {HTMLElement} */ ((next && this.#tiles.get(next.id)?.querySelector("button")) ?? this.#search).focus();
  }

  /** Arrow keys go from picture to picture, Delete deletes. @param {KeyboardEvent} event */
  #key(event) {
    const tiles = [...this.#tiles];
    const at = tiles.findIndex(([, tile]) => tile.contains(document.activeElement));
    if (at < 0) return;
    const top = tiles[0][1].offsetTop;
    const row = tiles.filter(([, tile]) => tile.offsetTop === top).length;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + row, ArrowUp: at - row, Home: 0, End: tiles.length - 1 }[event.key];
    if (event.key === "Delete") this.#delete(this.#chosen.size ? [...this.#chosen] : [tiles[at][0]]);
    if (to === undefined) return;
    event.preventDefault();
    tiles[to]?.[1].querySelector("button")?.focus();
  }
}
