// @ts-check
// The runs that wait, and the way to take one back.

import { say } from "../language.js";
import { wordless } from "../task-texts.js";
import { saidIn } from "./stage.js";

/** @import { Queue } from "../queue.js" */
/** @import { Job } from "../types.d.ts" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Queued {
  #box = element("queued");
  #list = /** @type {HTMLElement} */ (this.#box.querySelector("ol"));
  #title = element("queued-title");
  #resume = element("queue-resume");
  #add = /** @type {HTMLButtonElement} */ (element("queue-add"));
  #queue;

  /** @param {Queue} queue @param {() => void} onAdd */
  constructor(queue, onAdd) {
    this.#queue = queue;
    this.#add.addEventListener("click", onAdd);
    this.#resume.addEventListener("click", () => queue.resume());
    element("queue-clear").addEventListener("click", () => {
      queue.clear();
      element("go").focus();
    });
  }

  /** Words may still have to be read before a run can join. @param {boolean} busy */
  set busy(busy) {
    this.#add.disabled = busy;
  }

  /** @param {boolean} running */
  show(running) {
    const { waiting, held } = this.#queue;
    const n = waiting.length;
    this.#add.hidden = !running;
    this.#add.textContent = say(n ? "gallery.queueMore" : "gallery.queueAdd", { count: n });
    this.#box.hidden = n === 0;
    this.#resume.hidden = !held;
    this.#title.textContent = say(held ? "gallery.queueHeld" : "gallery.queueTitle", { n });
    element("queue-clear").hidden = n < 2;
    this.#list.replaceChildren(...waiting.map((job) => this.#item(job)));
  }

  /** @param {Job} job */
  #item({ id, recipes }) {
    const [recipe] = recipes;
    const words = saidIn(recipe) ?? wordless(recipe.task);
    const text = say("gallery.queueItem", { words, n: recipes.length, seed: recipe.seed });
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { textContent: text, title: text });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "soft icon small", title: say("gallery.queueRemove") });
    button.setAttribute("aria-label", say("gallery.queueRemoveThis", { words }));
    button.innerHTML = '<svg aria-hidden="true"><use href="#i-clear"/></svg>';
    button.addEventListener("click", () => {
      this.#queue.remove(id);
      // The button is gone; the keyboard stays near.
      (this.#list.querySelector("button") ?? (this.#add.hidden ? element("go") : this.#add)).focus();
    });
    item.append(name, button);
    return item;
  }
}
