// @ts-check
// Pictures and recipes that come from outside, by file or by link, and the way back to what was there before.

import { say } from "./language.js";
import { dialogOpen } from "./view/dialogs.js";
import { notice, showError } from "./view/notices.js";

/** @import { Engine } from "../pkg/engine.js" */
/** @import { Presets } from "./controls/preset.js" */
/** @import { Tasks } from "./controls/tasks.js" */
/** @import { Results } from "./gallery/results.js" */
/** @import { Studio } from "./studio.js" */
/** @import { ConditionId, Pictures, Recipe, Snapshot } from "./types.d.ts" */

/** Larger PNG files are taken as pictures without looking for a recipe in them. */
const MOST_RECIPE_BYTES = 64e6;

/**
 * @typedef {object} ReceivingOptions
 * @property {Engine} engine
 * @property {Studio} studio
 * @property {Tasks} tasks
 * @property {Presets} presets
 * @property {Pictures} pictures
 * @property {Results} results
 * @property {() => void} onRecipe the studio has the inputs of another recipe
 * @property {() => void} onChange
 */

export class Receiving {
  #options;

  /** @param {ReceivingOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** @param {File[]} files @param {string | undefined} target the input they were meant for */
  async files(files, target) {
    const { results } = this.#options;
    for (const file of files) {
      try {
        const recipe = files.length === 1 ? await this.#recipeIn(file) : undefined;
        if (await results.takes(file)) continue;
        if (recipe) await this.recipe(recipe, file);
        else await this.#give(file, target);
      } catch (error) {
        onError(error);
      }
    }
  }

  /** A picture that was made here becomes one of the visitor's, or goes to an input; its recipe stays where it is. @param {number} id @param {string | undefined} target */
  async made(id, target) {
    if (dialogOpen()) return this.adopt([id]);
    await this.#options.results.file(id).then((file) => this.#give(file, target)).catch(onError);
  }

  /** Pictures of the gallery, which lies over the page, join the visitor's. @param {number[]} ids */
  async adopt(ids) {
    try {
      for (const id of ids) await this.picture(await this.#options.results.file(id));
      notice(say("gallery.adopted", { n: ids.length }));
    } catch (error) {
      // The place for errors is behind it.
      notice(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {File} file @param {string | undefined} target the input it is meant for */
  async #give(file, target) {
    const { studio, tasks } = this.#options;
    if (target?.startsWith("task-")) await tasks.form?.take(target.slice("task-".length), file);
    else if (target && target !== "shelf") await studio.take(/** @type {ConditionId} */ (target), file);
    else await this.picture(file);
  }

  /** A file joins the visitor's pictures. @param {Blob} file */
  async picture(file) {
    await this.#options.pictures.add(file);
    document.getElementById("shelf")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Recipe} recipe @param {File} [file] that it stood in @param {string} [done] what is said then */
  async recipe(recipe, file, done = say("run.back")) {
    const { studio, presets, onRecipe } = this.#options;
    const before = this.before;
    await studio.restore(recipe).catch(async (error) => {
      await this.putBack(before);
      throw error;
    });
    await presets.suit(recipe);
    onRecipe();
    const actions = [this.undo(before)];
    if (file) actions.push({ label: say("run.asPicture"), run: () => void this.putBack(before).then(() => this.picture(file)).catch(onError) });
    notice(done, actions);
  }

  /** What is there now. @returns {Snapshot} */
  get before() {
    const { studio, presets } = this.#options;
    return { ...studio.snapshot, preset: presets.choice };
  }

  /** The button that goes with a message; what was done since comes back the same way. @param {Snapshot} before */
  undo(before) {
    const run = async () => {
      const now = this.before;
      await this.putBack(before);
      notice(say("run.undone"), [this.undo(now)]);
    };
    return { label: say("run.undo"), run: () => void run().catch(onError) };
  }

  /** @param {Snapshot} before */
  async putBack({ recipe, off, preset, run }) {
    const { studio, presets } = this.#options;
    await studio.restore(recipe, off, true);
    if (run) studio.settings.run = run;
    if (preset !== undefined) presets.choice = preset;
    this.#options.onChange();
  }

  /** @param {File} file */
  async #recipeIn(file) {
    if (file.size > MOST_RECIPE_BYTES) return undefined;
    const bytes = new Uint8Array(await file.arrayBuffer());
    return isPng(bytes) ? this.#options.engine.readRecipe(bytes) : undefined;
  }
}

/** @param {unknown} error */
const onError = (error) => showError(error instanceof Error ? error.message : String(error));

/** @param {Uint8Array} bytes */
const isPng = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
