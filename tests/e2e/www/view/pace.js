// @ts-check
// How long a run will still take, from how long its steps took so far and in earlier runs.

const KEY = "composer-pace";

/** @typedef {{ prior: number, base: number, upsampler: number }} Steps */

export class Pace {
  #steps;
  #key;
  /** Seconds a step by stage, remembered. @type {Record<string, number>} */ #known;
  #stage = "";
  #began = 0;
  #first = 0;

  /** @param {Steps} steps of this run @param {string} device what it runs on: paces are not comparable across devices */
  constructor(steps, device) {
    this.#steps = steps;
    this.#key = `${KEY}-${device}`;
    this.#known = remembered(this.#key);
  }

  /**
   * Takes note of a finished step.
   * @param {string} stage @param {number} step @param {number} now in ms
   * @returns {{ seconds: number, whole: boolean } | undefined} what is left of the whole run, or of this stage only while later ones are unknown
   */
  step(stage, step, now) {
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#began = now;
      this.#first = step;
    } else if (step > this.#first) {
      // From the first finished step on: that one also pays for compiling kernels.
      this.#known[stage] = (now - this.#began) / 1000 / (step - this.#first);
    }
    const order = /** @type {(keyof Steps)[]} */ (["prior", "base", "upsampler"]);
    const at = order.findIndex((each) => each === stage);
    if (at < 0) return undefined;
    const parts = order.slice(at).map((each, i) => (this.#steps[each] - (i === 0 ? step : 0)) * this.#known[each]);
    const whole = parts.reduce((sum, part) => sum + part, 0);
    if (Number.isFinite(whole)) return { seconds: whole, whole: true };
    return Number.isFinite(parts[0]) ? { seconds: parts[0], whole: false } : undefined;
  }

  /** After a whole run. */
  remember() {
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#known));
    } catch {
      // No storage in this window: the next visit estimates anew.
    }
  }
}

/** @param {string} key */
function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") ?? {};
  } catch {
    return {};
  }
}
