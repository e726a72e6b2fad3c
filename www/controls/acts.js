// @ts-check
// What is offered for a condition that is given, for every kind in the same looks: to see it large, to edit it, to remove it. It stands
// beside the condition's name, or below its picture where there is no room for that.

import { sayEdit } from "../editor/editor.js";
import { say } from "../language.js";

/** @import { Picture } from "../types.d.ts" */

/**
 * @typedef {object} ActsOptions
 * @property {(() => void) | undefined} look nothing where there is no more to see than the page shows already
 * @property {() => void} edit
 * @property {() => void} remove
 * @property {string | undefined} begin what Edit says while there is nothing, where it can be begun by hand
 */

export class Acts {
  #look;
  #edit;
  #remove;
  #begin;
  #name;

  /** @param {HTMLElement} section the condition's @param {ActsOptions} options */
  constructor(section, { look, edit, remove, begin }) {
    const heading = /** @type {HTMLElement} */ (section.querySelector(".card-head :is(h2, h3)"));
    const name = (this.#name = heading.textContent ?? "");
    this.#begin = begin;
    this.#look = look && button("look", "i-large", say("controls.acts.look", { name }), look);
    this.#edit = button("edit", "i-edit", say("controls.acts.edit", { name }), edit);
    this.#remove = button("remove", "i-clear", say("controls.acts.remove", { name }), () => {
      remove();
      // The button is gone; what is left of every condition is its switch.
      /** @type {HTMLElement} */ (section.querySelector("[role=switch]")).focus();
    });
    this.#edit.append(document.createElement("span"));
    if (begin) this.#edit.setAttribute("aria-haspopup", "dialog");
    const row = Object.assign(document.createElement("div"), { className: "acts" });
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", name);
    row.append(...[this.#look, this.#edit, this.#remove].filter((each) => each !== undefined));
    const slot = section.closest(".quarters") && section.querySelector(".slot");
    if (slot) slot.append(row);
    else heading.after(row);
    if (look) section.querySelector(".slot-full > img")?.addEventListener("click", look);
  }

  /** @param {boolean} given whether there is something @param {Picture} [picture] whose part it is */
  show(given, picture) {
    if (this.#look) this.#look.hidden = !given;
    this.#remove.hidden = !given;
    this.#edit.hidden = !given && !this.#begin;
    if (!this.#begin) return;
    this.#edit.classList.toggle("icon", given);
    // What is said aloud begins with what is read.
    this.#edit.setAttribute("aria-label", given ? say("controls.acts.edit", { name: this.#name }) : `${this.#begin}: ${this.#name}`);
    sayEdit(this.#edit, picture, !given);
    /** @type {HTMLElement} */ (this.#edit.querySelector("span")).textContent = given ? "" : this.#begin;
  }
}

/** @param {string} className @param {string} icon @param {string} name @param {() => void} run */
function button(className, icon, name, run) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: `soft small icon ${className}`, title: name });
  element.setAttribute("aria-label", name);
  element.innerHTML = `<svg aria-hidden="true"><use href="#${icon}"/></svg>`;
  element.addEventListener("click", run);
  return element;
}
