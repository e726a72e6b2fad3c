// @ts-check
// What one task takes, as fields made from the engine's table.

import { language, say } from "../language.js";
import { fieldFor } from "./task-fields.js";
import { hintOf, inputOf, labelOf } from "../task-texts.js";

/** @import { Field, FieldContext, FieldValue } from "./task-fields.js" */
/** @import { Picture, Task, TaskValues } from "../types.d.ts" */

/** Tasks that nothing can come of as long as all is left out that may be. */
const NEEDS_ONE = ["reconfiguration", "region-editing", "palette-colorization", "compositional"];
/** What a mask or a drawing is laid over, if there are several pictures. */
const GROUNDS = ["image", "body", "content"];
/** Numbers and choices have a value without the visitor's doing. @param {Task["inputs"][number]} input */
const alwaysSet = ({ kind }) => kind === "number" || kind === "choice";

export class TaskForm {
  #task;
  #changed;
  /** @type {Map<string, { field: Field, box: HTMLElement }>} */ #fields = new Map();
  /** @type {Picture | undefined} */ #ground;

  /** @param {HTMLElement} root @param {Task} task @param {FieldContext} context */
  constructor(root, task, context) {
    this.#task = task;
    const changed = (this.#changed = () => {
      this.#follow();
      this.#settleMargin();
      context.onChange();
    });
    const [needed, optional] = [true, false].map((required) => {
      const group = Object.assign(document.createElement("div"), { className: "fields" });
      for (const input of task.inputs.filter((each) => each.required === required)) {
        const box = Object.assign(document.createElement("section"), { className: `field field-${input.kind}`, id: `task-${input.name}` });
        box.dataset.input = input.name;
        const title = Object.assign(document.createElement("h3"), { textContent: labelOf(input) });
        const about = Object.assign(document.createElement("p"), { className: "hint", textContent: hintOf(task.name, input) });
        box.append(title, about);
        const field = fieldFor(box, input, { ...context, onChange: changed });
        if (field.take) box.dataset.drop = box.id;
        this.#fields.set(input.name, { field, box });
        group.append(box);
      }
      return group;
    });
    root.append(needed);
    if (task.inputs.some((input) => !input.required && !alwaysSet(input))) {
      const how = NEEDS_ONE.includes(task.name) ? (needed.children.length ? "tasks.andOne" : "tasks.one") : needed.children.length ? "taskTexts.page.andAny" : "taskTexts.page.any";
      const title = Object.assign(document.createElement("h3"), { className: "fields-title quiet", textContent: say(how) });
      root.append(title);
    }
    if (optional.children.length) root.append(optional);
    this.#follow();
  }

  get task() {
    return this.#task;
  }

  /** @returns {TaskValues} */
  get values() {
    /** @type {TaskValues} */ const values = {};
    for (const [name, { field }] of this.#fields) if (field.value !== undefined) values[name] = field.value;
    return values;
  }

  /** What `fill` brings back. @returns {Record<string, FieldValue>} */
  get state() {
    return Object.fromEntries([...this.#fields].map(([name, { field }]) => [name, "state" in field ? field.state : field.value]));
  }

  /** Whether the visitor has given nothing yet. */
  get isBlank() {
    const { values } = this;
    return this.#task.inputs.every((input) => alwaysSet(input) || values[input.name] === undefined);
  }

  /** Fills every field, and empties those that are not named. @param {Record<string, FieldValue>} values */
  async fill(values) {
    // In the table's order: a picture comes before what is painted on it.
    for (const [name, { field }] of this.#fields) await field.set(values[name]);
    await this.settled();
    this.#changed();
  }

  /** When all words have been read. */
  async settled() {
    await Promise.all([...this.#fields.values()].map(({ field }) => field.settled?.()));
  }

  /** The first input that is needed and not there. @returns {{ box: HTMLElement, message: string } | undefined} */
  get problem() {
    const { values } = this;
    const { name: task, inputs } = this.#task;
    const missing = inputs.find(({ name, required }) => required && values[name] === undefined);
    const optional = inputs.filter(({ required }) => !required);
    const box = (/** @type {string} */ name) => /** @type {{ box: HTMLElement }} */ (this.#fields.get(name)).box;
    if (missing) {
      const about = inputOf(task, missing);
      return { box: box(missing.name), message: say("taskTexts.page.missing", { what: about[0].toLowerCase() + about.slice(1) }) };
    }
    if (!NEEDS_ONE.includes(task) || optional.some(({ name }) => values[name] !== undefined)) return undefined;
    const names = new Intl.ListFormat(language(), { type: "disjunction" }).format(optional.map(labelOf));
    return { box: box(optional[0].name), message: say("tasks.oneMissing", { names }) };
  }

  /** @param {string} name of an input @param {Blob} file */
  async take(name, file) {
    await this.#fields.get(name)?.field.take?.(file);
  }

  /** Masks and drawings go with the picture that is worked on. */
  #follow() {
    const ground = GROUNDS.map((name) => this.#fields.get(name)?.field.picture).find(Boolean);
    if (ground === this.#ground) return;
    this.#ground = ground;
    for (const { field } of this.#fields.values()) field.follow?.(ground);
  }

  /** Room is made around a picture only where no hole is painted. */
  #settleMargin() {
    const [margin, mask] = ["margin", "mask"].map((name) => this.#fields.get(name));
    if (!margin || !mask) return;
    margin.box.inert = mask.field.value !== undefined;
    margin.box.classList.toggle("off", margin.box.inert);
  }
}
