// @ts-check
// Runs that wait for the one that is going. Each is made from the inputs as they were when it was asked for.

/** @import { Job, Recipe, Shown } from "./types.d.ts" */

/** Each holds its own copy of the inputs, pictures and all. */
const MOST = 32;

export class Queue {
  /** @type {Job[]} */ #waiting = [];
  #going = false;
  /** After an error nothing more begins by itself. */
  #held = false;
  #lastId = 0;
  #make;
  #onChange;

  /** @param {{ make: (job: Job) => Promise<boolean>, onChange: () => void }} options make: whether the next one may follow */
  constructor({ make, onChange }) {
    this.#make = make;
    this.#onChange = onChange;
  }

  get waiting() {
    return this.#waiting;
  }

  get held() {
    return this.#held && !this.#going && this.#waiting.length > 0;
  }

  get isFull() {
    return this.#waiting.length >= MOST;
  }

  /** Makes these pictures now, or after all that wait. Whether they wait. @param {Recipe[]} recipes @param {Shown} [again] the picture that it is, for its steps only */
  add(recipes, again) {
    const job = { id: ++this.#lastId, recipes: structuredClone(recipes), again };
    if (!this.#going) {
      void this.#run(job);
      return false;
    }
    this.#waiting.push(job);
    this.#onChange();
    return true;
  }

  /** @param {number} id */
  remove(id) {
    this.#waiting = this.#waiting.filter((job) => job.id !== id);
    this.#onChange();
  }

  clear() {
    this.#waiting = [];
    this.#onChange();
  }

  /** Goes on after an error. */
  resume() {
    const next = this.#going ? undefined : this.#waiting.shift();
    if (next) void this.#run(next);
  }

  /** @param {Job} first */
  async #run(first) {
    this.#going = true;
    this.#held = false;
    /** @type {Job | undefined} */ let job = first;
    while (job) {
      this.#onChange();
      this.#held = !(await this.#make(job));
      job = this.#held ? undefined : this.#waiting.shift();
    }
    this.#going = false;
    this.#onChange();
  }
}
