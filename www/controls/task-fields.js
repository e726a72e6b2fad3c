// @ts-check
// One field for each kind of thing that a task takes. Each field says what it holds, or undefined while it is empty.

import { editButton } from "../editor/editor.js";
import { say } from "../language.js";
import { squareFromUrl } from "../pictures.js";
import { mapField } from "./map-field.js";
import { Palette } from "./palette.js";
import { PictureField } from "./picture-field.js";
import { Veil } from "./region.js";
import { Sketch } from "./sketch.js";
import { swatchesOf } from "./task-examples.js";
import { labelOf, optionOf } from "../task-texts.js";
import { copyOf } from "./template.js";
import { Words } from "./words.js";

/** @import { InputKind, Picture, Pictures, Reading, Swatch, TaskInput } from "../types.d.ts" */

/** What a field can be filled with: one of the visitor's pictures, else what the engine is given. @typedef {Picture | string | number | undefined} FieldValue */

/**
 * @typedef {object} Field
 * @property {number | string | undefined} value as the engine takes it
 * @property {FieldValue} [state] what `set` brings back, where that is not the value
 * @property {(value: FieldValue) => unknown} set fills it, or empties it
 * @property {Picture | undefined} [picture] for fields that a picture is chosen in
 * @property {((file: Blob) => Promise<void>)} [take] a picture was dropped on it
 * @property {((picture: Picture | undefined) => void)} [follow] the picture that is drawn or painted over has changed
 * @property {() => Promise<void>} [settled]
 */

/**
 * @typedef {object} FieldContext
 * @property {Pictures} pictures
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 * @property {(picture: ImageData, swatches: number) => Promise<Swatch[]>} colorsOf
 * @property {(text: string) => Promise<Reading>} read
 * @property {() => string[]} categories names of the model's categories
 */

