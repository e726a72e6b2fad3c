// @ts-check
// The palette condition: colours with weights, chosen by hand or taken from a picture.

import { say } from "../language.js";
import { blank, context, dataUrl, pixels, squareFromFile } from "../pictures.js";
import { offerFiles } from "./files.js";
import { HARMONIES, harmonised, hasHue } from "./harmony.js";
import { pickedColor } from "./pipette.js";
import { Mixture } from "./mixture.js";
import { point } from "./point.js";
import { copyOf } from "./template.js";

/** @import { Harmony } from "./harmony.js" */
/** @import { Mixed, Picture, Pictures, Swatch } from "../types.d.ts" */

const MOST = 8;
const FROM_PICTURE = 6;
/** So small a share of a picture's colours is not worth a row. */
const LEAST = 0.02;
/** What "Add colour" offers, one after the other. */
const OFFERS = ["#e2553d", "#f2b632", "#3f51d6", "#2f9e6e", "#f4efe6", "#8a4fd0", "#20222a", "#f28ab2"];

/**
 * Comes with the first colour that is picked: a palette is of the whole picture, ground and all, and of red alone the whole
 * picture would be red.
 */
const GROUND = { color: "#ffffff", weight: 1 };
const PICKED_WEIGHT = 0.5;

/**
 * @typedef {object} PaletteOptions
 * @property {Pictures} pictures
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 * @property {(picture: ImageData, swatches: number) => Promise<Swatch[]>} colorsOf
 */

export class Palette {
  /** @type {Swatch[]} */ #swatches = [];
  #list;
  #bar;
  #add;
  #root;
  #note;
  #mixture;
  #options;
  #harmony;
  #pipette;
  #back;
  /** What adding, removing and harmonising took the place of. @type {{ swatches: Swatch[], picture: Picture | undefined }[]} */ #before = [];
  /** The picture whose colours these are, all of them and not only those shown, until one is changed. @type {Picture | undefined} */ #picture;

