// @ts-check
// Everything the visitor gives, as one recipe, and back again. The controls know nothing of each other; this file knows them all.

import { Acts } from "./controls/acts.js";
import { Palette } from "./controls/palette.js";
import { PictureSlot } from "./controls/picture-slot.js";
import { Mixture } from "./controls/mixture.js";
import { Region } from "./controls/region.js";
import { Settings } from "./controls/settings.js";
import { Sketch } from "./controls/sketch.js";
import { Tuning } from "./controls/tuning.js";
import { Words } from "./controls/words.js";
import { branched, highestNumber } from "./branch.js";
import { say } from "./language.js";
import { pixels, squareFromUrl } from "./pictures.js";
import { seenMap, thingsUrl } from "./things.js";

/** @import { Look } from "./view/look.js" */
/** @import { Collection } from "./collection.js" */
/** @import { Backend, ConditionId, Earlier, Picture, Reading, Recipe, Snapshot, Swatch } from "./types.d.ts" */

/** In the order in which the page names them. @type {ConditionId[]} */
const IDS = ["caption", "semantics", "sketch", "palette", "instances", "depth", "intensity", "masking"];
/** Those that can be painted from nothing, on the large canvas. The part of a picture waits for its picture. @type {ConditionId[]} */
const PAINTED = ["instances", "depth", "intensity"];
/** Those that stand in the fold. @type {ConditionId[]} */
const FOLDED = ["semantics", "instances", "depth", "intensity", "masking"];

/**
 * @typedef {object} StudioOptions
 * @property {Collection} pictures
 * @property {() => void} onChange
 * @property {(look: Look) => void} onLook a condition is to be seen large
 * @property {(name: string, undo: (() => void) | undefined) => void} onRemoved an input was emptied; `undo` where there is something to bring back
 * @property {(error: unknown) => void} onError
 * @property {(backend: Backend) => void} onBackend
 * @property {(picture: ImageData, swatches: number) => Promise<Swatch[]>} colorsOf
 * @property {(text: string) => Promise<Reading>} read
 * @property {() => string[]} categories names of the model's kinds of things
 */

export class Studio {
  #words;
  #inputs;
  #tunings;
  #acts;
  #settings;
  #pictures;
  /** What led earlier steps, where a run is taken up, and the pictures that these speak of. @type {{ parts: Earlier[], images: string[] } | undefined} */ #earlier;
  /** @type {string | undefined} */ #task;
  #onChange;
  #exact = /** @type {HTMLInputElement} */ (document.getElementById("exact-intensity"));
  #quiet = true;

