// @ts-check
// Seed, number of pictures, steps, sampler, guidance, where the run begins, and backend.

import { say } from "../language.js";
import { Against } from "./against.js";

/** @import { Backend, Picture, Pictures, Recipe, Values } from "../types.d.ts" */

/** Seeds are shown and typed by people: short ones are drawn, long ones are understood. */
const DRAWN_SEEDS = 1e9;
const MOST_PICTURES = 16;
/** Extra evaluations a step that make the way back from a picture's own noise exact enough. */
const REFINEMENTS = 1;

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/**
 * The picture whose own noise the run begins from, or the way there from another's.
 * @typedef {{ of: Picture, from?: Picture, rest: Omit<NonNullable<Recipe["inversion"]>, "of" | "from"> }} Beginning
 */

export class Settings {
  #seed = input("seed");
  #lock = /** @type {HTMLButtonElement} */ (document.getElementById("lock"));
  #guidance = input("guidance");
  #sampler = /** @type {HTMLSelectElement} */ (document.getElementById("sampler"));
  #steps = { prior: input("steps-prior"), base: input("steps-base"), upsampler: input("steps-upsampler") };
  #backends = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("input[name=backend]")]);
  #eta = input("eta");
  #count = input("count");
  #begin = /** @type {HTMLSelectElement} */ (document.getElementById("begin"));
  /** @type {Beginning | undefined} */ #inverted;
  /** @type {"studio" | "tasks"} */ #mode = "studio";
  /** What is set in the mode that does not show; none yet: as the page came. @type {{ values: Values, inverted?: Beginning } | undefined} */ #aside;
  #against;
  #pictures;
  #seedUsed = false;
  #onChange;

