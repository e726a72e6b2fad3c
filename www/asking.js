// @ts-check
// What the engine is asked for: one recipe for each picture of the next run.

import { say } from "./language.js";
import { list } from "./view/format.js";
import { notice, showError } from "./view/notices.js";

/** @import { Engine } from "../pkg/engine.js" */
/** @import { Presets } from "./controls/preset.js" */
/** @import { TaskForm } from "./controls/task-form.js" */
/** @import { Studio } from "./studio.js" */
/** @import { Tasks } from "./controls/tasks.js" */
/** @import { Recipe } from "./types.d.ts" */

export class Asking {
  #engine;
  #studio;
  #tasks;
  #presets;

  /** @param {{ engine: Engine, studio: Studio, tasks: Tasks, presets: Presets }} parts */
  constructor({ engine, studio, tasks, presets }) {
    this.#engine = engine;
    this.#studio = studio;
    this.#tasks = tasks;
    this.#presets = presets;
  }

  /** Whether seed, steps and the like can be used; leads to the one that cannot. */
  settingsHold() {
    const { problem } = this.#studio.settings;
    if (!problem) return true;
    problem.field.closest("details")?.setAttribute("open", "");
    problem.field.focus();
    showError(problem.message);
    return false;
  }

  /** What the studio says, if its words can be read. @returns {Promise<Recipe[] | undefined>} */
  async ofStudio() {
    const { words } = this.#studio;
    await words.settled();
    if (words.isExpression && words.problem) {
      words.point();
      showError(say("run.unreadable", { why: words.problem }));
      return undefined;
    }
    // A run that is taken up at a step began with its own seed.
    if (this.#studio.branchStep === undefined) this.#studio.settings.prepareSeed();
    const asked = this.#batch(this.#studio.recipe);
    const recipes = asked.map((each) => this.#presets.orSurprise(each));
    const surprises = recipes.filter((each, i) => each !== asked[i]);
    if (surprises.length) notice(say("run.surprise", { words: list(surprises.map(({ conditions }) => conditions.caption?.text ?? "")) }));
    return Promise.all(recipes.map((each) => this.#presets.complete(each)));
  }

  /** What the chosen task makes of its inputs, with the page's seed and settings. @returns {Promise<Recipe[] | undefined>} */
  async ofTask() {
    const { form } = this.#tasks;
    if (!form) {
      showError(say("run.chooseTaskFirst"));
      return undefined;
    }
    await form.settled();
    const missing = form.problem;
    if (missing) {
      missing.box.scrollIntoView({ block: "nearest" });
      /** @type {HTMLElement | null} */ (missing.box.querySelector("button, textarea, input, select"))?.focus();
      showError(missing.message);
      return undefined;
    }
    this.#studio.settings.prepareSeed();
    const recipes = await this.taskRecipes(form);
    const full = this.#presets.counts(form.task.name) ? await Promise.all(recipes.map((recipe) => this.#presets.complete(recipe))) : recipes;
    return full.length === 1 ? this.#batch(full[0]) : full;
  }

  /** What a filled form comes to, with the page's seed and settings as far as the task leaves them open. @param {TaskForm} form */
  async taskRecipes({ task, values }) {
    const { seed, guidance, sampler, eta, steps, against } = this.#studio.settings.value;
    return (await this.#engine.taskRecipes(task.name, values)).map((recipe) => {
      // The way back from a picture's own noise needs the sampler and the steps that the task chose.
      const way = recipe.inversion ? { steps: { ...steps, base: Math.max(steps.base, recipe.steps.base) } } : { sampler, eta, steps };
      // Where the noise holds the layout, guidance would lose it.
      const pull = recipe.inversion?.under === "globals" ? {} : { guidance };
      return { ...recipe, seed, ...pull, ...way, ...(against ? { against } : {}) };
    });
  }

  /** As many as are wanted, from seeds one after the other. @param {Recipe} recipe @returns {Recipe[]} */
  #batch(recipe) {
    return Array.from({ length: this.#studio.settings.count }, (_, i) => ({ ...recipe, seed: recipe.seed + i }));
  }
}
