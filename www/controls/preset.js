// @ts-check
// What is added to words that leave open how a thing is drawn and on what: a model that knows many styles would pick at random.

import { say, sayOf } from "../language.js";

/** @import { Preset, Recipe } from "../types.d.ts" */

const KEY = "composer-preset";
/** As the words say, and nothing else. */
const NONE = "none";
/** Tasks in which words may be all that is given. */
const TASKS = ["text-to-image", "compositional"];
/** Words that say themselves how a thing is drawn. */
const SAYS_STYLE = /\b(emojis?|emoticons?|render\w*|illustrat\w+|draw(n|ings?)|paint(ed|ings?)|sketch\w*|water-?colou?r\w*|pixel|cartoons?|comics?|icons?|logos?|stickers?|clip ?art|photo\w*|close-up|pictures? of|styles?)\b/i;
/** Words that say themselves on what. */
const SAYS_GROUND = /\b(backgrounds?|backdrop|gradients?|isolated|photo\w*|close-up|scenes?|on (a |an )?(plain |bright |light |dark )?(white|black|gr[ea]y|red|orange|yellow|green|blue|purple|pink|brown))\b/i;

/** What a preset adds to a recipe's words; nothing where a picture says how it is drawn or what is around. @param {Recipe} recipe */
function leftOpen({ conditions, expression, inversion }) {
  const { caption, semantics, intensity, depth, masking } = conditions;
  const text = caption?.text ?? "";
  const decided = !text || semantics || intensity || depth || masking || expression || inversion;
  return { style: !decided && !SAYS_STYLE.test(text), ground: !decided && !SAYS_GROUND.test(text) };
}

/** What the engine is asked for. @param {Recipe} recipe @param {Preset} [preset] @returns {Recipe} */
export function completed(recipe, preset) {
  const { caption } = recipe.conditions;
  const { style, ground } = leftOpen(recipe);
  if (!preset || !caption || !(style || ground)) return recipe;
  const text = caption.text + (style ? `, ${preset.style}` : "") + (ground ? ` ${preset.ground}` : "");
  return { ...recipe, conditions: { ...recipe.conditions, caption: { ...caption, text } } };
}

/** The choice among the model's presets; the first is taken until the visitor takes another. */
export class Presets {
  #field;
  #select;
  /** What it follows in the studio. */ #home;
  /** @type {Preset[]} */ #presets = [];
  #choice = stored();

  /** @param {HTMLElement} field holds the menu @param {() => void} onChange */
  constructor(field, onChange) {
    this.#field = field;
    this.#home = /** @type {HTMLElement} */ (field.previousElementSibling);
    this.#select = /** @type {HTMLSelectElement} */ (field.querySelector("select"));
    this.#select.addEventListener("change", () => {
      this.#choice = this.#select.value;
      try {
        localStorage.setItem(KEY, this.#choice);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      onChange();
    });
  }

  /** The one that completes the words, if any. */
  get chosen() {
    return this.#choice === NONE ? undefined : this.#presets.find(({ name }) => name === this.#choice) ?? this.#presets[0];
  }

  /** A name that the model may lack. */
  get choice() {
    return this.#choice;
  }

  set choice(name) {
    this.#choice = name;
    this.#select.value = this.chosen?.name ?? NONE;
  }

  /** Leaves a recipe that came from elsewhere as it is, so that it gives the picture that it gave there. @param {Recipe} recipe */
  suit(recipe) {
    const { style, ground } = leftOpen(recipe);
    if (style || ground) this.choice = NONE;
  }

  /** Back to what the visitor took last. */
  reset() {
    this.choice = stored();
  }

  /** @param {Preset[]} presets those of the model */
  offer(presets) {
    // Models are described again after each run, and the menu may be open.
    if (JSON.stringify(presets) === JSON.stringify(this.#presets)) return;
    this.#presets = presets;
    this.#field.hidden = presets.length === 0;
    this.#select.replaceChildren(
      ...presets.map(({ name, title }) => new Option(sayOf("controls.presets", name, title), name)),
      new Option(say("controls.presets.none"), NONE),
    );
    this.choice = this.#choice;
  }

  /** Whether it completes a task's words. @param {string | undefined} task */
  counts(task) {
    return TASKS.includes(task ?? "");
  }

  /** Stands with the words that it completes. @param {HTMLElement} [box] in a task's form; with those of the studio otherwise */
  standIn(box) {
    if (box ? box.lastElementChild === this.#field : this.#home.nextElementSibling === this.#field) return;
    if (box) box.append(this.#field);
    else this.#home.after(this.#field);
  }
}

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
