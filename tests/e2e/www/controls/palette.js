// @ts-check
// The palette condition: colours with weights, chosen by hand or taken from a picture.

import { pixels, squareFromFile } from "../pictures.js";

/** @import { Swatch } from "../types.d.ts" */

const MOST = 8;
const FROM_PICTURE = 6;
/** What "Add colour" offers, one after the other. */
const OFFERS = ["#e2553d", "#f2b632", "#3f51d6", "#2f9e6e", "#f4efe6", "#8a4fd0", "#20222a", "#f28ab2"];

export class Palette {
  /** @type {Swatch[]} */ #swatches = [];
  #list;
  #bar;
  #add;
  #root;
  #options;

  /** @param {{ onChange: () => void, onError: (error: unknown) => void, colorsOf: (picture: ImageData, swatches: number) => Promise<Swatch[]> }} options */
  constructor(options) {
    this.#options = options;
    const root = (this.#root = /** @type {HTMLElement} */ (document.getElementById("palette")));
    this.#list = /** @type {HTMLElement} */ (root.querySelector(".swatches"));
    this.#bar = /** @type {HTMLElement} */ (root.querySelector(".palette-bar"));
    this.#add = /** @type {HTMLButtonElement} */ (root.querySelector("[data-act=add]"));
    const file = /** @type {HTMLInputElement} */ (root.querySelector("input[type=file]"));
    this.#add.addEventListener("click", () => this.#addOne());
    root.querySelector("[data-act=clear]")?.addEventListener("click", () => {
      this.#set([]);
      this.#add.focus();
    });
    root.querySelector("[data-act=pick]")?.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      if (file.files?.[0]) this.take(file.files[0]).catch(options.onError);
      file.value = "";
    });
    this.#set([]);
  }

  get isEmpty() {
    return this.#swatches.length === 0;
  }

  /** @returns {{ colors: Swatch[] } | undefined} */
  get value() {
    return this.isEmpty ? undefined : { colors: this.#swatches.map((swatch) => ({ ...swatch })) };
  }

  /** @param {{ colors: Swatch[] } | undefined} value */
  set(value) {
    this.#set(value?.colors ?? []);
  }

  /** Takes the main colours of a picture. @param {Blob} file */
  async take(file) {
    const square = await squareFromFile(file);
    this.#root.classList.add("busy");
    try {
      this.#set(await this.#options.colorsOf(pixels(square), FROM_PICTURE));
    } finally {
      this.#root.classList.remove("busy");
    }
  }

  #addOne() {
    const color = OFFERS.find((offer) => !this.#swatches.some((swatch) => swatch.color === offer)) ?? OFFERS[0];
    const mean = this.isEmpty ? 0.5 : this.#swatches.reduce((sum, { weight }) => sum + weight, 0) / this.#swatches.length;
    this.#set([...this.#swatches, { color, weight: mean }]);
    this.#list.lastElementChild?.querySelector("input")?.focus();
  }

  /** @param {Swatch[]} swatches */
  #set(swatches) {
    this.#swatches = swatches.slice(0, MOST).map(({ color, weight }) => ({ color, weight: Math.max(0.02, Math.round(weight * 100) / 100) }));
    this.#list.replaceChildren(...this.#swatches.map((swatch, index) => this.#row(swatch, index)));
    this.#changed();
  }

  #changed() {
    this.#bar.replaceChildren(...this.#swatches.map(({ color, weight }) => {
      const part = document.createElement("span");
      part.style.backgroundColor = color;
      part.style.flexGrow = String(weight);
      return part;
    }));
    this.#root.classList.toggle("filled", !this.isEmpty);
    this.#add.disabled = this.#swatches.length >= MOST;
    this.#options.onChange();
  }

  /** @param {Swatch} swatch @param {number} index */
  #row(swatch, index) {
    const row = document.createElement("li");
    const color = Object.assign(document.createElement("input"), { type: "color", value: swatch.color });
    color.setAttribute("aria-label", `Colour ${index + 1}`);
    const weight = Object.assign(document.createElement("input"), { type: "range", min: "0.02", max: "1", step: "0.01", value: String(swatch.weight) });
    weight.setAttribute("aria-label", `Share of colour ${index + 1}`);
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "soft icon small" });
    remove.setAttribute("aria-label", `Remove colour ${index + 1}`);
    remove.innerHTML = '<svg aria-hidden="true"><use href="#i-clear"/></svg>';
    color.addEventListener("input", () => {
      swatch.color = color.value;
      this.#changed();
    });
    weight.addEventListener("input", () => {
      swatch.weight = weight.valueAsNumber;
      this.#changed();
    });
    remove.addEventListener("click", () => {
      this.#set(this.#swatches.filter((other) => other !== swatch));
      const next = /** @type {HTMLElement | undefined} */ (this.#list.children[Math.min(index, this.#list.children.length - 1)]);
      (next?.querySelector("input") ?? this.#add).focus();
    });
    row.append(color, weight, remove);
    return row;
  }
}
