// @ts-check
// Two pictures on top of each other, and a slider that shows more of the one or of the other.

import { say } from "../language.js";
import { closable } from "../view/dialogs.js";
import { showBlob } from "./lazy.js";
import { named } from "./names.js";

/** @import { Gallery } from "./gallery.js" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Compare {
  #dialog = /** @type {HTMLDialogElement} */ (element("compare"));
  #slider = /** @type {HTMLInputElement} */ (element("compare-slider"));
  #frame = /** @type {HTMLElement} */ (this.#dialog.querySelector(".compare-frame"));
  #gallery;

  /** @param {Gallery} gallery */
  constructor(gallery) {
    this.#gallery = gallery;
    this.#slider.addEventListener("input", () => this.#place());
    closable(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      for (const image of this.#dialog.querySelectorAll("img")) image.removeAttribute("src");
    });
  }

  /** @param {number} left @param {number} right numbers of pictures */
  async open(left, right) {
    const pngs = await Promise.all([left, right].map((id) => this.#gallery.png(id)));
    for (const [i, id] of [left, right].entries()) {
      const entry = this.#gallery.get(id);
      const name = entry ? named(entry) : "";
      const image = this.#dialog.querySelectorAll("img")[i];
      image.alt = name;
      showBlob(image, new Blob([pngs[i]], { type: "image/png" }));
      this.#dialog.querySelectorAll("figcaption span")[i].textContent = name;
    }
    this.#slider.value = "50";
    this.#place();
    this.#dialog.showModal();
    this.#slider.focus();
  }

  #place() {
    const share = Number(this.#slider.value);
    this.#frame.style.setProperty("--share", `${share}%`);
    this.#slider.setAttribute("aria-valuetext", say("gallery.compareShare", { share: Math.round(share) }));
  }
}