  /** @param {{ pictures: Pictures, onChange: () => void, onBackend: (backend: Backend) => void }} options */
  constructor({ pictures, onChange, onBackend }) {
    this.#onChange = onChange;
    this.#pictures = pictures;
    this.#against = new Against({ onChange: () => this.#changed() });
    this.#count.addEventListener("input", () => this.#changed());
    this.#eta.addEventListener("input", () => this.#changed());
    this.#begin.addEventListener("input", () => {
      this.#inverted = this.#beginning({ of: Number(this.#begin.value), refinements: REFINEMENTS });
      // Only plain DDIM finds the way back to the noise that a picture comes from.
      if (this.#inverted) {
        this.#sampler.value = "ddim";
        this.#eta.value = "0";
      }
      this.#changed();
    });
    pictures.listen((changed) => {
      if (!changed) this.#offerBeginnings();
    });
    this.#offerBeginnings();
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

  /** The next picture's. @param {number} seed */
  set seed(seed) {
    this.#seed.value = String(seed);
    this.#changed(true);
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
    const hint = document.getElementById("backend-busy");
    if (hint) hint.hidden = !busy;
  }

  /** Just before a picture is made: an unlocked seed that was used already gives way to a new one. */
  prepareSeed() {
    if (this.#seedUsed && !this.locked) this.#draw();
    this.#seedUsed = true;
  }

  /** How many pictures to make, from seeds one after the other. */
  get count() {
    return this.#count.valueAsNumber;
  }

  /**
   * Shows what is set for tasks, or for the studio. Each has its own, but for the seed: a recipe that is opened in the studio must not
   * change how the next task is done.
   * @param {"studio" | "tasks"} mode
   */
  set mode(mode) {
    if (mode === this.#mode) return;
    const { values = this.initial, inverted } = this.#aside ?? {};
    const used = this.#seedUsed;
    this.#aside = { values: this.value, inverted: this.#inverted };
    this.#mode = mode;
    this.#show({ ...values, seed: this.#seed.valueAsNumber }, inverted);
    this.#seedUsed = used;
  }

  /** What is of the next runs, and of no recipe. @returns {{ count: number, locked: boolean, tasks?: Values }} */
  get run() {
    const tasks = this.#mode === "tasks" ? this.value : this.#aside?.values;
    return { count: this.count, locked: this.locked, tasks };
  }

  set run({ count, locked, tasks = this.initial }) {
    this.#count.value = String(count);
    this.locked = locked;
    this.#set("tasks", tasks);
    this.#changed();
  }

  /** As the page came, with a seed of its own. */
  startOver() {
    this.run = { count: 1, locked: false };
    this.#draw();
  }

  /** What the studio's recipe says. @returns {Values} */
  get studio() {
    if (this.#mode === "studio" || !this.#aside) return this.value;
    const { values, inverted } = this.#aside;
    const { inversion, ...rest } = values;
    return { ...rest, seed: this.#seed.valueAsNumber, ...(inverted && this.#isHere(inverted) ? { inversion: this.#inversion(inverted) } : {}) };
  }

  set studio(values) {
    this.#set("studio", values);
  }

  /** What is set in the mode that shows. @returns {Values} */
  get value() {
    const number = (/** @type {HTMLInputElement} */ field) => (field.value.trim() === "" ? NaN : field.valueAsNumber);
    return {
      seed: number(this.#seed),
      guidance: number(this.#guidance),
      sampler: /** @type {Recipe["sampler"]} */ (this.#sampler.value),
      eta: this.#sampler.value === "ddim" ? this.#eta.valueAsNumber : 0,
      steps: { prior: number(this.#steps.prior), base: number(this.#steps.base), upsampler: number(this.#steps.upsampler) },
      against: this.#against.value,
      ...(this.#inverted ? { inversion: this.#inversion(this.#inverted) } : {}),
    };
  }

  /** What the page came with of that, but for the seed. */
  get initial() {
    const number = (/** @type {HTMLInputElement} */ field) => Number(field.defaultValue);
    const { prior, base, upsampler } = this.#steps;
    return {
      seed: this.#seed.valueAsNumber,
      guidance: number(this.#guidance),
      sampler: /** @type {Recipe["sampler"]} */ (this.#sampler.options[0].value),
      eta: number(this.#eta),
      steps: { prior: number(prior), base: number(base), upsampler: number(upsampler) },
    };
  }

  /** @param {"studio" | "tasks"} mode @param {Values} values */
  #set(mode, values) {
    const inverted = this.#beginning(values.inversion);
    if (mode === this.#mode) return this.#show(values, inverted);
    this.#aside = { values, inverted };
    if (mode === "studio") this.#seed.value = String(values.seed);
  }

  /** @param {Values} value @param {Beginning | undefined} inverted */
  #show(value, inverted) {
    this.#seed.value = Number.isNaN(value.seed) ? "" : String(value.seed);
    // The slider covers the useful range; a recipe may ask for more.
    if (value.guidance > Number(this.#guidance.max)) this.#guidance.max = "30";
    this.#guidance.value = String(value.guidance);
    this.#sampler.value = value.sampler;
    this.#eta.value = String(value.eta ?? 0);
    this.#against.value = value.against;
    this.#inverted = inverted;
    this.#offerBeginnings();
    for (const [stage, field] of Object.entries(this.#steps)) field.value = String(value.steps[/** @type {keyof Recipe["steps"]} */ (stage)]);
    this.#changed(true);
  }

  /** The first field that cannot be used, so that the page can lead there. @returns {{ field: HTMLInputElement, message: string } | undefined} */
  get problem() {
    const seed = this.#seed.valueAsNumber;
    if (!Number.isSafeInteger(seed) || seed < 0) return { field: this.#seed, message: say("controls.settings.seed") };
    if (!Number.isInteger(this.count) || this.count < 1 || this.count > MOST_PICTURES) return { field: this.#count, message: say("controls.settings.count", { most: MOST_PICTURES }) };
    for (const [stage, field] of Object.entries(this.#steps)) {
      const steps = field.valueAsNumber;
      if (!Number.isInteger(steps) || steps < 1 || steps > 1000) return { field, message: say("controls.settings.steps", { stage: say(`controls.settings.stages.${stage}`) }) };
    }
    return undefined;
  }

  #draw() {
    this.#seed.value = String(Math.floor(Math.random() * DRAWN_SEEDS));
    this.#changed(true);
  }

  /** @param {Recipe["inversion"]} inversion @returns {Beginning | undefined} */
  #beginning(inversion) {
    const { of: number, from: other, ...rest } = inversion ?? {};
    const [of, from] = [number, other].map((n) => this.#pictures.at(n));
    return of && { of, rest, ...(from ? { from } : {}) };
  }

  /** @param {Beginning} beginning */
  #inversion({ of, from, rest }) {
    return { of: this.#pictures.numberOf(of), ...(from ? { from: this.#pictures.numberOf(from) } : {}), ...rest };
  }

  /** Whether its pictures are still among the visitor's. @param {Beginning} beginning */
  #isHere({ of, from = of }) {
    return [of, from].every((picture) => this.#pictures.numberOf(picture) > 0);
  }

  #offerBeginnings() {
    if (this.#inverted && !this.#isHere(this.#inverted)) this.#inverted = undefined;
    const options = this.#pictures.all.map((_, i) => new Option(say("controls.settings.ownNoise", { n: i + 1 }), String(i + 1)));
    const { of = 0, from, strength = 1 } = this.#inverted ? this.#inversion(this.#inverted) : {};
    // A way between two comes with a recipe and cannot be chosen here.
    if (from) options.push(new Option(say("controls.settings.betweenNoises", { from, of, percent: Math.round(100 * strength) }), "between"));
    this.#begin.replaceChildren(new Option(say("controls.settings.newNoise"), "0"), ...options);
    this.#begin.value = from ? "between" : String(of);
  }

  /** @param {boolean} [seed] whether the seed is a new one */
  #changed(seed = false) {
    if (seed) this.#seedUsed = false;
    for (const slider of [this.#guidance, this.#eta]) {
      const output = slider.parentElement?.querySelector("output");
      if (output) output.textContent = slider.value;
    }
    /** @type {HTMLElement} */ (this.#eta.closest("label")).hidden = this.#sampler.value !== "ddim";
    // Another sampler would not come back to the picture.
    if (this.#inverted && (this.#sampler.value !== "ddim" || this.#eta.valueAsNumber > 0)) {
      this.#inverted = undefined;
      this.#offerBeginnings();
    }
    this.sum();
    this.#onChange();
  }

  /** Sums up the next run: a task may want more steps than are set here. @param {Pick<Recipe, "steps" | "guidance">} [recipe] */
  sum({ steps, guidance } = this.value) {
    const summary = document.getElementById("settings-summary");
    const run = say("controls.settings.summary", { base: steps.base || "?", upsampler: steps.upsampler || "?", guidance });
    if (summary) summary.textContent = this.count > 1 ? say("controls.settings.summaryOfMany", { count: this.count, summary: run }) : run;
  }
}
