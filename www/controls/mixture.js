// @ts-check
// Between two pictures: the other one, and how far from it to the one that is used.

import { say } from "../language.js";
import { point } from "./point.js";
import { copyOf } from "./template.js";

/** @import { Mixed, Picture, Pictures } from "../types.d.ts" */

export class Mixture {
  #root;
  #pictures;
  #select;
  #slider;
  #output;
  /** @type {Picture | undefined} */ #from;

  /** @param {HTMLElement} root @param {{ pictures: Pictures, name: string, onChange: () => void }} options */
  constructor(root, { pictures, name, onChange }) {
    this.#root = root;
    this.#pictures = pictures;
    root.classList.add("mixture");
    root.append(copyOf("mixture-template"));
    this.#select = /** @type {HTMLSelectElement} */ (root.querySelector("select"));
    this.#slider = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.#output = /** @type {HTMLOutputElement} */ (root.querySelector("output"));
    this.#select.setAttribute("aria-label", say("controls.mixture.withNamed", { name }));
    this.#slider.setAttribute("aria-label", say("controls.mixture.share", { name }));
    this.#select.addEventListener("change", () => {
      // All of one would be no mixture, and the choice would seem to do nothing.
      if (!this.#from && this.#slider.valueAsNumber === 100) this.#slider.valueAsNumber = 50;
      this.#from = pictures.at(Number(this.#select.value));
      this.#show();
      onChange();
    });
    this.#slider.addEventListener("input", () => {
      this.#show();
      onChange();
    });
    pictures.listen((changed) => {
      if (changed) return;
      if (this.#from && pictures.numberOf(this.#from) === 0) this.#from = undefined;
      this.#show();
    });
    this.#show();
  }

  /** @returns {Pick<Mixed, "from" | "strength">} */
  get value() {
    if (!this.#from) return {};
    const strength = this.#slider.valueAsNumber / 100;
    return { from: this.#pictures.numberOf(this.#from), ...(strength === 1 ? {} : { strength }) };
  }

  /** @param {Mixed | undefined} value */
  set value(value) {
    this.#from = this.#pictures.at(value?.from);
    this.#slider.valueAsNumber = (value?.strength ?? 1) * 100;
    this.#show();
  }

  /** Whether there is a picture to mix another one with. @param {boolean} offered */
  set offered(offered) {
    this.#root.classList.toggle("offered", offered);
    this.#show();
  }

  /** Leads to it, if it is there. Whether it is. */
  edit() {
    if (!this.#root.hidden) point(this.#select);
    return !this.#root.hidden;
  }

  #show() {
    const { all } = this.#pictures;
    this.#root.hidden = !this.#root.classList.contains("offered") || (all.length < 2 && !this.#from);
    const options = [new Option(say("controls.mixture.nothing"), "0"), ...all.map((_, i) => new Option(say("controls.mixture.picture", { n: i + 1 }), String(i + 1)))];
    this.#select.replaceChildren(...options);
    this.#select.value = String(this.#from ? this.#pictures.numberOf(this.#from) : 0);
    /** @type {HTMLElement} */ (this.#slider.parentElement).hidden = !this.#from;
    this.#output.textContent = `${this.#slider.valueAsNumber}%`;
  }
}