/** @type {Record<InputKind, (root: HTMLElement, input: TaskInput, context: FieldContext) => Field>} */
const KINDS = {
  image(root, input, context) {
    const field = new PictureField(root, { ...context, name: labelOf(input) });
    return {
      get value() {
        return field.picture?.url;
      },
      get state() {
        return field.picture;
      },
      get picture() {
        return field.picture;
      },
      set: (value) => field.choose(typeof value === "object" ? value : undefined),
      take: (file) => field.take(file),
    };
  },
  instances: mapField,
  depth: mapField,

  drawing(root, input, context) {
    root.append(copyOf("pad-template"));
    const [pad, tools] = [".pad", ".tools"].map((part) => /** @type {HTMLElement} */ (root.querySelector(part)));
    tools.id = `${root.id}-tools`;
    /** @type {Picture | undefined} */ let source;
    const sketch = new Sketch({ ...context, pad, tools, below: () => source });
    const start = button(say("taskTexts.page.fromLines"), () => {
      if (source?.parts) void squareFromUrl(source.parts.sketch).then((lines) => sketch.show(lines), context.onError);
    });
    const offer = () => (start.hidden = !source?.parts);
    root.append(editButton(labelOf(input), () => sketch.edit(), context.onError), start);
    offer();
    context.pictures.listen(offer);
    return {
      get value() {
        return sketch.value?.image;
      },
      set: (value) => sketch.set(typeof value === "string" ? { image: value } : undefined),
      take: (file) => sketch.take(file),
      follow(picture) {
        source = picture;
        offer();
      },
    };
  },

  mask(root, input, context) {
    const frame = Object.assign(document.createElement("div"), { className: "pad paper", hidden: true });
    const image = document.createElement("img");
    image.alt = "";
    frame.append(image);
    const tools = Object.assign(document.createElement("div"), { className: "tools", hidden: true, id: `${root.id}-tools` });
    const waits = Object.assign(document.createElement("p"), { className: "quiet", textContent: say("taskTexts.page.pictureFirst") });
    const veil = new Veil({ frame, tools, onChange: context.onChange });
    /** @type {Picture | undefined} */ let below;
    const things = button(say("taskTexts.page.fromThings"), () => {
      if (below?.parts) void veil.lay(below.parts.mask).then(context.onChange, context.onError);
    });
    const edit = editButton(labelOf(input), () => veil.edit({ ...context, on: below?.url }), context.onError);
    const offer = () => {
      things.hidden = !below?.parts;
      edit.hidden = !below;
    };
    root.append(waits, frame, tools, edit, things);
    offer();
    context.pictures.listen(offer);
    return {
      get value() {
        return below && !veil.isEmpty ? veil.mask : undefined;
      },
      set: (value) => veil.lay(typeof value === "string" ? value : undefined),
      follow(picture) {
        if (picture !== below) void veil.lay(undefined);
        below = picture;
        waits.hidden = Boolean(picture);
        frame.hidden = tools.hidden = !picture;
        if (picture) image.src = picture.url;
        offer();
      },
    };
  },

  words(root, input, context) {
    const box = Object.assign(document.createElement("div"), { className: "words" });
    const back = Object.assign(document.createElement("div"), { className: "words-back" });
    const area = Object.assign(document.createElement("textarea"), { rows: 1, maxLength: 2000, placeholder: say("tasks.wordsPlaceholder") });
    area.setAttribute("aria-label", labelOf(input));
    const note = Object.assign(document.createElement("div"), { className: "words-note quiet" });
    box.append(back, area);
    root.append(box, note);
    const words = new Words(root, context);
    return {
      get value() {
        return words.text || undefined;
      },
      set: (value) => words.set(typeof value === "string" ? value : undefined),
      settled: () => words.settled(),
    };
  },

  colors(root, _input, context) {
    const holder = Object.assign(document.createElement("div"), { className: "palette" });
    root.append(holder);
    const palette = new Palette(holder, context);
    return {
      get value() {
        const colors = palette.value?.colors;
        return colors?.map(({ color, weight }) => `${color}:${weight}`).join(",");
      },
      set: (value) => palette.set(typeof value === "string" ? { colors: swatchesOf(value) } : undefined),
      take: (file) => palette.take(file),
    };
  },

  number(root, input, { onChange }) {
    const { min: least = 0, max: most = 1, default: initial = least } = input;
    // The engine's numbers are of single precision: 0.2 comes as 0.200000003.
    const [min, max, usual] = [least, most, initial].map((value) => Number(value.toPrecision(4)));
    const slider = Object.assign(document.createElement("input"), { type: "range", min: String(min), max: String(max), step: "0.01", value: String(usual) });
    slider.setAttribute("aria-label", labelOf(input));
    const output = document.createElement("output");
    const holder = Object.assign(document.createElement("span"), { className: "slider" });
    holder.append(slider, output);
    root.append(holder);
    const show = () => (output.textContent = String(slider.valueAsNumber));
    slider.addEventListener("input", () => {
      show();
      onChange();
    });
    show();
    return {
      get value() {
        return slider.valueAsNumber;
      },
      set(value) {
        slider.value = String(value ?? usual);
        show();
      },
    };
  },

  choice(root, input, { onChange }) {
    const { options = [] } = input;
    const select = document.createElement("select");
    select.setAttribute("aria-label", labelOf(input));
    select.append(...options.map((option) => new Option(optionOf(option), option)));
    select.addEventListener("input", onChange);
    root.append(select);
    return {
      get value() {
        return select.value;
      },
      set(value) {
        select.value = String(value ?? options[0]);
      },
    };
  },
};

/** @param {HTMLElement} root @param {TaskInput} input @param {FieldContext} context @returns {Field} */
export function fieldFor(root, input, context) {
  return KINDS[input.kind](root, input, context);
}

/** @param {string} label @param {() => void} run */
function button(label, run) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "soft", textContent: label });
  element.addEventListener("click", run);
  return element;
}
