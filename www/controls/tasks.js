// @ts-check
// "What do you want to do?": all tasks as a gallery of before and after; a chosen one shows its fields, and an example to try.

import { say } from "../language.js";
import { SHOT, exampleFor, examples, shotUrl, spokenInputs } from "./task-examples.js";
import { TaskForm } from "./task-form.js";
import { aboutOf, titleOf } from "../task-texts.js";

/** @import { FieldContext, FieldValue } from "./task-fields.js" */
/** @import { Picture, Task } from "../types.d.ts" */

/**
 * @typedef {object} TasksEvents
 * @property {() => void} onOpen the chosen task shall be opened in the studio
 * @property {(seed: number | undefined, undo: (() => void) | undefined) => void} onExample the example's inputs are there; seed gives the picture on the
 *   card, undo brings the visitor's own inputs back
 * @property {(picture: Picture) => boolean} holds whether something else on the page is made of a picture
 */

/** @typedef {{ form: TaskForm, root: HTMLElement, tried?: Record<string, FieldValue> }} Made */

export class Tasks {
  #cards = /** @type {HTMLElement} */ (document.getElementById("task-cards"));
  #holder = /** @type {HTMLElement} */ (document.getElementById("task-form"));
  #title = /** @type {HTMLElement} */ (document.getElementById("tasks-title"));
  #context;
  #question;
  /** @type {Task[]} */ #tasks = [];
  #shown = false;
  /** @type {TaskForm | undefined} */ #form;
  /** Forms that were filled in before, so that going back loses nothing. @type {Map<string, Made>} */ #made = new Map();

  /** Pictures that came with an example, and not from the visitor. @type {Set<Picture>} */ #lent = new Set();

  /** @param {FieldContext & TasksEvents} context */
  constructor(context) {
    this.#context = context;
    this.#question = this.#title.textContent;
  }

  /** The chosen task's form. */
  get form() {
    return this.#form;
  }