  /** @param {StudioOptions} options */
  constructor(options) {
    const { pictures, onError } = options;
    this.#pictures = pictures;
    const onChange = (this.#onChange = () => {
      if (this.#quiet) return;
      this.#markBare();
      this.#showActs();
      options.onChange();
    });
    this.#tunings = /** @type {Record<ConditionId, Tuning>} */ (Object.fromEntries(IDS.map((id) => [id, new Tuning(section(id), { onChange })])));
    /** Something new in an input means that it shall count. @param {ConditionId} id */
    const waking = (id) => ({
      pictures,
      onError,
      onChange: () => {
        if (!this.#quiet && !this.#inputs[id].isEmpty) this.#tunings[id].on = true;
        onChange();
      },
    });
    const words = (this.#words = new Words(section("caption"), { ...waking("caption"), read: options.read }));
    this.#inputs = {
      caption: {
        get isEmpty() {
          return words.isEmpty;
        },
        get value() {
          return words.isEmpty || words.isExpression ? undefined : { text: words.text };
        },
        // An expression comes in another field of a recipe; restore() knows.
        set: async () => {},
        take: undefined,
        picture: undefined,
        link: (/** @type {Picture} */ picture) => words.set(picture.parts?.guesses[0]?.label),
        clear: () => words.set(undefined),
        edit: () => words.edit(),
        look: undefined,
      },
      semantics: styled(element("semantics"), waking("semantics"), () => this.#tunings.semantics.edit()),
      sketch: new Sketch({ ...waking("sketch"), pad: element("sketch-pad"), tools: element("sketch-tools") }),
      palette: new Palette(element("palette"), { ...waking("palette"), colorsOf: options.colorsOf }),
      instances: new PictureSlot(element("instances"), {
        ...waking("instances"),
        shows: ({ parts, url }) => (parts ? thingsUrl(parts.categories, parts.boundary) : url),
        reads: async (url) => url,
        showsOwn: async (url) => seenMap(pixels(await squareFromUrl(url, false))),
        edits: { kind: "things", from: ({ parts }) => ({ things: parts }), names: options.categories },
      }),
      depth: new PictureSlot(element("depth"), {
        ...waking("depth"),
        shows: ({ parts, url }) => parts?.depth ?? url,
        reads: async (url) => url,
        edits: { kind: "depth", from: ({ parts }) => ({ url: parts?.depth }) },
      }),
      intensity: new PictureSlot(element("intensity"), {
        ...lit(this.#exact, waking("intensity")),
        shows: ({ parts, url }) => parts?.intensity ?? url,
        edits: { kind: "light", from: ({ parts, url }) => ({ url: parts?.intensity ?? url }) },
      }),
      masking: new Region(waking("masking")),
    };
    this.#exact.addEventListener("change", onChange);
    this.#settings = new Settings({ pictures, onChange, onBackend: options.onBackend });
    this.#acts = /** @type {Record<ConditionId, Acts>} */ (Object.fromEntries(IDS.map((id) => {
      const { look } = this.#inputs[id];
      return [id, new Acts(section(id), {
        begin: id === "sketch" ? say("editor.draw") : PAINTED.includes(id) ? say("editor.paint") : undefined,
        look: look && (() => void this.#look(id).then(options.onLook, onError)),
        edit: () => void Promise.resolve(this.#inputs[id].edit()).catch(onError),
        remove: () => options.onRemoved(nameOf(id), this.#remove(id, onError)),
      })];
    })));
    this.#showActs();
    pictures.listen((changed) => {
      this.#showActs();
      // Earlier steps speak of pictures by number.
      if (!changed && this.#earlier?.images.some((url, i) => pictures.at(i + 1)?.url !== url)) this.rejoin();
    });
    this.#quiet = false;
    this.#markBare();
  }

  get settings() {
    return this.#settings;
  }

  get words() {
    return this.#words;
  }

  /** An example's drawing and colours. @param {string[]} lines @param {Swatch[]} colors */
  compose(lines, colors) {
    this.#inputs.sketch.draw(lines);
    this.#inputs.palette.set({ colors });
  }

  /** Hands a picture to one input. @param {ConditionId} id @param {Blob} file */
  async take(id, file) {
    if (FOLDED.includes(id)) openFold();
    await this.#inputs[id].take?.(file);
  }

  /** Whether a part of one of the visitor's pictures is a condition now. @param {ConditionId} id @param {Picture} picture */
  uses(id, picture) {
    if (!this.#tunings[id].on) return false;
    if (id === "caption") return !this.#words.isEmpty && this.#words.text === picture.parts?.guesses[0]?.label;
    return this.#inputs[id].picture === picture;
  }

  /** Whether anything is made of a picture here, switched on or not. @param {Picture} picture */
  holds(picture) {
    const { images = [] } = this.#gather(() => true, false);
    return images.includes(picture.url);
  }

  /** Makes a part of a picture a condition, or lets it go. @param {ConditionId} id @param {Picture} picture */
  async toggle(id, picture) {
    if (this.uses(id, picture)) {
      this.#inputs[id].clear();
    } else {
      if (FOLDED.includes(id)) openFold();
      await this.#inputs[id].link(picture);
      this.#tunings[id].on = true;
    }
    this.#onChange();
  }

  /** Names of the conditions that the next picture will be made from. */
  get used() {
    return IDS.filter((id) => this.#tunings[id].on && !this.#inputs[id].isEmpty).map((id) => say(`tasks.names.${id}`));
  }

  /** Whether nothing is left to the model. */
  get usesAll() {
    return this.used.length === IDS.length;
  }

  /** A picture to edit without a painted part would be silently ignored; this says so. */
  get waitsForMask() {
    return this.#inputs.masking.hasPicture && this.#inputs.masking.isEmpty && this.#tunings.masking.on;
  }

  /** What the engine is asked for: only what is switched on. @returns {Recipe} */
  get recipe() {
    return this.#gather((id) => this.#tunings[id].on, false);
  }

  /** Everything, switched on or not. @returns {Snapshot} */
  get snapshot() {
    return { recipe: this.#gather(() => true, true), off: IDS.filter((id) => !this.#tunings[id].on), run: this.#settings.run };
  }

  /** @param {(id: ConditionId) => boolean} wanted @param {boolean} allImages also those that nothing speaks of @returns {Recipe} */
  #gather(wanted, allImages) {
    /** @type {Record<string, object>} */
    const conditions = {};
    for (const id of IDS) {
      const value = wanted(id) ? this.#inputs[id].value : undefined;
      if (value) conditions[id] = { ...value, ...this.#tunings[id].value };
    }
    const expression = wanted("caption") && this.#words.isExpression && !this.#words.isEmpty ? this.#words.text : undefined;
    const { against, inversion, ...settings } = this.#settings.studio;
    const exact_intensity = (this.#exact.checked && "intensity" in conditions) || undefined;
    const recipe = /** @type {Recipe} */ ({ version: 1, task: this.#task, ...settings, expression, conditions, exact_intensity, against, inversion, earlier: this.#earlier?.parts });
    const urls = this.#pictures.all.map(({ url }) => url);
    const images = allImages ? urls : urls.slice(0, Math.max(highestNumber(recipe), this.#earlier?.images.length ?? 0));
    if (images.length) recipe.images = images;
    return /** @type {Recipe} */ (Object.fromEntries(Object.entries(recipe).filter(([, value]) => value !== undefined)));
  }

  /**
   * Puts everything back as a recipe says; conditions it lacks are emptied.
   * @param {Recipe} recipe @param {ConditionId[]} [off] @param {boolean} [only] whether pictures that the recipe lacks are let go
   */
  async restore(recipe, off = [], only = false) {
    this.#quiet = true;
    try {
      this.#earlier = undefined;
      this.#pictures.set(recipe.images ?? [], only);
      for (const id of IDS) {
        const value = recipe.conditions[id];
        await this.#inputs[id].set(/** @type {any} */ (value));
        this.#tunings[id].value = value ?? {};
        this.#tunings[id].on = !off.includes(id);
      }
      this.#words.set(worded(recipe));
      await this.#words.settled();
      this.#exact.checked = recipe.exact_intensity ?? false;
      this.#settings.studio = recipe;
      this.#task = recipe.task;
      this.#take(recipe.earlier, recipe.images);
    } finally {
      this.#quiet = false;
      this.#markBare();
      this.#showActs();
    }
    if (FOLDED.some((id) => recipe.conditions[id])) openFold();
  }

  /** What is offered for each condition, as far as it is given. */
  #showActs() {
    for (const id of IDS) this.#acts[id].show(this.#isGiven(id), this.#inputs[id].picture);
  }

  /** A part of a picture is not yet a condition while nothing is painted over, and can be looked at and removed all the same. @param {ConditionId} id */
  #isGiven(id) {
    return id === "masking" ? this.#inputs.masking.hasPicture : !this.#inputs[id].isEmpty;
  }

  /** @param {ConditionId} id @returns {Promise<Look>} */
  async #look(id) {
    const input = this.#inputs[id];
    return { title: nameOf(id), url: (await input.look?.()) ?? "", source: this.#sourceOf(input.picture), kind: id };
  }

  /** @param {Picture | undefined} picture */
  #sourceOf(picture) {
    if (!picture) return say("controls.acts.own");
    const { name } = picture;
    return say(name ? "controls.acts.ofNamed" : "controls.acts.of", { n: this.#pictures.numberOf(picture), name });
  }

  /** Empties one input. @param {ConditionId} id @param {(error: unknown) => void} onError @returns {(() => void) | undefined} brings back what was there */
  #remove(id, onError) {
    const [input, words, on] = [this.#inputs[id], this.#words.text, this.#tunings[id].on];
    /** @type {any} */ const value = id === "caption" ? { text: words } : input.value;
    const [of, from] = [value?.of, value?.from].map((number) => this.#pictures.at(number));
    input.clear();
    const back = async () => {
      // They may have other numbers now.
      const numbers = Object.fromEntries(Object.entries({ of, from }).flatMap(([key, picture]) => (picture ? [[key, this.#pictures.numberOf(picture)]] : [])));
      if (id === "caption") this.#words.set(words);
      else await input.set({ ...value, ...numbers });
      this.#tunings[id].on = on;
      this.#onChange();
    };
    return value && (() => void back().catch(onError));
  }

  /** Empties every input; what a recipe says of the settings is as the page came, as a task may have left its own. */
  async clear() {
    await this.restore({ version: 1, ...this.#settings.initial, conditions: {} }, [], true);
    this.#settings.startOver();
  }

  /** The next run goes as that of `recipe` did up to a step, and on with what the page says. @param {Recipe} recipe @param {number} step */
  branch(recipe, step) {
    this.#pictures.set(recipe.images ?? [], false);
    this.#settings.studio = { ...recipe, against: this.#settings.studio.against };
    this.#take(branched(recipe, step), recipe.images);
    this.#onChange();
  }

  /** The next run goes its own way from the first step. */
  rejoin() {
    this.#earlier = undefined;
    this.#onChange();
  }

  /** The first step that what the page says will lead, where a run is taken up. */
  get branchStep() {
    return this.#earlier?.parts.at(-1)?.until;
  }

  /** An input that nothing was given to has nothing to switch off or to tune yet. */
  #markBare() {
    for (const id of IDS) section(id).classList.toggle("bare", this.#tunings[id].on && this.#inputs[id].isEmpty && !(id === "masking" && this.#inputs.masking.hasPicture));
  }

  /** @param {Earlier[]} [parts] @param {string[]} [images] */
  #take(parts = [], images = []) {
    this.#earlier = parts.length ? { parts, images: images.slice(0, highestNumber({ conditions: {}, earlier: parts })) } : undefined;
  }
}

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {ConditionId} id */
const section = (id) => /** @type {HTMLElement} */ (document.querySelector(`[data-condition="${id}"]`));

/** What the page calls a condition. @param {ConditionId} id */
const nameOf = (id) => section(id).querySelector("h2, h3")?.textContent ?? "";

function openFold() {
  /** @type {HTMLDetailsElement} */ (element("more")).open = true;
}

/** What stands in the words box for a recipe. The page has one box, so a caption beside an expression joins it. @param {Recipe} recipe */
function worded({ expression, conditions }) {
  const caption = conditions.caption?.text;
  if (!expression) return caption;
  return caption ? `"${caption.replace(/[\\"]/g, "\\$&")}" AND (${expression})` : expression;
}

/**
 * Light can be kept about or exactly; that is only asked where there is some.
 * @template {{ onChange: () => void }} Options
 * @param {HTMLInputElement} exact @param {Options} options @returns {Options}
 */
function lit(exact, options) {
  const slot = element("intensity");
  return {
    ...options,
    onChange() {
      /** @type {HTMLElement} */ (exact.parentElement).hidden = !slot.querySelector("img")?.hasAttribute("src");
      options.onChange();
    },
  };
}

/**
 * The style condition: a picture, and if wanted another one that it is mixed with.
 * @param {HTMLElement} root @param {{ pictures: Collection, onChange: () => void, onError: (error: unknown) => void }} options
 * @param {() => void} edit what can be changed where there is no other picture
 */
function styled(root, options, edit) {
  const mixture = new Mixture(/** @type {HTMLElement} */ (root.nextElementSibling), { ...options, name: say("page.style") });
  const slot = new PictureSlot(root, {
    ...options,
    onChange: () => {
      mixture.offered = Boolean(slot.picture);
      options.onChange();
    },
  });
  return {
    get isEmpty() {
      return slot.isEmpty;
    },
    get picture() {
      return slot.picture;
    },
    get value() {
      return slot.picture && { ...slot.value, ...mixture.value };
    },
    set: async (/** @type {import("./types.d.ts").Mixed | undefined} */ value) => {
      mixture.value = value;
      await slot.set(value);
    },
    take: (/** @type {Blob} */ file) => slot.take(file),
    link: (/** @type {Picture} */ picture) => slot.link(picture),
    clear: () => slot.clear(),
    edit: () => void (mixture.edit() || edit()),
    look: () => slot.look(),
  };
}
