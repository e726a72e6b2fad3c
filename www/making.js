// @ts-check
// One run: a picture, or several one after the other, from their recipes to the stage.

import { say } from "./language.js";
import { announce } from "./view/progress.js";

/** @import { Engine } from "../pkg/engine.js" */
/** @import { Grid } from "./view/grid.js" */
/** @import { Progress } from "./view/progress.js" */
/** @import { Results } from "./gallery/results.js" */
/** @import { Stage } from "./view/stage.js" */
/** @import { Moment, Recipe, Shown } from "./types.d.ts" */

/** Moments of a run that are kept to go on from; more would only be slower to choose from. */
const MOMENTS = 25;

/**
 * @typedef {object} Parts
 * @property {Engine} engine
 * @property {Stage} stage
 * @property {Grid} grid
 * @property {Results} results
 * @property {Progress} progress
 */

export class Making {
  #parts;
  /** @type {AbortController | undefined} */ #run;
  /** Those of the last run, finished or not. @type {Moment[]} */ #moments = [];

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get running() {
    return Boolean(this.#run);
  }

  /**
   * Makes the pictures of these recipes; those that are done stay, whatever happens to the rest.
   * @param {Recipe[]} recipes @param {{ device: string, again?: Shown, onWarning: (text: string) => void }} options
   * again: the finished picture of the one recipe, which gets the steps it came about by
   */
  async make(recipes, { device, again, onWarning }) {
    const { stage, grid, progress } = this.#parts;
    const { signal } = (this.#run = new AbortController());
    const several = recipes.length > 1;
    progress.begin(say("run.starting"), recipes[0].steps, device);
    if (several) {
      grid.begin(recipes.length);
      stage.showGrid();
    }
    try {
      for (const [i, recipe] of recipes.entries()) {
        progress.part = several ? `${say("run.part", { number: i + 1, count: recipes.length })} ` : "";
        const shown = await this.#one(recipe, i, several, signal, again);
        if (several) grid.set(i, shown);
        else stage.show(shown);
        if (shown.result.warning) onWarning(shown.result.warning);
      }
      progress.end(true);
      announce(say(again ? "run.stepsReady" : several ? "run.allReady" : "run.ready"));
    } finally {
      this.#run = undefined;
      progress.end(false);
      const stopped = signal.aborted;
      if (several) grid.end(stopped);
      stage.settle({ stopped, nothing: several && grid.isEmpty });
    }
  }

  /** Ends the run within a step. Whether there was one to end. */
  stop() {
    if (!this.#run || this.#run.signal.aborted) return false;
    this.#run.abort();
    this.#parts.progress.stopping();
    return true;
  }

  /** @param {Recipe} recipe @param {number} index @param {boolean} several @param {AbortSignal} signal @param {Shown | undefined} again */
  async #one(recipe, index, several, signal, again) {
    const { engine, stage, grid, results, progress } = this.#parts;
    /** @type {Moment[] | undefined} */ let way;
    const every = Math.ceil(recipe.steps.base / MOMENTS);
    const { png, recipe: made, seconds, clause, warning } = await engine.generate(recipe, {
      signal,
      onProgress: (event) => {
        if (signal.aborted) return;
        if (event.type === "load") return progress.load(event);
        progress.step(event);
        const { preview, step, steps } = event;
        // The engine takes up the last run where both are the same: its steps up to there are this one's, too.
        if (event.stage === "base") way ??= this.#moments = this.#moments.filter((moment) => moment.step < step);
        if (!preview) return;
        if (event.stage === "base" && step < steps && step % every === 0) way?.push({ step, steps, preview });
        if (several) grid.preview(index, preview);
        else stage.preview(preview);
      },
    });
    // No step at all of the base: it was the same from beginning to end.
    way ??= this.#moments;
    if (again) return Object.assign(again, { way });
    /** @type {Shown} */
    const shown = { id: results.number(), result: { png, recipe: made, seconds, clause, warning }, way };
    await results.add(shown);
    return shown;
  }
}
