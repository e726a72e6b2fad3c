// @ts-check
// How far a run is: one bar, one line, and now and then a word for screen readers.

import { say, sayOf } from "../language.js";
import { duration, megabytes } from "./format.js";
import { Pace } from "./pace.js";

/** @import { LoadProgress, Recipe, StepProgress } from "../types.d.ts" */

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
  /** @type {Pace | undefined} */ #pace;
  /** Said before each stage, where a run makes several pictures. */ part = "";

  /** @param {string} text @param {Recipe["steps"]} steps @param {string} device */
  begin(text, steps, device) {
    this.#box.hidden = false;
    this.#pace = new Pace(steps, device);
    this.#spoken = "";
    this.part = "";
    this.#show(undefined, text, "");
  }

  /** @param {boolean} whole whether the run came to its end */
  end(whole) {
    this.#box.hidden = true;
    if (whole) this.#pace?.remember();
  }

  /** @param {LoadProgress} progress */
  load(progress) {
    const { received, total, cached } = progress;
    const done = total > 0 ? received / total : 0;
    const size = sizes(progress);
    if (cached > 0 && cached === received) this.#show(done, say("run.loading"), size);
    else this.#show(done, say("run.downloading"), cached > 0 ? say("run.sizesKept", { sizes: size, kept: megabytes(cached) }) : size);
  }

  /** @param {StepProgress} progress */
  step({ stage, step, steps }) {
    const name = sayOf("run.stages", stage);
    const what = steps > 1 ? say("run.step", { name, step, steps }) : name;
    const left = this.#pace?.step(stage, step, performance.now());
    const time = left ? say(left.whole ? "run.left" : "run.leftOfPart", { time: duration(left.seconds) }) : "";
    this.#show(steps > 0 ? step / steps : undefined, this.part + what, time, this.part + name);
  }

  stopping() {
    this.#show(undefined, say("run.stopping"), "");
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

/** @param {LoadProgress} progress */
const sizes = ({ received, total }) => say("run.sizes", { received: megabytes(received), total: megabytes(total) });

/** What a picture waits for that is to be taken apart. @param {LoadProgress} progress */
export const downloading = (progress) => say(progress.cached === progress.received ? "run.loadingWith" : "run.downloadingParts", { sizes: sizes(progress) });

/** For screen readers only. @param {string} text */
export function announce(text) {
  element("announce").textContent = text;
}