  /** @param {HTMLElement} root @param {PaletteOptions} options */
  constructor(root, options) {
    this.#options = options;
    this.#root = root;
    root.append(copyOf("palette-template"));
    this.#note = /** @type {HTMLElement} */ (root.querySelector(".palette-note"));
    this.#mixture = new Mixture(/** @type {HTMLElement} */ (root.querySelector("[data-mixture]")), { pictures: options.pictures, name: say("controls.palette.name"), onChange: () => options.onChange() });
    this.#list = /** @type {HTMLElement} */ (root.querySelector(".swatches"));
    this.#bar = /** @type {HTMLElement} */ (root.querySelector(".palette-bar"));
    this.#add = /** @type {HTMLButtonElement} */ (root.querySelector("[data-act=add]"));
    this.#add.addEventListener("click", () => this.#addOne());
    this.#pipette = /** @type {HTMLButtonElement} */ (root.querySelector("[data-act=pipette]"));
    this.#pipette.addEventListener("click", () => void this.#pick());
    this.#harmony = /** @type {HTMLSelectElement} */ (root.querySelector("[data-act=harmony]"));
    this.#harmony.append(...HARMONIES.map((how) => new Option(say(`editor.palette.harmonies.${how}`), how)));
    this.#harmony.addEventListener("change", () => this.#harmonise());
    this.#back = /** @type {HTMLButtonElement} */ (root.querySelector("[data-act=back]"));
    this.#back.addEventListener("click", () => {
      const before = this.#before.pop();
      if (before) this.#set(before.swatches, before.picture);
      if (this.#back.hidden) this.#harmony.focus();
    });
    root.querySelector("[data-act=clear]")?.addEventListener("click", () => {
      this.#remember();
      this.#set([]);
      this.#add.focus();
    });
    const part = (/** @type {string} */ selector) => /** @type {HTMLInputElement} */ (root.querySelector(selector));
    offerFiles(part("[data-act=pick]"), part("input[type=file]"), (file) => this.take(file).catch(options.onError));
    options.pictures.listen((changed) => {
      if (!this.#picture) return;
      if (options.pictures.numberOf(this.#picture) === 0) this.#set([]);
      else if (!changed || changed === this.#picture) this.#set(seen(this.#picture), this.#picture);
    });
    this.#set([]);
  }

  get isEmpty() {
    return this.#swatches.length === 0 && !this.#picture;
  }

  /** The picture whose colours these are. */
  get picture() {
    return this.#picture;
  }

  /** @returns {(Mixed & { colors?: Swatch[] }) | undefined} */
  get value() {
    if (this.#picture) return { of: this.#options.pictures.numberOf(this.#picture), ...this.#mixture.value };
    return this.isEmpty ? undefined : { colors: this.#swatches.map((swatch) => ({ ...swatch })) };
  }

  /** @param {(Mixed & { colors?: Swatch[] }) | undefined} value */
  set(value) {
    this.#before = [];
    const picture = this.#options.pictures.at(value?.of);
    this.#mixture.value = picture && value;
    if (picture) this.#set(seen(picture), picture);
    else this.#set(value?.colors ?? []);
  }

  /** All colours of one of the visitor's pictures. @param {Picture} picture */
  link(picture) {
    this.set({ of: this.#options.pictures.numberOf(picture) });
  }

  clear() {
    this.#set([]);
  }

  /** Leads to the first colour. */
  edit() {
    point(/** @type {HTMLElement} */ (this.#list.querySelector("input")));
  }

  /** As broad bands, each by its share. */
  look() {
    const canvas = blank();
    const into = context(canvas);
    const all = this.#swatches.reduce((sum, { weight }) => sum + weight, 0);
    let left = 0;
    for (const { color, weight } of this.#swatches) {
      const right = left + (weight / all) * canvas.width;
      into.fillStyle = color;
      // The next band covers what is too much.
      into.fillRect(Math.round(left), 0, canvas.width, canvas.height);
      left = right;
    }
    return dataUrl(canvas);
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

  #addOne(color = OFFERS.find((offer) => !this.#swatches.some((swatch) => swatch.color === offer)) ?? OFFERS[0]) {
    this.#remember();
    const ground = this.isEmpty ? GROUND : this.#ground;
    const others = this.#swatches.filter((swatch) => swatch !== ground);
    const mean = others.length ? others.reduce((sum, { weight }) => sum + weight, 0) / others.length : PICKED_WEIGHT;
    this.#set([...others, { color, weight: mean }, ...(ground ? [ground] : [])]);
    this.#list.children[others.length]?.querySelector("input")?.focus();
  }

  /** A colour from the screen joins the others. */
  async #pick() {
    const before = this.#note.textContent;
    this.#say(say("editor.palette.picking"));
    const color = await pickedColor();
    this.#say(before);
    if (color && this.#swatches.length < MOST) this.#addOne(color);
    else this.#pipette.focus();
  }

  #harmonise() {
    const how = /** @type {Harmony} */ (this.#harmony.value);
    // It is a thing to do and not a state: the same can be done twice.
    this.#harmony.value = "";
    if (["complementary", "analogous", "triadic"].includes(how) && !hasHue(this.#swatches)) return this.#say(say("editor.palette.harmonyNone"));
    const ground = this.#ground;
    const next = harmonised(this.#swatches.filter((swatch) => swatch !== ground), how, MOST - (ground ? 1 : 0));
    this.#remember();
    this.#set([...next, ...(ground ? [ground] : [])]);
    this.#harmony.focus();
  }

  /** White at the end of a palette picked by hand. */
  get #ground() {
    const last = this.#swatches.at(-1);
    return !this.#picture && this.#swatches.length > 1 && last?.color === GROUND.color ? last : undefined;
  }

  #remember() {
    this.#before.push({ swatches: this.#swatches.map((swatch) => ({ ...swatch })), picture: this.#picture });
  }

  /** @param {string} text */
  #say(text) {
    this.#note.textContent = text;
    this.#note.hidden = !text;
  }

  /** @param {Swatch[]} swatches @param {Picture} [picture] whose colours they are */
  #set(swatches, picture) {
    this.#picture = picture;
    this.#swatches = swatches.slice(0, MOST).map(({ color, weight }) => ({ color, weight: Math.max(0.02, Math.round(weight * 100) / 100) }));
    this.#list.replaceChildren(...this.#swatches.map((swatch, index) => this.#row(swatch, index)));
    this.#changed();
  }

  #changed() {
    this.#bar.replaceChildren(...this.#swatches.map(({ color, weight }) => {
      const part = document.createElement("span");
      part.style.backgroundColor = color;
      // Factors below 1 in sum would leave a gap.
      part.style.flexGrow = String(100 * weight);
      return part;
    }));
    this.#root.classList.toggle("filled", !this.isEmpty);
    this.#say(this.#picture ? say("controls.palette.ofPicture", { n: this.#options.pictures.numberOf(this.#picture) }) : this.#ground ? say("controls.palette.ground") : "");
    this.#mixture.offered = Boolean(this.#picture);
    this.#add.disabled = this.#pipette.disabled = this.#swatches.length >= MOST;
    this.#harmony.hidden = this.#swatches.length === 0;
    this.#back.hidden = this.#before.length === 0;
    this.#options.onChange();
  }

  /** @param {Swatch} swatch @param {number} index */
  #row(swatch, index) {
    const row = document.createElement("li");
    const color = Object.assign(document.createElement("input"), { type: "color", value: swatch.color });
    color.setAttribute("aria-label", say("controls.palette.color", { n: index + 1 }));
    const weight = Object.assign(document.createElement("input"), { type: "range", min: "0.02", max: "1", step: "0.01", value: String(swatch.weight) });
    weight.setAttribute("aria-label", say("controls.palette.share", { n: index + 1 }));
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "soft icon small" });
    remove.setAttribute("aria-label", say("controls.palette.remove", { n: index + 1 }));
    remove.innerHTML = '<svg aria-hidden="true"><use href="#i-clear"/></svg>';
    color.addEventListener("input", () => {
      swatch.color = color.value;
      this.#picture = undefined;
      this.#changed();
    });
    weight.addEventListener("input", () => {
      swatch.weight = weight.valueAsNumber;
      this.#picture = undefined;
      this.#changed();
    });
    remove.addEventListener("click", () => {
      this.#remember();
      this.#set(this.#swatches.filter((other) => other !== swatch));
      const next = /** @type {HTMLElement | undefined} */ (this.#list.children[Math.min(index, this.#list.children.length - 1)]);
      (next?.querySelector("input") ?? this.#add).focus();
    });
    row.append(color, weight, remove);
    return row;
  }
}

/** Those of a picture's colours that make up some of it. @param {Picture} picture */
const seen = ({ palette = [] }) => palette.filter(({ weight }) => weight >= LEAST);
