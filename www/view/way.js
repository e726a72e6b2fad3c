// @ts-check
// How a picture came about, step by step. Each step can be gone on from. Steps are not kept across visits: a recipe makes the same
// picture again, and its steps with it.

import { say } from "../language.js";
import { duration } from "./format.js";

/** @import { Moment, Shown } from "../types.d.ts" */

export class Way {
  #box = /** @type {HTMLElement} */ (document.getElementById("way"));
  #list = /** @type {HTMLElement} */ (this.#box.querySelector("ol"));
  #title = /** @type {HTMLElement} */ (document.getElementById("way-title"));
  #again = /** @type {HTMLElement} */ (this.#box.querySelector(".way-again"));
  #onPick;
  /** @type {Shown | undefined} */ #shown;
  /** Those that the list shows. @type {Moment[] | undefined} */ #way;

  /** @param {{ onPick: (shown: Shown, step: number) => void, onAgain: (shown: Shown) => void }} options onAgain: the picture is to be made once more, for its steps */
  constructor({ onPick, onAgain }) {
    this.#onPick = onPick;
    this.#again.querySelector("button")?.addEventListener("click", () => this.#shown && onAgain(this.#shown));
  }

  /** @param {Shown | undefined} shown */
  show(shown) {
    this.#box.hidden = !shown;
    if (!shown || (shown === this.#shown && shown.way === this.#way)) return;
    this.#shown = shown;
    this.#way = shown.way;
    const { recipe, seconds } = shown.result;
    const known = shown.way.length > 0;
    for (const part of [this.#title, this.#list]) part.hidden = !known;
    // A run of one step has nothing on its way.
    this.#box.hidden = !known && recipe.steps.base < 2;
    this.#again.hidden = known;
    /** @type {HTMLElement} */ (this.#again.querySelector("span")).textContent = seconds ? say("view.againFor", { time: duration(seconds) }) : say("view.again");
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
