// @ts-check
// The masking condition: a picture, and over it the part that may change (white in the mask).

import { context, dataUrl, pixels, squareFromUrl } from "../pictures.js";
import { Painter } from "./painter.js";
import { PictureSlot } from "./picture-slot.js";

const VEIL = [255, 61, 127];

export class Region {
  #slot;
  #painter;

  /** @param {{ onChange: () => void, onError: (error: unknown) => void }} options */
  constructor({ onChange, onError }) {
    const tools = /** @type {HTMLElement} */ (document.getElementById("masking-tools"));
    this.#slot = new PictureSlot(/** @type {HTMLElement} */ (document.getElementById("masking")), {
      onError,
      onChange: () => {
        tools.hidden = !this.#slot.url;
        onChange();
      },
    });
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.className = "veil";
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "Paint what may change. Arrow keys move the brush, Space lowers and lifts it.");
    const cursor = document.createElement("span");
    cursor.className = "cursor";
    cursor.hidden = true;
    this.#slot.frame.querySelector("img")?.after(canvas, cursor);
    this.#painter = new Painter({ pad: this.#slot.frame, tools, ink: `rgb(${VEIL})`, size: 32, largest: 64, onChange, onFile: (file) => this.take(file).catch(onError) });
  }

  /** @param {Blob} file */
  async take(file) {
    await this.#slot.take(file);
    this.#painter.clear();
  }

  get hasPicture() {
    return Boolean(this.#slot.url);
  }

  get isEmpty() {
    return !this.#slot.url || this.#painter.isEmpty;
  }

  /** Painting counts only with a picture below it. @returns {{ image: string, mask: string } | undefined} */
  get value() {
    if (!this.#slot.url || this.#painter.isEmpty) return undefined;
    return { image: this.#slot.url, mask: dataUrl(this.#painter.export("#fff", "#000", true)) };
  }

  /** @param {{ image: string, mask: string } | undefined} value */
  async set(value) {
    await this.#slot.set(value?.image);
    if (value) this.#painter.show(await veil(value.mask));
    else this.#painter.clear();
  }
}

/** A mask (white may change) as the painter shows it: coloured where white, clear elsewhere. @param {string} mask */
async function veil(mask) {
  const canvas = await squareFromUrl(mask);
  const image = pixels(canvas);
  for (let i = 0; i < image.data.length; i += 4) {
    const free = image.data[i];
    image.data.set([...VEIL, free], i);
  }
  context(canvas).putImageData(image, 0, 0);
  return canvas;
}
