// @ts-check
// The big picture: empty, forming, stopped on the way, done, or several side by side.

import { say } from "../language.js";
import { duration } from "./format.js";

/** @import { Pixels, Recipe, Shown } from "../types.d.ts" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Stage {
  #root = element("stage");
  #preview = /** @type {HTMLCanvasElement} */ (element("preview"));
  #image = /** @type {HTMLImageElement} */ (element("result"));
  #tools = element("result-tools");
  #gridTools = element("grid-tools");
  #note = element("result-note");
  #clause = element("result-clause");
  #grid = element("grid");
  /** @type {Shown | undefined} */ #shown;
  /** @type {"empty" | "done" | "grid"} */ #resting = "empty";
  /** Whether another picture is looked at while one forms. */
  #aside = false;
  #back = element("to-run");
  #onState;

  /** @param {(shown: Shown | undefined) => void} onState hears which one picture is shown, if it is one */
  constructor(onState) {
    this.#onState = onState;
    this.#back.addEventListener("click", () => {
      this.#aside = false;
      this.#state("forming");
    });
  }

  get shown() {
    return this.#shown;
  }

  /** @param {Pixels} pixels */
  preview({ width, height, rgba }) {
    if (this.#preview.width !== width || this.#preview.height !== height) Object.assign(this.#preview, { width, height });
    this.#preview.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
    if (this.#aside) this.#back.hidden = false;
    else this.#state("forming");
  }

  /** @param {Shown} shown @param {boolean} [aside] whether a run is going, to which there is a way back */
  show(shown, aside = false) {
    this.#shown = shown;
    this.#aside = aside;
    const { result } = shown;
    const caption = saidIn(result.recipe);
    // The last address goes only now, so that the browser's own menu can save the picture as long as it is here.
    URL.revokeObjectURL(this.#image.src);
    this.#image.src = URL.createObjectURL(new Blob([result.png], { type: "image/png" }));
    this.#image.dataset.made = String(shown.id);
    this.#image.alt = caption ? say("view.madeFrom", { words: caption }) : say("view.made");
    this.#note.textContent = `${say("view.seed", { seed: result.recipe.seed })}${result.seconds ? `, ${duration(result.seconds)}` : ""}`;
    this.#clause.hidden = !result.clause;
    this.#clause.textContent = result.clause ? say("view.followed", { clause: result.clause }) : "";
    this.#state("done");
  }

  /** The picture that is looked at goes. */
  clear() {
    this.#shown = undefined;
    if (this.#root.dataset.state === "done") this.#state(this.#aside ? "forming" : "empty");
  }

  /** The pictures of a run, in place of one. */
  showGrid() {
    this.#state("grid");
  }

  /**
   * After a run. What was stopped stays as far as it came; after an error what was there before is back.
   * @param {{ stopped: boolean, nothing: boolean }} end nothing: whether the pictures side by side are none
   */
  settle({ stopped, nothing }) {
    this.#aside = false;
    this.#back.hidden = true;
    if (this.#root.dataset.state === "forming") this.#state(stopped ? "stopped" : this.#resting);
    else if (nothing) this.#state(this.#shown ? "done" : "empty");
  }

  /** @param {"empty" | "forming" | "stopped" | "done" | "grid"} state */
  #state(state) {
    if (state !== "forming" && state !== "stopped") this.#resting = state;
    this.#root.dataset.state = state;
    this.#grid.hidden = state !== "grid";
    this.#preview.hidden = state !== "forming" && state !== "stopped";
    this.#image.hidden = state !== "done";
    this.#tools.hidden = state !== "done";
    this.#gridTools.hidden = state !== "grid";
    this.#back.hidden = true;
    this.#onState(state === "done" ? this.#shown : undefined);
  }
}

/** The words of a recipe. @param {Recipe} recipe */
export const saidIn = ({ conditions, expression }) => expression ?? conditions.caption?.text;
