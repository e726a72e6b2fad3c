// @ts-check
// How a picture came about, step by step. Each step can be gone on from.

import { say } from "../language.js";

/** @import { Shown } from "../types.d.ts" */

export class Way {
  #box = /** @type {HTMLElement} */ (document.getElementById("way"));
  #list = /** @type {HTMLElement} */ (this.#box.querySelector("ol"));
  #onPick;
  /** @type {Shown | undefined} */ #shown;

  /** @param {(shown: Shown, step: number) => void} onPick */
  constructor(onPick) {
    this.#onPick = onPick;
  }

  /** @param {Shown | undefined} shown */
  show(shown) {
    this.#box.hidden = !shown?.way.length;
    if (!shown || shown === this.#shown) return;
    this.#shown = shown;
    this.#list.replaceChildren(...shown.way.map(({ step, steps, preview }) => {
      const { width, height, rgba } = preview;
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
      const button = Object.assign(document.createElement("button"), { type: "button", title: say("view.step", { step, steps }) });
      button.setAttribute("aria-label", say("view.goOn", { step, steps }));
      button.dataset.step = String(step);
      button.append(canvas, Object.assign(document.createElement("span"), { textContent: String(step) }));
      button.addEventListener("click", () => this.#onPick(shown, step));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
  }

  /** Marks the step that the next run goes on from. @param {number | undefined} step */
  mark(step) {
    for (const button of this.#list.querySelectorAll("button")) button.toggleAttribute("aria-current", button.dataset.step === String(step));
  }
}
