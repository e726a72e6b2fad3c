// @ts-check
// A moment after something has changed: what there is to know about it, and how much of the model it takes.

import { advice } from "./advice.js";
import { pixels, squareFromUrl } from "./pictures.js";

/** @import { Recipe } from "./types.d.ts" */

/** Long enough that a stroke being drawn costs nothing. */
const AFTER_MS = 400;
/** More at once would be a lecture. */
const MOST = 3;

export class Advising {
  #list = /** @type {HTMLElement} */ (document.getElementById("advice"));
  #options;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** The mask that was looked at last. @type {{ url?: string, free?: number }} */ #seen = {};

  /**
   * @param {{ recipe: () => Promise<Recipe | undefined>, onRecipe: (recipe: Recipe | undefined) => void }} options
   * recipe: what would be asked for now, if that is known; onRecipe hears of it
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
    if (timer !== this.#timer) return; // Something newer is on its way.
    this.#options.onRecipe(recipe);
    // What a task makes of its inputs is its own affair.
    const sentences = recipe && !recipe.task ? advice(recipe, { free }).slice(0, MOST) : [];
    this.#list.hidden = sentences.length === 0;
    if (sentences.join() === [...this.#list.children].map(({ textContent }) => textContent).join()) return;
    this.#list.replaceChildren(...sentences.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
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
