// @ts-check
// Everything around the editor's canvas that can be set: tools, sliders, kinds of things, the piece that is moved, the picture below.

import { say } from "../language.js";
import { colorOf, kindName } from "../things.js";

/** @import { ToolId } from "./kinds.js" */
/** @import { Pen } from "./pen.js" */
/** @import { Sheet } from "./sheet.js" */

/** @type {Record<ToolId, { icon: string, key: string }>} */
export const TOOLS = {
  brush: { icon: "i-brush", key: "B" }, eraser: { icon: "i-eraser", key: "E" }, line: { icon: "i-line", key: "L" },
  fill: { icon: "i-fill", key: "G" }, lasso: { icon: "i-lasso", key: "S" }, dropper: { icon: "i-dropper", key: "I" },
};
/** What is between nothing and all, where a place can be that; and what only shades have. */
const SOFT = ["hardness", "opacity"];
const SHADED = ["shade", "tolerance"];
/** Which sliders a tool has, where they mean something. @type {Record<ToolId, string[]>} */
const SLIDERS = {
  brush: ["size", "hardness", "opacity", "shade"], eraser: ["size", "hardness", "opacity"], line: ["size", "hardness", "opacity", "shade"],
  fill: ["shade", "tolerance"], lasso: [], dropper: ["shade"],
};
const percent = (/** @type {number} */ value) => `${Math.round(value)}%`;

/** What each slider sets. @type {Record<string, { get: (pen: Pen) => number, set: (pen: Pen, value: number) => void, shown: (value: number) => string }>} */
const VALUES = {
  size: { get: ({ size }) => size ?? 1, set: (pen, value) => (pen.size = value), shown: String },
  hardness: { get: ({ hardness }) => hardness * 100, set: (pen, value) => (pen.hardness = value / 100), shown: percent },
  opacity: { get: ({ opacity }) => opacity * 100, set: (pen, value) => (pen.opacity = value / 100), shown: percent },
  shade: { get: ({ value }) => (value / 255) * 100, set: (pen, value) => (pen.value = Math.round((value / 100) * 255)), shown: percent },
  tolerance: { get: ({ tolerance }) => (tolerance / 255) * 100, set: (pen, value) => (pen.tolerance = Math.round((value / 100) * 255)), shown: percent },
};

/**
 * @typedef {object} PanelOptions
 * @property {HTMLElement} root
 * @property {Sheet} sheet
 * @property {Pen} pen
 * @property {string[]} names of the kinds of things
 * @property {() => void} onChange something was set
 * @property {AbortSignal} signal
 */

export class Panel {
  #options;
  #tools;
  #piece;
  #kinds;
  /** @type {Map<string, { label: HTMLElement, input: HTMLInputElement, output: HTMLElement }>} */ #sliders = new Map();

