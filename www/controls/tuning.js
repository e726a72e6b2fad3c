// @ts-check
// What every condition has: on or off, a weight, and the part of the run in which it acts.

import { say } from "../language.js";
import { copyOf } from "./template.js";

/** @import { Tuned } from "../types.d.ts" */

/** @type {Record<string, { shown: (value: number) => string, scale: number, usual: number }>} */
const KEYS = {
  weight: { shown: (value) => value.toFixed(2).replace(/0$/, ""), scale: 1, usual: 1 },
  start: { shown: (value) => `${value}%`, scale: 100, usual: 0 },
  end: { shown: (value) => `${value}%`, scale: 100, usual: 1 },
};

export class Tuning {
  #root;
  #switch;
  /** @type {Map<string, HTMLInputElement>} */ #sliders = new Map();
  #changed;

  /** @param {HTMLElement} root the condition's section @param {{ onChange: () => void }} options */
  constructor(root, { onChange }) {
    this.#root = root;
    this.#changed = onChange;
    const head = /** @type {HTMLElement} */ (root.querySelector(".card-head"));
    const name = head.querySelector("h2, h3")?.textContent ?? "";
    head.append(copyOf("tuning-template"));
    this.#switch = /** @type {HTMLInputElement} */ (head.querySelector("[role=switch]"));
    this.#switch.setAttribute("aria-label", say("controls.tuning.useNamed", { name }));
    this.#switch.addEventListener("change", () => this.#update());
    const details = /** @type {HTMLDetailsElement} */ (head.querySelector("details"));
    const summary = /** @type {HTMLElement} */ (details.querySelector("summary"));
    summary.setAttribute("aria-label", say("controls.tuning.titleNamed", { name }));
    for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (details.querySelectorAll("input[type=range]"))) {
      this.#sliders.set(slider.dataset.key ?? "", slider);
      slider.addEventListener("input", () => this.#update(slider.dataset.key));
    }
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !details.open) return;
      // Esc closes what is open before it stops a run.
      event.stopPropagation();
      details.open = false;
      summary.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (details.open && !details.contains(/** @type {Node} */ (event.target))) details.open = false;
    });
    this.#update();
  }

  /** Opens what can be set, at its first slider. */
  edit() {
    /** @type {HTMLDetailsElement} */ (this.#root.querySelector(".tuning")).open = true;
    this.#sliders.get("weight")?.focus();
  }

  get on() {
    return this.#switch.checked;
  }

  set on(on) {
    this.#switch.checked = on;
    this.#update();
  }

  /** Only what differs from the usual, so that recipes stay short. @returns {Tuned} */
  get value() {
    /** @type {Record<string, number>} */
    const value = {};
    for (const [key, { scale, usual }] of Object.entries(KEYS)) {
      const now = this.#number(key) / scale;
      if (now !== usual) value[key] = now;
    }
    return value;
  }

  /** @param {Tuned} value */
  set value(value) {
    for (const [key, { scale, usual }] of Object.entries(KEYS)) {
      const slider = this.#sliders.get(key);
      if (slider) slider.valueAsNumber = (/** @type {any} */ (value)[key] ?? usual) * scale;
    }
    this.#update();
  }

  /** @param {string} key */
  #number(key) {
    return this.#sliders.get(key)?.valueAsNumber ?? NaN;
  }

  /** @param {string} [moved] */
  #update(moved) {
    const [start, end] = [this.#sliders.get("start"), this.#sliders.get("end")];
    // The one that is moved pushes the other along.
    if (start && end && start.valueAsNumber > end.valueAsNumber) {
      if (moved === "end") start.value = end.value;
      else end.value = start.value;
    }
    for (const [key, slider] of this.#sliders) {
      const output = slider.parentElement?.querySelector("output");
      if (output) output.textContent = KEYS[key].shown(slider.valueAsNumber);
    }
    this.#root.classList.toggle("off", !this.on);
    this.#root.classList.toggle("tuned", Object.keys(this.value).length > 0);
    this.#changed();
  }
}
