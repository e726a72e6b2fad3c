// @ts-check
// The masking condition: a picture, and over it the part that may change (white in the mask).

import { openEditor } from "../editor/editor.js";
import { say } from "../language.js";
import { context, dataUrl, pixels, squareFromUrl } from "../pictures.js";
import { Painter } from "./painter.js";
import { PictureSlot } from "./picture-slot.js";

/** @import { Picture, Pictures, Sourced } from "../types.d.ts" */

const VEIL = [255, 61, 127];
/** As the page shows the veil. */
const VEILED = 0.55;
const BRUSH = 32;
const LARGEST_BRUSH = 64;

/** @typedef {Sourced & { mask?: string, categories?: number[] }} Masking */

/** Paints a veil over a picture: where it lies, the picture may change. */
export class Veil {
  #painter;
  #onChange;
  #filling = false;

  /** @param {{ frame: HTMLElement, tools: HTMLElement, onChange: () => void, onFile?: (file: File) => void }} options */
  constructor({ frame, tools, onChange, onFile }) {
    this.#onChange = onChange;
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.className = "veil";
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", say("controls.veil"));
    const cursor = document.createElement("span");
    cursor.className = "cursor";
    cursor.hidden = true;
    frame.querySelector("img")?.after(canvas, cursor);
    const changed = () => {
      if (!this.#filling) this.#onChange();
    };
    this.#painter = new Painter({ pad: frame, tools, ink: `rgb(${VEIL})`, size: BRUSH, largest: LARGEST_BRUSH, onChange: changed, onFile });
  }

  get isEmpty() {
    return this.#painter.isEmpty;
  }

  /** White where the veil is. */
  get mask() {
    return dataUrl(this.#painter.export("#fff", "#000", true));
  }

  /**
   * The mask large, with more tools. On the page, all of it is one step.
   * @param {{ on: string | undefined, pictures: Pictures, onError: (error: unknown) => void, onPut?: () => void, onRestore?: () => void }} options
   * on: the picture below; onPut, onRestore: what is painted is about to come, and what was there before
   */
  async edit({ on, pictures, onError, onPut, onRestore }) {
    const mask = this.isEmpty ? undefined : this.mask;
    const lay = (/** @type {string | undefined} */ url) => void this.lay(url).then(this.#onChange, onError);
    await openEditor({
      kind: "mask",
      source: mask ? { url: mask } : undefined,
      on,
      pictures,
      put: ({ url }) => {
        onPut?.();
        lay(url);
      },
      restore: () => {
        onRestore?.();
        lay(mask);
      },
    });
  }

  /** Lays the veil as a mask says, without calling that a change of the visitor's. @param {string | undefined} mask white may change */
  async lay(mask) {
    const canvas = mask && (await veiled(mask));
    this.#filling = true;
    if (canvas) this.#painter.show(canvas);
    else this.#painter.clear();
    this.#filling = false;
  }
}

export class Region {
  #slot;
  #veil;
  #options;
  /** What a recipe said, until it is painted over. @type {Masking | undefined} */ #kept;

  /** @param {{ pictures: Pictures, onChange: () => void, onError: (error: unknown) => void }} options */
  constructor(options) {
    this.#options = options;
    const { pictures, onChange, onError } = options;
    const tools = /** @type {HTMLElement} */ (document.getElementById("masking-tools"));
    this.#slot = new PictureSlot(/** @type {HTMLElement} */ (document.getElementById("masking")), {
      pictures,
      onError,
      onChange: () => {
        tools.hidden = this.#slot.isEmpty;
        if (this.#slot.isEmpty) this.#kept = undefined;
        onChange();
      },
    });
    const painted = () => {
      this.#kept = undefined;
      onChange();
    };
    this.#veil = new Veil({ frame: this.#slot.frame, tools, onChange: painted, onFile: (file) => this.take(file).catch(onError) });
    pictures.listen((changed) => {
      const awaited = changed && changed === this.#slot.picture && this.#kept && !this.#kept.mask;
      if (awaited && changed.parts) void this.#veil.lay(changed.parts.mask).then(onChange, onError);
    });
  }

  /** @param {Blob} file */
  async take(file) {
    await this.#slot.take(file);
    await this.#fresh();
  }

  /** One of the visitor's pictures, its things veiled. @param {Picture} picture */
  async link(picture) {
    this.#slot.link(picture);
    await this.#fresh();
    if (picture.parts) await this.#veil.lay(picture.parts.mask);
    this.#options.onChange();
  }

  /** The mask large; what a recipe said of it in words is gone once it is painted. */
  async edit() {
    const { pictures, onError } = this.#options;
    const kept = this.#kept;
    await this.#veil.edit({ on: this.#slot.shown, pictures, onError, onPut: () => (this.#kept = undefined), onRestore: () => (this.#kept = kept) });
  }

  /** The picture below its veil. */
  async look() {
    const canvas = await squareFromUrl(this.#slot.shown ?? "");
    const into = context(canvas);
    into.globalAlpha = VEILED;
    if (!this.#veil.isEmpty) into.drawImage(await veiled(this.#veil.mask), 0, 0);
    return dataUrl(canvas);
  }

  async #fresh() {
    this.#kept = undefined;
    await this.#veil.lay(undefined);
    this.#options.onChange();
  }

  clear() {
    this.#slot.clear();
    void this.#fresh();
  }

  get picture() {
    return this.#slot.picture;
  }

  get hasPicture() {
    return !this.#slot.isEmpty;
  }

  get isEmpty() {
    return this.#slot.isEmpty || (this.#veil.isEmpty && !this.#kept);
  }

  /** Painting counts only with a picture below it. @returns {Masking | undefined} */
  get value() {
    if (this.isEmpty) return undefined;
    const { mask, categories } = this.#kept ?? { mask: this.#veil.mask, categories: undefined };
    return { ...this.#slot.value, ...(mask ? { mask } : {}), ...(categories?.length ? { categories } : {}) };
  }

  /** @param {Masking | undefined} value */
  async set(value) {
    await this.#slot.set(value);
    await this.#veil.lay(value?.mask ?? this.#slot.picture?.parts?.mask);
    // Only a mask that is drawn from the picture's things stays words: a painted one is a picture either way.
    this.#kept = value && !value.mask ? value : undefined;
    this.#options.onChange();
  }
}

/** A mask (white may change) as the painter shows it: coloured where white, clear elsewhere. @param {string} mask */
async function veiled(mask) {
  const canvas = await squareFromUrl(mask);
  const image = pixels(canvas);
  for (let i = 0; i < image.data.length; i += 4) {
    const free = image.data[i];
    image.data.set([...VEIL, free], i);
  }
  context(canvas).putImageData(image, 0, 0);
  return canvas;
}
