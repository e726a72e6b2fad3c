// @ts-check
// "What do you want to do?": all tasks as cards; a chosen one shows its fields.

import { TaskForm } from "./task-form.js";

/** @import { FieldContext } from "./task-fields.js" */
/** @import { Task } from "../types.d.ts" */

/** Short names for the cards; a task that is not here goes by its own. @type {Record<string, string>} */
const TITLES = {
  "text-to-image": "From words",
  variations: "Vary a picture",
  interpolation: "From one to another",
  reconfiguration: "Edit lines or things",
  "region-editing": "Change a part",
  "palette-colorization": "Recolour",
  "style-transfer": "Style transfer",
  "image-translation": "Turn into another kind",
  "pose-transfer": "Take over a pose",
  "virtual-try-on": "Try clothes on",
  compositional: "Mix freely",
  inpainting: "Fill or extend",
};

/** @param {string} name */
export const titleOf = (name) => TITLES[name] ?? name.replaceAll("-", " ");

export class Tasks {
  #cards = /** @type {HTMLElement} */ (document.getElementById("task-cards"));
  #holder = /** @type {HTMLElement} */ (document.getElementById("task-form"));
  #title = /** @type {HTMLElement} */ (document.getElementById("tasks-title"));
  #context;
  #onOpen;
  #question;
  /** @type {TaskForm | undefined} */ #form;
  /** Forms that were filled in before, so that going back loses nothing. @type {Map<string, { form: TaskForm, root: HTMLElement }>} */ #made = new Map();

  /** @param {FieldContext & { onOpen: () => void }} context onOpen: the chosen task shall be opened in the studio */
  constructor({ onOpen, ...context }) {
    this.#context = context;
    this.#onOpen = onOpen;
    this.#question = this.#title.textContent;
  }

  /** The chosen task's form. */
  get form() {
    return this.#form;
  }

  /** @param {Task[]} tasks */
  fill(tasks) {
    this.#cards.replaceChildren(...tasks.map((task) => {
      const item = document.createElement("li");
      const card = Object.assign(document.createElement("button"), { type: "button", className: "task" });
      card.dataset.task = task.name;
      card.innerHTML = '<svg aria-hidden="true"><use/></svg>';
      card.querySelector("use")?.setAttribute("href", `#t-${task.name}`);
      const about = Object.assign(document.createElement("span"), { className: "hint", textContent: task.about });
      card.append(Object.assign(document.createElement("span"), { className: "task-name", textContent: titleOf(task.name) }), about);
      card.addEventListener("click", () => this.choose(task));
      item.append(card);
      return item;
    }));
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
    if (made) /** @type {HTMLElement} */ (made.root.querySelector("button")).focus({ preventScroll: true });
    else if (before) /** @type {HTMLElement | null} */ (this.#cards.querySelector(`[data-task="${before}"]`))?.focus();
  }

  /** @param {Task} task */
  #make(task) {
    const root = document.createElement("div");
    const back = Object.assign(document.createElement("button"), { type: "button", className: "soft" });
    back.innerHTML = '<svg aria-hidden="true"><use href="#i-back"/></svg>';
    back.append("All tasks");
    back.addEventListener("click", () => this.choose(undefined));
    const about = Object.assign(document.createElement("p"), { className: "quiet", textContent: `${task.about}.` });
    const open = Object.assign(document.createElement("button"), { type: "button", className: "soft", id: "open-in-studio", textContent: "Open in the studio", title: "Go on with these inputs where everything can be changed" });
    open.addEventListener("click", () => this.#onOpen());
    const head = Object.assign(document.createElement("div"), { className: "row task-head" });
    head.append(back, about, open);
    root.append(head);
    const made = { form: new TaskForm(root, task, this.#context), root };
    this.#made.set(task.name, made);
    return made;
  }
}
