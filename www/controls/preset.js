// @ts-check
// What is added to words that leave open how a thing is drawn and on what: a model that knows many styles would pick at random.

import { say, sayOf } from "../language.js";

/** @import { Preset, Recipe } from "../types.d.ts" */

const KEY = "composer-preset";
/** As the words say, and nothing else. */
const NONE = "none";
/** Words that say themselves how a thing is drawn. */
const SAYS_STYLE = /\b(emoji|emoticon|render|illustration|drawing|icon|sticker|clip ?art|photo\w*|close-up|picture of|style)\b/i;
/** Words that say themselves on what. */
const SAYS_GROUND = /\b(background|gradient|photo\w*|close-up|scene)\b/i;

/** What the engine is asked for; a picture that gives the style or the surroundings needs no words for them. @param {Recipe} recipe @param {Preset} [preset] @returns {Recipe} */
export function completed(recipe, preset) {
  const { caption, semantics, masking } = recipe.conditions;
  if (!preset || !caption?.text || semantics || masking) return recipe;
  const style = SAYS_STYLE.test(caption.text) ? "" : `, ${preset.style}`;
  const ground = SAYS_GROUND.test(caption.text) ? "" : ` ${preset.ground}`;
  return { ...recipe, conditions: { ...recipe.conditions, caption: { ...caption, text: caption.text + style + ground } } };
}

/** The choice among the model's presets; the first is taken until the visitor takes another. */
export class Presets {
  #field;
  #select;
  /** @type {Preset[]} */ #presets = [];

  /** @param {HTMLElement} field holds the menu @param {() => void} onChange */
  constructor(field, onChange) {
    this.#field = field;
    this.#select = /** @type {HTMLSelectElement} */ (field.querySelector("select"));
    this.#select.addEventListener("change", () => {
      try {
        localStorage.setItem(KEY, this.#select.value);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      onChange();
    });
  }

  /** The one that is chosen, if any. */
  get chosen() {
    return this.#presets.find(({ name }) => name === this.#select.value);
  }

  /** The name of what stands in the menu. */
  get choice() {
    return this.#select.value;
  }

  set choice(name) {
    this.#select.value = name;
  }

  /** Leaves a recipe that came from elsewhere as it is, so that it gives the picture that it gave there. @param {Recipe} recipe */
  suit(recipe) {
    if (completed(recipe, this.chosen).conditions.caption?.text !== recipe.conditions.caption?.text) this.choice = NONE;
  }

  /** @param {Preset[]} presets those of the model */
  offer(presets) {
    const wanted = this.choice || stored();
    this.#presets = presets;
    this.#field.hidden = presets.length === 0;
    this.#select.replaceChildren(
      ...presets.map(({ name, title }) => new Option(sayOf("controls.presets", name, title), name)),
      new Option(say("controls.presets.none"), NONE),
    );
    this.#take(wanted);
  }

  /** Back to what the visitor took last. */
  reset() {
    this.#take(stored());
  }

  /** @param {string} name where the model has it; its first otherwise */
  #take(name) {
    this.choice = name;
    if (this.#select.selectedIndex < 0) this.#select.selectedIndex = 0;
  }
}

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