  /** @param {Task[]} tasks */
  fill(tasks) {
    this.#tasks = tasks;
    this.#cards.replaceChildren(...tasks.map((task) => {
      const item = document.createElement("li");
      const card = Object.assign(document.createElement("button"), { type: "button", className: "task" });
      card.dataset.task = task.name;
      const about = Object.assign(document.createElement("span"), { className: "hint", textContent: aboutOf(task) });
      card.append(shotOf(task), Object.assign(document.createElement("span"), { className: "task-name", textContent: titleOf(task.name) }), about);
      card.addEventListener("click", () => this.choose(task));
      item.append(card);
      return item;
    }));
    if (this.#shown) this.show();
  }

  /** The gallery can be seen now: says on the cards what goes into their examples. */
  show() {
    this.#shown = true;
    // Without a connection the cards have their pictures' places empty, and all else works.
    void examples().then((all) => {
      for (const task of this.#tasks) {
        const shot = this.#cards.querySelector(`[data-task="${task.name}"] .task-shot`);
        if (shot && all[task.name] && !shot.querySelector(".task-given")) shot.append(spokenInputs(task, all[task.name]));
      }
    }, () => undefined);
  }

  /** @param {Task | undefined} task */
  choose(task) {
    const before = this.#form?.task.name;
    const made = task && (this.#made.get(task.name) ?? this.#make(task));
    this.#form = made?.form;
    this.#cards.hidden = Boolean(made);
    this.#holder.hidden = !made;
    this.#holder.replaceChildren(...(made ? [made.root] : []));
    this.#title.textContent = task ? titleOf(task.name) : this.#question;
    this.#context.onChange();
    if (made) {
      /** @type {HTMLElement} */ (made.root.querySelector("button")).focus({ preventScroll: true });
      // The card may have been far down a list that is longer than the form.
      if (this.#title.getBoundingClientRect().top < 0) this.#title.scrollIntoView({ block: "start" });
    } else if (before) /** @type {HTMLElement | null} */ (this.#cards.querySelector(`[data-task="${before}"]`))?.focus();
  }

  /** @param {Task} task */
  #make(task) {
    const root = document.createElement("div");
    const back = Object.assign(document.createElement("button"), { type: "button", className: "soft" });
    back.innerHTML = '<svg aria-hidden="true"><use href="#i-back"/></svg>';
    back.append(say("taskTexts.page.all"));
    back.addEventListener("click", () => this.choose(undefined));
    const about = Object.assign(document.createElement("p"), { className: "quiet", textContent: `${aboutOf(task)}.` });
    const open = Object.assign(document.createElement("button"), { type: "button", className: "soft", id: "open-in-studio", textContent: say("taskTexts.page.open"), title: say("taskTexts.page.openTitle") });
    open.addEventListener("click", () => this.#context.onOpen());
    const head = Object.assign(document.createElement("div"), { className: "row task-head" });
    head.append(back, about, open);
    root.append(head, this.#example(task));
    /** @type {Made} */ const made = { form: new TaskForm(root, task, this.#context), root };
    this.#made.set(task.name, made);
    return made;
  }

  /** The task's example, and a button that makes it. @param {Task} task */
  #example(task) {
    const box = Object.assign(document.createElement("div"), { className: "task-example" });
    const shot = shotOf(task);
    void examples().then((all) => all[task.name] && shot.append(spokenInputs(task, all[task.name])), () => undefined);
    const go = Object.assign(document.createElement("button"), { type: "button", className: "soft try", textContent: say("tasks.try") });
    go.dataset.act = "try";
    go.addEventListener("click", async () => {
      go.disabled = true;
      try {
        await this.#try(task);
      } catch (error) {
        this.#context.onError(error);
      } finally {
        go.disabled = false;
        if (document.activeElement === document.body) go.focus({ preventScroll: true });
      }
    });
    const hint = Object.assign(document.createElement("p"), { className: "hint", textContent: say("tasks.tryHint") });
    const side = document.createElement("div");
    side.append(go, hint);
    box.append(shot, side);
    return box;
  }

  /** @param {Task} task */
  async #try(task) {
    const made = /** @type {Made} */ (this.#made.get(task.name));
    const { form, tried } = made;
    const before = form.state;
    const isOwn = !form.isBlank && !(tried && isSame(before, tried));
    await form.fill(await this.#borrowed(task));
    made.tried = form.state;
    const { seed } = (await examples())[task.name] ?? {};
    this.#context.onExample(seed, isOwn ? () => void form.fill(before).catch(this.#context.onError) : undefined);
  }

  /** The example's inputs. Pictures of earlier examples go, or there would soon be more of them than of the visitor's own. @param {Task} task */
  async #borrowed(task) {
    const { pictures, holds } = this.#context;
    const isUntouched = (/** @type {Made} */ { form, tried }) => form.task !== task && tried !== undefined && isSame(form.state, tried);
    const worked = [...this.#made.values()].filter((made) => !isUntouched(made)).flatMap(({ form }) => /** @type {unknown[]} */ (Object.values(form.state)));
    for (const picture of this.#lent) if (!worked.includes(picture) && !holds(picture)) pictures.remove(picture);
    const before = [...pictures.all];
    const values = await exampleFor(task, pictures);
    for (const picture of pictures.all) if (!before.includes(picture)) this.#lent.add(picture);
    return values;
  }
}

/** @param {Record<string, FieldValue>} state @param {Record<string, FieldValue>} other */
const isSame = (state, other) => Object.keys(state).every((name) => state[name] === other[name]);

/** Before and after. @param {Task} task */
function shotOf({ name }) {
  const shot = Object.assign(document.createElement("span"), { className: "task-shot" });
  shot.dataset.shot = name;
  const image = Object.assign(document.createElement("img"), { alt: "", loading: "lazy", decoding: "async", draggable: false, ...SHOT });
  image.addEventListener("error", () => {
    const icon = document.createElement("span");
    icon.innerHTML = '<svg aria-hidden="true"><use/></svg>';
    icon.querySelector("use")?.setAttribute("href", `#t-${name}`);
    image.replaceWith(icon);
    shot.classList.add("plain");
  });
  image.src = shotUrl(name);
  shot.append(image);
  return shot;
}
