// @ts-check
// What is added to words that leave open how a thing is drawn and on what: a model that knows many styles would pick at random.

import { say, sayOf } from "../language.js";

/** @import { Preset, Reading, Recipe } from "../types.d.ts" */

const KEY = "composer-preset";
/** As the words say, and nothing else. */
const NONE = "none";
/** Tasks in which words may be all that is given. */
const TASKS = ["text-to-image", "compositional"];
/** Words that say themselves how a thing is drawn. */
const SAYS_STYLE = /\b(emojis?|emoticons?|render\w*|illustrat\w+|draw(n|ings?)|paint(ed|ings?)|sketch\w*|water-?colou?r\w*|pixel|cartoons?|comics?|icons?|logos?|stickers?|clip ?art|photo\w*|close-up|pictures? of|styles?)\b/i;
/** Words that say themselves on what. */
const SAYS_GROUND = /\b(backgrounds?|backdrop|gradients?|isolated|photo\w*|close-up|scenes?|on (a |an )?(plain |bright |light |dark )?(white|black|gr[ea]y|red|orange|yellow|green|blue|purple|pink|brown))\b/i;

/** Reads words as the engine does. @typedef {(text: string) => Promise<Reading>} Read */

/** As in `style(image 2)`, or `style(2)`. @param {string | undefined} expression */
const namesPicture = (expression = "") => /\(\s*(image\s*)?\d+\s*\)/i.test(expression);

/**
 * What words leave open, for each of the captions in them, and where those stand in an expression. None where a picture says how
 * things are drawn or what is around them.
 * @param {Recipe} recipe @param {Read} read
 */
async function openIn({ conditions, expression, inversion }, read) {
  const { caption, semantics, intensity, depth, masking } = conditions;
  if (semantics || intensity || depth || masking || inversion) return [];
  if (namesPicture(expression)) return [];
  const captions = expression ? (await read(expression)).captions : caption?.text ? [{ start: 0, end: 0, text: caption.text }] : [];
  return captions.map(({ text, ...place }) => ({ text, ...place, style: !SAYS_STYLE.test(text), ground: !SAYS_GROUND.test(text) })).filter(({ style, ground }) => style || ground);
}

/** What the engine is asked for. @param {Recipe} recipe @param {Preset | undefined} preset @param {Read} read @returns {Promise<Recipe>} */
export async function completed(recipe, preset, read) {
  const { expression, conditions } = recipe;
  const open = preset ? await openIn(recipe, read) : [];
  if (!preset || !open.length) return recipe;
  const full = (/** @type {(typeof open)[0]} */ { text, style, ground }) => text + (style ? `, ${preset.style}` : "") + (ground ? ` ${preset.ground}` : "");
  if (!expression) return { ...recipe, conditions: { ...conditions, caption: { ...conditions.caption, text: full(open[0]) } } };
  // From the last one on, so that the places of those before still hold. Columns count characters, from 1.
  const characters = [...expression];
  for (const caption of open.reverse()) characters.splice(caption.start - 1, caption.end - caption.start, `"${full(caption).replace(/["\\]/g, "\\$&")}"`);
  return { ...recipe, expression: characters.join("") };
}

/** Whether a recipe says nothing at all. @param {Recipe} recipe */
const isEmpty = ({ conditions, expression, inversion, earlier }) => !Object.keys(conditions).length && !expression && !inversion && !earlier;

/** The choice among the model's presets; the first is taken until the visitor takes another. */
export class Presets {
  #field;
  #select;
  #note;
  #read;
  /** What it follows in the studio. */ #home;
  /** @type {Preset[]} */ #presets = [];
  /** Captions of what the model draws well. @type {string[]} */ #examples = [];
  #choice = stored();

  /** @param {HTMLElement} field holds the menu @param {Read} read @param {() => void} onChange */
  constructor(field, read, onChange) {
    this.#field = field;
    this.#read = read;
    this.#home = /** @type {HTMLElement} */ (field.previousElementSibling);
    this.#select = /** @type {HTMLSelectElement} */ (field.querySelector("select"));
    this.#note = /** @type {HTMLElement} */ (field.querySelector("small"));
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

  /** With what the choice adds to its words. @param {Recipe} recipe */
  complete(recipe) {
    return completed(recipe, this.chosen, this.#read);
  }

  /**
   * Where nothing is said at all, one of the things that the model draws well, the same for the same seed: of nothing it would draw the
   * mean of everything. @param {Recipe} recipe @returns {Recipe}
   */
  orSurprise(recipe) {
    if (!this.chosen || !isEmpty(recipe) || !this.#examples.length) return recipe;
    return { ...recipe, conditions: { caption: { text: this.#examples[recipe.seed % this.#examples.length] } } };
  }

  /** Leaves a recipe that came from elsewhere as it is, so that it gives the picture that it gave there. @param {Recipe} recipe */
  async suit(recipe) {
    if (isEmpty(recipe) || (await openIn(recipe, this.#read)).length) this.choice = NONE;
  }

  /** Says where the choice adds nothing: a menu that does nothing must not look as if it did. @param {Recipe | undefined} recipe */
  async heed(recipe) {
    const { caption, ...others } = recipe?.conditions ?? {};
    const given = Boolean(caption?.text || recipe?.expression);
    const counts = !recipe || !given || !this.chosen || (await openIn(recipe, this.#read).catch(() => [])).length > 0;
    const pictures = Object.keys(others).length > 0 || namesPicture(recipe?.expression);
    this.#note.textContent = counts ? "" : say(pictures ? "controls.presets.picturesSay" : "controls.presets.wordsSay");
  }

  /** Back to what the visitor took last. */
  reset() {
    this.choice = stored();
  }

  /** Those of a model. @param {{ presets: Preset[], examples: string[] }} model */
  offer({ presets, examples }) {
    this.#examples = examples;
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
