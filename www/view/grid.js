// @ts-check
// The pictures of one run side by side.

import { say } from "../language.js";

/** @import { Pixels, Shown } from "../types.d.ts" */

export class Grid {
  #list = /** @type {HTMLElement} */ (document.getElementById("grid"));
  #onPick;

  /** @param {(shown: Shown) => void} onPick */
  constructor(onPick) {
    this.#onPick = onPick;
  }

  get isEmpty() {
    return this.#list.children.length === 0;
  }

  /** The numbers of the pictures that are done. */
  get ids() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll("button"))].map(({ dataset }) => Number(dataset.made));
  }

  /** @param {number} count */
  begin(count) {
    // Eight are a strip from one picture to another: two even rows read best.
    const columns = count === 8 ? 4 : Math.ceil(Math.sqrt(count));
    this.#list.dataset.columns = String(columns);
    this.clear();
    this.#list.replaceChildren(...Array.from({ length: count }, () => document.createElement("li")));
  }

  /** @param {number} index @param {Pixels} pixels */
  preview(index, { width, height, rgba }) {
    const place = this.#list.children[index];
    let canvas = place.querySelector("canvas");
    if (!canvas) place.replaceChildren((canvas = document.createElement("canvas")));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  /** @param {number} index @param {Shown} shown */
  set(index, shown) {
    const { recipe, clause } = shown.result;
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-label", say(clause ? "view.pictureFrom" : "view.pictureOf", { number: index + 1, seed: recipe.seed, clause: clause ?? "" }));
    if (clause) button.title = clause;
    button.dataset.made = String(shown.id);
    button.draggable = true;
    const src = URL.createObjectURL(new Blob([shown.result.png], { type: "image/png" }));
    button.append(Object.assign(document.createElement("img"), { src, alt: "", width: 256, height: 256, draggable: false }));
    button.addEventListener("click", () => this.#onPick(shown));
    this.#list.children[index].replaceChildren(button);
  }

  /** After the run: places that stayed empty go. @param {boolean} stopped whether what was begun stays as far as it came */
  end(stopped) {
    for (const place of [...this.#list.children]) if (!place.querySelector(stopped ? "button, canvas" : "button")) place.remove();
  }

  clear() {
    for (const { src } of this.#list.querySelectorAll("img")) URL.revokeObjectURL(src);
    this.#list.replaceChildren();
  }
}
