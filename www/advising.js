// @ts-check
// A moment after something has changed: what there is to know about it, and how much of the model it takes.

import { advice } from "./advice.js";
import { say } from "./language.js";
import { pixels, squareFromUrl } from "./pictures.js";
import { megabytes } from "./view/format.js";

/** @import { ModelInfo, Recipe } from "./types.d.ts" */

/** Long enough that a stroke being drawn costs nothing. */
const AFTER_MS = 400;
/** A small file or two need no mention. */
const NEGLIGIBLE_BYTES = 1e5;
/** More at once would be a lecture. */
const MOST = 3;

export class Advising {
  #list = /** @type {HTMLElement} */ (document.getElementById("advice"));
  #note = /** @type {HTMLElement} */ (document.getElementById("download-note"));
  /** The same beside the button, where that is far from the note. */
  #short = /** @type {HTMLElement} */ (document.getElementById("download-short"));
  #options;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** The mask that was looked at last. @type {{ url?: string, free?: number }} */ #seen = {};

  /**
   * @param {{ recipe: () => Promise<Recipe | undefined>, onRecipe: (recipe: Recipe | undefined) => void, advises: () => boolean, stagesOf: (recipe: Recipe) => Promise<string[]>, model: () => ModelInfo | undefined }} options
   * recipe: what would be asked for now, if that is known; onRecipe: hears of it; advises: whether the visitor has put it together, and not a task
   */
  constructor(options) {
    this.#options = options;
  }

  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(), AFTER_MS);
  }

  async #show() {
    const timer = this.#timer;
    const recipe = await this.#options.recipe().catch(() => undefined);
    const free = recipe && (await this.#free(recipe.conditions.masking?.mask));
    // A recipe that the engine refuses is refused in words when it is run.
    const stages = recipe && (await this.#options.stagesOf(recipe).catch(() => undefined));
    if (timer !== this.#timer) return; // Something newer is on its way.
    this.#options.onRecipe(recipe);
    this.#short.textContent = this.#note.textContent = this.#download(stages);
    // What a task makes of its inputs is its own affair.
    const sentences = recipe && this.#options.advises() ? advice(recipe, { free }).slice(0, MOST) : [];
    this.#list.hidden = sentences.length === 0;
    if (sentences.join() === [...this.#list.children].map(({ textContent }) => textContent).join()) return;
    this.#list.replaceChildren(...sentences.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
  }

  /** What is still to be downloaded of these stages; of all that make pictures, where they are not known. @param {string[] | undefined} stages */
  #download(stages) {
    const model = this.#options.model();
    const parts = !model ? [] : stages ? stages.map((stage) => model.stages[stage]) : [model];
    const missing = parts.reduce((sum, part) => sum + (part ? part.bytes - part.cached : 0), 0);
    return missing > NEGLIGIBLE_BYTES ? say("tasks.download", { mb: megabytes(missing) }) : "";
  }

  /** How much of a mask may change. @param {string | undefined} url */
  async #free(url) {
    if (!url) return undefined;
    if (this.#seen.url !== url) {
      const canvas = await squareFromUrl(url).catch(() => undefined);
      if (!canvas) return undefined;
      const { data } = pixels(canvas);
      let white = 0;
      for (let i = 0; i < data.length; i += 4) white += data[i];
      this.#seen = { url, free: white / (255 * (data.length / 4)) };
    }
    return this.#seen.free;
  }
}
