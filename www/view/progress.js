// @ts-check
// How far a run is: one bar, one line, and now and then a word for screen readers.

import { duration, megabytes } from "./format.js";

/** @import { LoadProgress, StepProgress } from "../types.d.ts" */

/** @type {Record<string, string>} */
const STAGES = { caption: "Reading the words", prior: "Imagining the meaning", base: "Painting", upsampler: "Adding detail" };
/** Screen readers hear of a stage when it begins and at each such part of the bar. */
const SPOKEN_PARTS = 4;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Progress {
  #box = element("progress");
  #bar = /** @type {HTMLElement} */ (this.#box.querySelector("[role=progressbar]"));
  #fill = /** @type {HTMLElement} */ (this.#box.querySelector(".bar span"));
  #what = /** @type {HTMLElement} */ (this.#box.querySelector(".progress-what"));
  #left = /** @type {HTMLElement} */ (this.#box.querySelector(".progress-left"));
  #spoken = "";

  /** @param {string} text */
  begin(text) {
    this.#box.hidden = false;
    this.#spoken = "";
    this.#show(undefined, text, "");
  }

  end() {
    this.#box.hidden = true;
  }

  /** @param {LoadProgress} progress */
  load({ received, total, cached }) {
    const done = total > 0 ? received / total : 0;
    const fromDevice = cached > 0 ? `, ${megabytes(cached)} MB already on this device` : "";
    if (cached >= total && total > 0) this.#show(done, "Loading the model from this device", `${megabytes(received)} of ${megabytes(total)} MB`);
    else this.#show(done, "Downloading the model, once", `${megabytes(received)} of ${megabytes(total)} MB${fromDevice}`);
  }

  /** @param {StepProgress} progress */
  step({ stage, step, steps, seconds_left: seconds }) {
    const name = STAGES[stage] ?? stage;
    const what = steps > 1 ? `${name}, step ${step} of ${steps}` : name;
    this.#show(steps > 0 ? step / steps : undefined, what, seconds === undefined ? "" : `about ${duration(seconds)} left`, name);
  }

  stopping() {
    this.#show(undefined, "Stopping after this step", "");
  }

  /** @param {number | undefined} done 0 to 1, or unknown @param {string} what @param {string} left @param {string} [spoken] */
  #show(done, what, left, spoken = what) {
    this.#bar.classList.toggle("unknown", done === undefined);
    if (done === undefined) this.#bar.removeAttribute("aria-valuenow");
    else this.#bar.setAttribute("aria-valuenow", String(Math.round(done * 100)));
    this.#bar.setAttribute("aria-valuetext", [what, left].filter(Boolean).join(", "));
    this.#fill.style.transform = `scaleX(${done ?? 1})`;
    this.#what.textContent = what;
    this.#left.textContent = left;
    const part = `${spoken} ${Math.floor((done ?? 0) * SPOKEN_PARTS)}`;
    if (part === this.#spoken) return;
    this.#spoken = part;
    announce(left ? `${spoken}, ${left}` : spoken);
  }
}

/** For screen readers only. @param {string} text */
export function announce(text) {
  element("announce").textContent = text;
}
