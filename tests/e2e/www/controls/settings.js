// @ts-check
// Seed, steps, sampler, guidance and backend.

/** @import { Backend, Recipe } from "../types.d.ts" */

/** Seeds are shown and typed by people: short ones are drawn, long ones are understood. */
const DRAWN_SEEDS = 1e9;
const SAMPLERS = { "dpm++2m": "DPM-Solver++ 2M", ddim: "DDIM" };

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

export class Settings {
  #seed = input("seed");
  #lock = /** @type {HTMLButtonElement} */ (document.getElementById("lock"));
  #guidance = input("guidance");
  #sampler = /** @type {HTMLSelectElement} */ (document.getElementById("sampler"));
  #steps = { prior: input("steps-prior"), base: input("steps-base"), upsampler: input("steps-upsampler") };
  #backends = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[name=backend]")]);
  #seedUsed = false;
  #eta = 0;
  #onChange;

  /** @param {{ onChange: () => void, onBackend: (backend: Backend) => void }} options */
  constructor({ onChange, onBackend }) {
    this.#onChange = onChange;
    this.#seed.addEventListener("input", () => this.#changed(true));
    document.getElementById("dice")?.addEventListener("click", () => this.#draw());
    this.#lock.addEventListener("click", () => (this.locked = !this.locked));
    for (const field of [this.#guidance, this.#sampler, ...Object.values(this.#steps)]) field.addEventListener("input", () => this.#changed());
    for (const radio of this.#backends) radio.addEventListener("change", () => onBackend(/** @type {Backend} */ (radio.value)));
    this.#draw();
  }

  get locked() {
    return this.#lock.getAttribute("aria-pressed") === "true";
  }

  set locked(locked) {
    this.#lock.setAttribute("aria-pressed", String(locked));
    this.#lock.querySelector("use")?.setAttribute("href", locked ? "#i-lock" : "#i-unlock");
    this.#onChange();
  }

  /** @returns {Backend} */
  get backend() {
    return /** @type {Backend} */ (this.#backends.find((radio) => radio.checked)?.value ?? "auto");
  }

  set backend(backend) {
    for (const radio of this.#backends) radio.checked = radio.value === backend;
  }

  /** Another backend means another engine, which would end the run. @param {boolean} busy */
  set busy(busy) {
    for (const radio of this.#backends) radio.disabled = busy;
  }

  /** Just before a picture is made: an unlocked seed that was used already gives way to a new one. */
  prepareSeed() {
    if (this.#seedUsed && !this.locked) this.#draw();
    this.#seedUsed = true;
  }

  /** @returns {Pick<Recipe, "seed" | "guidance" | "sampler" | "eta" | "steps">} */
  get value() {
    const number = (/** @type {HTMLInputElement} */ field) => (field.value.trim() === "" ? NaN : field.valueAsNumber);
    return {
      seed: number(this.#seed),
      guidance: number(this.#guidance),
      sampler: /** @type {Recipe["sampler"]} */ (this.#sampler.value),
      eta: this.#eta,
      steps: { prior: number(this.#steps.prior), base: number(this.#steps.base), upsampler: number(this.#steps.upsampler) },
    };
  }

  set value(value) {
    this.#seed.value = String(value.seed);
    // The slider covers the useful range; a recipe may ask for more.
    if (value.guidance > Number(this.#guidance.max)) this.#guidance.max = "30";
    this.#guidance.value = String(value.guidance);
    this.#sampler.value = value.sampler;
    this.#eta = value.eta ?? 0;
    for (const [stage, field] of Object.entries(this.#steps)) field.value = String(value.steps[/** @type {keyof Recipe["steps"]} */ (stage)]);
    this.#changed(true);
  }

  /** The first field that cannot be used, so that the page can lead there. @returns {{ field: HTMLInputElement, message: string } | undefined} */
  get problem() {
    const seed = this.#seed.valueAsNumber;
    if (!Number.isSafeInteger(seed) || seed < 0) return { field: this.#seed, message: "The seed must be a whole number from 0 to 9007199254740991. The dice draws one." };
    for (const [stage, field] of Object.entries(this.#steps)) {
      const steps = field.valueAsNumber;
      if (!Number.isInteger(steps) || steps < 1 || steps > 1000) return { field, message: `Steps of the ${stage} must be a whole number from 1 to 1000.` };
    }
    return undefined;
  }

  #draw() {
    this.#seed.value = String(Math.floor(Math.random() * DRAWN_SEEDS));
    this.#changed(true);
  }

  /** @param {boolean} [seed] whether the seed is a new one */
  #changed(seed = false) {
    if (seed) this.#seedUsed = false;
    const output = this.#guidance.parentElement?.querySelector("output");
    if (output) output.textContent = this.#guidance.value;
    const summary = document.getElementById("settings-summary");
    const { sampler, steps } = this.value;
    if (summary) summary.textContent = `${steps.base || "?"} + ${steps.upsampler || "?"} steps, ${SAMPLERS[sampler]}, guidance ${this.#guidance.value}`;
    this.#onChange();
  }
}
