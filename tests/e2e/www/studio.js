// @ts-check
// Everything the visitor gives, as one recipe, and back again. The controls know nothing of each other; this file knows them all.

import { Palette } from "./controls/palette.js";
import { PictureSlot } from "./controls/picture-slot.js";
import { Region } from "./controls/region.js";
import { Settings } from "./controls/settings.js";
import { Sketch } from "./controls/sketch.js";
import { Tuning } from "./controls/tuning.js";

/** @import { Backend, ConditionId, Recipe, Snapshot, Swatch } from "./types.d.ts" */

/** In the order in which the page names them. @type {Record<ConditionId, string>} */
const NAMES = { caption: "words", sketch: "sketch", palette: "colours", intensity: "light and shade", masking: "part of a picture" };
const IDS = /** @type {ConditionId[]} */ (Object.keys(NAMES));

/**
 * @typedef {object} StudioOptions
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 * @property {(backend: Backend) => void} onBackend
 * @property {(picture: ImageData, swatches: number) => Promise<Swatch[]>} colorsOf
 */

export class Studio {
  #caption = /** @type {HTMLTextAreaElement} */ (document.getElementById("caption"));
  #inputs;
  #tunings;
  #settings;
  #quiet = true;

  /** @param {StudioOptions} options */
  constructor(options) {
    const onChange = () => {
      if (!this.#quiet) options.onChange();
    };
    const given = { onChange, onError: options.onError };
    this.#tunings = /** @type {Record<ConditionId, Tuning>} */ (Object.fromEntries(IDS.map((id) => [id, new Tuning(section(id), { onChange })])));
    /** Something new in an input means that it shall count. @param {ConditionId} id */
    const waking = (id) => ({
      ...given,
      onChange: () => {
        if (!this.#quiet && !this.#inputs[id].isEmpty) this.#tunings[id].on = true;
        onChange();
      },
    });
    const slot = new PictureSlot(/** @type {HTMLElement} */ (document.getElementById("intensity")), waking("intensity"));
    const caption = this.#caption;
    caption.addEventListener("input", () => {
      grow(caption);
      waking("caption").onChange();
    });
    this.#inputs = {
      caption: {
        get isEmpty() {
          return caption.value.trim() === "";
        },
        get value() {
          return caption.value.trim() === "" ? undefined : { text: caption.value.trim() };
        },
        set: async (/** @type {{ text: string } | undefined} */ value) => {
          caption.value = value?.text ?? "";
          grow(caption);
        },
        take: undefined,
      },
      sketch: new Sketch(waking("sketch")),
      palette: new Palette({ ...waking("palette"), colorsOf: options.colorsOf }),
      intensity: {
        get isEmpty() {
          return !slot.url;
        },
        get value() {
          return slot.url ? { image: slot.url } : undefined;
        },
        set: (/** @type {{ image: string } | undefined} */ value) => slot.set(value?.image),
        take: (/** @type {Blob} */ file) => slot.take(file),
      },
      masking: new Region(waking("masking")),
    };
    this.#settings = new Settings({ onChange, onBackend: options.onBackend });
    this.#quiet = false;
  }

  get settings() {
    return this.#settings;
  }

  /** Typed as by the visitor, so that the browser's own undo brings the old words back. @param {string} text */
  type(text) {
    this.#caption.focus();
    this.#caption.select();
    // Deprecated, and still the only way to keep the undo history.
    if (!document.execCommand("insertText", false, text)) {
      this.#caption.value = text;
      this.#caption.dispatchEvent(new Event("input"));
    }
  }

  /** An example's drawing and colours. @param {string[]} lines @param {Swatch[]} colors */
  compose(lines, colors) {
    this.#inputs.sketch.draw(lines);
    this.#inputs.palette.set({ colors });
  }

  /** Hands a picture to one input. @param {ConditionId} id @param {Blob} file */
  async take(id, file) {
    if (id === "intensity" || id === "masking") /** @type {HTMLDetailsElement} */ (document.getElementById("more")).open = true;
    await this.#inputs[id].take?.(file);
  }

  /** Names of the conditions that the next picture will be made from. */
  get used() {
    return IDS.filter((id) => this.#tunings[id].on && !this.#inputs[id].isEmpty).map((id) => NAMES[id]);
  }

  /** A picture to edit without a painted part would be silently ignored; this says so. */
  get waitsForMask() {
    return this.#inputs.masking.hasPicture && this.#inputs.masking.isEmpty && this.#tunings.masking.on;
  }

  /** What the engine is asked for: only what is switched on. @returns {Recipe} */
  get recipe() {
    return this.#gather((id) => this.#tunings[id].on);
  }

  /** Everything, switched on or not. @returns {Snapshot} */
  get snapshot() {
    return { recipe: this.#gather(() => true), off: IDS.filter((id) => !this.#tunings[id].on) };
  }

  /** @param {(id: ConditionId) => boolean} wanted @returns {Recipe} */
  #gather(wanted) {
    /** @type {Record<string, object>} */
    const conditions = {};
    for (const id of IDS) {
      const value = wanted(id) ? this.#inputs[id].value : undefined;
      if (value) conditions[id] = { ...value, ...this.#tunings[id].value };
    }
    return { version: 1, ...this.#settings.value, conditions };
  }

  /** Puts everything back as a recipe says; conditions it lacks are emptied. @param {Recipe} recipe @param {ConditionId[]} [off] */
  async restore(recipe, off = []) {
    this.#quiet = true;
    try {
      for (const id of IDS) {
        const value = recipe.conditions[id];
        await this.#inputs[id].set(/** @type {any} */ (value));
        this.#tunings[id].value = value ?? {};
        this.#tunings[id].on = !off.includes(id);
      }
      this.#settings.value = recipe;
    } finally {
      this.#quiet = false;
    }
    if (recipe.conditions.intensity || recipe.conditions.masking) /** @type {HTMLDetailsElement} */ (document.getElementById("more")).open = true;
  }

  /** Empties every input; the settings stay. */
  async clear() {
    await this.restore({ ...this.snapshot.recipe, conditions: {} });
  }
}

/** @param {ConditionId} id */
const section = (id) => /** @type {HTMLElement} */ (document.querySelector(`[data-condition="${id}"]`));

/** As many lines as the words need. @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