  /** @param {PanelOptions} options */
  constructor(options) {
    this.#options = options;
    const { root, sheet, pen, signal, onChange } = options;
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part=${name}]`));
    this.#tools = part("tools");
    this.#piece = part("piece");
    this.#kinds = part("kinds");
    this.#tools.replaceChildren(...sheet.kind.tools.map((tool) => this.#tool(tool)));
    part("sliders").replaceChildren(...Object.keys(VALUES).map((name) => this.#slider(name)));
    this.#fillKinds();
    /** @type {Record<string, () => void>} */
    const acts = {
      "mirror-x": () => pen.mirror("x"), "mirror-y": () => pen.mirror("y"), "turn-left": () => pen.turn(-Math.PI / 12), "turn-right": () => pen.turn(Math.PI / 12),
      grow: () => pen.grow(1.1), shrink: () => pen.grow(1 / 1.1), remove: () => sheet.remove(), drop: () => sheet.drop(),
    };
    this.#piece.addEventListener("click", (event) => {
      const act = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.act;
      if (!act) return;
      acts[act]?.();
      onChange();
    }, { signal });
  }

  /** Shows what is set now. */
  refresh() {
    const { sheet, pen } = this.#options;
    const { kind } = sheet;
    for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (this.#tools.querySelectorAll("input"))) radio.checked = radio.value === pen.tool;
    for (const [name, { label, input, output }] of this.#sliders) {
      label.hidden = !SLIDERS[pen.tool].includes(name) || (kind.sharp && SOFT.includes(name)) || (!kind.shaded && SHADED.includes(name));
      input.value = String(Math.round(VALUES[name].get(pen)));
      output.textContent = VALUES[name].shown(input.valueAsNumber);
    }
    this.#piece.hidden = pen.tool !== "lasso";
    this.#piece.classList.toggle("idle", !sheet.float);
    for (const button of this.#piece.querySelectorAll("button")) button.disabled = !sheet.float;
    /** @type {HTMLElement} */ (this.#piece.querySelector("p")).textContent = say(sheet.float ? "editor.held" : kind.id === "things" ? "editor.takeThing" : "editor.take");
    this.#kinds.hidden = kind.id !== "things" || pen.tool === "lasso" || pen.tool === "eraser";
    for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (this.#kinds.querySelectorAll("input[type=radio]"))) radio.checked = Number(radio.value) === pen.value;
  }

  /** @param {ToolId} tool */
  #tool(tool) {
    const { pen, onChange } = this.#options;
    const { icon, key } = TOOLS[tool];
    const label = document.createElement("label");
    label.title = `${say(`editor.tools.${tool}`)} (${key})`;
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "editor-tool", value: tool });
    radio.setAttribute("aria-keyshortcuts", key);
    radio.addEventListener("change", () => {
      pen.tool = tool;
      onChange();
    });
    const face = document.createElement("span");
    face.innerHTML = `<svg aria-hidden="true"><use href="#${icon}"/></svg>`;
    face.append(Object.assign(document.createElement("span"), { textContent: say(`editor.tools.${tool}`) }));
    label.append(radio, face);
    return label;
  }

  /** @param {string} name */
  #slider(name) {
    const { sheet, pen, onChange } = this.#options;
    const label = Object.assign(document.createElement("label"), { className: `editor-slider ${name}` });
    const max = name === "size" ? sheet.kind.largest : 100;
    const input = Object.assign(document.createElement("input"), { type: "range", min: name === "size" ? "1" : name === "opacity" ? "5" : "0", max: String(max), step: "1" });
    input.dataset.set = name;
    const output = document.createElement("output");
    const title = say(name === "shade" ? `editor.shade.${sheet.kind.id === "light" ? "light" : "depth"}` : `editor.${name}`);
    label.append(Object.assign(document.createElement("span"), { textContent: title }), output, input);
    input.addEventListener("input", () => {
      VALUES[name].set(pen, input.valueAsNumber);
      onChange();
    });
    this.#sliders.set(name, { label, input, output });
    return label;
  }

  /** All kinds of things by name, and a box to find one. */
  #fillKinds() {
    const { sheet, pen, names, signal, onChange } = this.#options;
    const list = /** @type {HTMLElement} */ (this.#kinds.querySelector("[role=radiogroup]"));
    const search = /** @type {HTMLInputElement} */ (this.#kinds.querySelector("input[type=text]"));
    list.replaceChildren();
    search.value = "";
    if (sheet.kind.id !== "things") return;
    const none = /** @type {HTMLElement} */ (this.#kinds.querySelector("p"));
    const choose = (/** @type {number} */ value) => {
      pen.value = value;
      // Whoever picks a kind wants to paint it.
      if (pen.tool === "dropper") pen.tool = "brush";
      onChange();
    };
    const entries = names.map((name, value) => {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "editor-kind", value: String(value) });
      radio.addEventListener("change", () => choose(value));
      const dot = document.createElement("i");
      dot.style.backgroundColor = colorOf(value);
      const face = document.createElement("span");
      face.append(dot, kindName(name));
      label.append(radio, face);
      return { label, value, words: `${name} ${kindName(name)}`.toLowerCase() };
    });
    list.append(...entries.map(({ label }) => label));
    const find = () => {
      for (const { label, words } of entries) label.hidden = !words.includes(search.value.trim().toLowerCase());
      none.hidden = entries.some(({ label }) => !label.hidden);
    };
    find();
    search.addEventListener("input", find, { signal });
    search.addEventListener("keydown", (event) => {
      const first = entries.find(({ label }) => !label.hidden);
      if (event.key === "Enter" && first) choose(first.value);
    }, { signal });
  }
}
