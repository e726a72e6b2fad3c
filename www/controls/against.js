// @ts-check
// What guidance leads away from: nothing, the drawings, or a caption of what is not wanted.

/** @import { Against as Value } from "../types.d.ts" */

export class Against {
  #select = /** @type {HTMLSelectElement} */ (document.getElementById("against"));
  #text = /** @type {HTMLInputElement} */ (document.getElementById("against-caption"));
  /** Conditions of a recipe that this control has no field for. @type {Value | undefined} */ #kept;

  /** @param {{ onChange: () => void }} options */
  constructor({ onChange }) {
    const changed = () => {
      this.#kept = undefined;
      this.#show();
      onChange();
    };
    this.#select.addEventListener("input", changed);
    this.#text.addEventListener("input", changed);
    this.#show();
  }

  /** @returns {Value | undefined} */
  get value() {
    if (this.#kept) return this.#kept;
    const text = this.#text.value.trim();
    if (this.#select.value === "locals") return "locals";
    return this.#select.value === "caption" && text ? { conditions: { caption: { text } } } : undefined;
  }

  /** @param {Value | undefined} value */
  set value(value) {
    const conditions = typeof value === "object" ? value.conditions : undefined;
    const { caption, ...others } = conditions ?? {};
    const plain = !conditions || (Object.keys(others).length === 0 && Object.keys(caption ?? {}).every((key) => key === "text"));
    this.#kept = plain ? undefined : value;
    this.#select.value = conditions ? "caption" : value === "locals" ? "locals" : "nothing";
    this.#text.value = caption?.text ?? "";
    this.#show();
  }

  #show() {
    /** @type {HTMLElement} */ (this.#text.parentElement).hidden = this.#select.value !== "caption";
  }
}
