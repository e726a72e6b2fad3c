// @ts-check
// The big picture: empty, forming, or done.

import { duration, fileName } from "./format.js";

/** @import { Pixels, Result } from "../types.d.ts" */

/** @typedef {{ url: string, result: Result }} Shown */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Stage {
  #root = element("stage");
  #preview = /** @type {HTMLCanvasElement} */ (element("preview"));
  #image = /** @type {HTMLImageElement} */ (element("result"));
  #tools = element("result-tools");
  #note = element("result-note");
  /** @type {Shown | undefined} */ #shown;

  get shown() {
    return this.#shown;
  }

  /** @param {Pixels} pixels */
  preview({ width, height, rgba }) {
    if (this.#preview.width !== width || this.#preview.height !== height) Object.assign(this.#preview, { width, height });
    this.#preview.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
    this.#state("forming");
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    const { result, url } = shown;
    const caption = result.recipe.conditions.caption?.text;
    this.#image.src = url;
    this.#image.alt = caption ? `Made from: ${caption}` : "The picture that was made";
    this.#note.textContent = `seed ${result.recipe.seed}, ${duration(result.seconds)}`;
    this.#state("done");
  }

  /** After a stop or an error: back to what was there before. */
  settle() {
    this.#state(this.#shown ? "done" : "empty");
  }

  save() {
    if (!this.#shown) return;
    const { recipe } = this.#shown.result;
    const link = Object.assign(document.createElement("a"), { href: this.#shown.url, download: fileName(recipe.conditions.caption?.text ?? "", recipe.seed) });
    link.click();
  }

  /** @param {"empty" | "forming" | "done"} state */
  #state(state) {
    this.#root.dataset.state = state;
    this.#preview.hidden = state !== "forming";
    this.#image.hidden = state !== "done";
    this.#tools.hidden = state !== "done";
  }
}
