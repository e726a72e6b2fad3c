// @ts-check
// The words box: a caption, or an expression of captions and pictures. Which of them the engine decides, a moment after typing.

import { say, told } from "../language.js";
import { partsOf } from "./expression-parts.js";
import { point } from "./point.js";

/** @import { Pictures, Reading } from "../types.d.ts" */

const AFTER_MS = 250;
/** More alternatives than these are only counted. */
const SHOWN = 4;
/** What every expression has somewhere. Other words are a caption for sure, and a busy engine need not be asked. */
const EXPRESSIVE = /AND|OR|NOT|\(image /i;
/** @type {Reading} */ const CAPTION = { isExpression: false, clauses: [], captions: [] };

export class Words {
  #box;
  #area;
  #back;
  #note;
  #options;
  #reading = CAPTION;
  /** The text that was read last. */ #read = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {Promise<void>} */ #pending = Promise.resolve();

  /** @param {HTMLElement} box holds the text area @param {{ pictures: Pictures, onChange: () => void, read: (text: string) => Promise<Reading> }} options */
  constructor(box, options) {
    this.#box = box;
    this.#options = options;
    this.#area = /** @type {HTMLTextAreaElement} */ (box.querySelector("textarea"));
    this.#back = /** @type {HTMLElement} */ (box.querySelector(".words-back"));
    this.#note = /** @type {HTMLElement} */ (box.querySelector(".words-note"));
    this.#area.addEventListener("input", () => {
      this.#grow();
      this.#mark(undefined);
      this.#later();
      options.onChange();
    });
    options.pictures.listen((changed) => {
      // Whether there is such a picture may be another matter now.
      if (!changed && this.isExpression) this.#soon(0);
    });
    this.#area.addEventListener("scroll", () => (this.#back.scrollTop = this.#area.scrollTop));
  }

  get text() {
    return this.#area.value.trim();
  }

  get isEmpty() {
    return this.text === "";
  }

  /** Whether the text, as it was read last, is an expression. */
  get isExpression() {
    return this.#reading.isExpression;
  }

  /** What keeps the expression from being used. */
  get problem() {
    const { error } = this.#reading;
    return error ? say("controls.words.problem", { column: error.start, message: told(error.message) }) : undefined;
  }

  set(/** @type {string | undefined} */ text) {
    this.#area.value = text ?? "";
    this.#grow();
    this.#mark(undefined);
    this.#soon(0);
  }

  /** Typed as by the visitor, so that the browser's own undo brings the old words back. @param {string} text */
  type(text) {
    this.#area.focus();
    this.#area.select();
    // Deprecated, and still the only way to keep the undo history.
    if (!document.execCommand("insertText", false, text)) {
      this.#area.value = text;
      this.#area.dispatchEvent(new Event("input"));
    }
  }

  /** Leads to the end of what is there. */
  edit() {
    point(this.#area);
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
  }

  /** Leads to what is wrong. */
  point() {
    this.#area.focus();
    const { error } = this.#reading;
    if (!error) return;
    const at = (/** @type {number} */ column) => [...this.#area.value].slice(0, column - 1).join("").length;
    this.#area.setSelectionRange(at(error.start), at(error.end));
  }

  /** When the text has been read as it stands. */
  async settled() {
    if (this.#read !== this.#area.value) this.#soon(0);
    await this.#pending;
  }

  #later() {
    this.#soon(AFTER_MS);
  }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.#timer);
    const text = this.#area.value;
    if (!EXPRESSIVE.test(text)) {
      this.#take(text, CAPTION);
      return;
    }
    if (ms > 0) this.#timer = setTimeout(() => this.#soon(0), ms);
    else this.#pending = this.#options.read(text).then((reading) => this.#take(text, reading), () => this.#take(text, CAPTION));
  }

  /** @param {string} text @param {Reading} reading */
  #take(text, reading) {
    if (text !== this.#area.value) return;
    const before = this.#reading;
    this.#read = text;
    this.#reading = reading.isExpression && !reading.error ? { ...reading, error: this.#missing(text) } : reading;
    const { isExpression, error, clauses } = this.#reading;
    this.#box.closest("section")?.classList.toggle("expressed", isExpression);
    this.#note.classList.toggle("wrong", Boolean(error));
    if (error) this.#note.textContent = this.problem ?? "";
    else if (!isExpression) this.#note.textContent = "";
    else if (clauses.length > 1) this.#list(clauses);
    else this.#note.textContent = say("controls.words.readAs", { clause: clauses.join("") });
    this.#area.setAttribute("aria-invalid", String(Boolean(error)));
    this.#mark(error ?? undefined);
    if (before.isExpression !== isExpression || Boolean(before.error) !== Boolean(error)) this.#options.onChange();
  }

  /** The first picture named that is not there. @param {string} text @returns {Reading["error"]} */
  #missing(text) {
    const count = this.#options.pictures.all.length;
    // What stands in quotes is a caption, whatever it says.
    const bare = text.replace(/"(?:\\.|[^"\\])*"|“[^”]*”/gsu, (quoted) => " ".repeat(quoted.length));
    for (const found of bare.matchAll(/(?:style|semantics|palette|sketch|instances|depth|intensity)\s*\(\s*(?:image\s*)?(\d+)\s*\)/gi)) {
      if (Number(found[1]) <= count) continue;
      const column = (/** @type {number} */ at) => [...text.slice(0, at)].length + 1;
      const message = say(count ? "controls.words.missing" : "controls.words.missingYet", { image: found[1], count });
      return { start: column(found.index), end: column(found.index + found[0].length), message };
    }
    return undefined;
  }

  /** @param {string[]} clauses */
  #list(clauses) {
    const items = clauses.slice(0, SHOWN).map((clause) => Object.assign(document.createElement("li"), { textContent: clause }));
    if (clauses.length > SHOWN) items.push(Object.assign(document.createElement("li"), { textContent: say("controls.words.more", { count: clauses.length - SHOWN }) }));
    const list = document.createElement("ul");
    list.append(...items);
    this.#note.replaceChildren(say("controls.words.oneOf"), list);
  }

  /** Colours an expression and underlines what is wrong in it: the same text lies over the box, unseen. @param {{ start: number, end: number } | undefined} columns */
  #mark(columns) {
    const characters = [...this.#area.value];
    if (!columns) {
      this.#back.replaceChildren(...(this.#reading.isExpression ? coloured(characters, 0, characters.length) : []));
      return;
    }
    const wrong = document.createElement("mark");
    wrong.append(...coloured(characters, columns.start - 1, columns.end - 1));
    // Behind the last character, where something is missing, there is nothing to underline but a space.
    if (!wrong.textContent) wrong.textContent = "\u00a0";
    this.#back.replaceChildren(...coloured(characters, 0, columns.start - 1), wrong, ...coloured(characters, columns.end - 1, characters.length));
  }

  /** As many lines as the words need. */
  #grow() {
    const area = this.#area;
    area.style.height = "auto";
    if (area.offsetHeight > 0) area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }
}

/** A stretch of an expression, each kind of piece in an element of its own. @param {string[]} characters @param {number} from @param {number} to */
function coloured(characters, from, to) {
  const parts = partsOf(characters.join(""));
  /** @type {HTMLElement[]} */ const spans = [];
  characters.slice(from, to).forEach((character, i) => {
    const part = parts[from + i] ? `expr-${parts[from + i]}` : "";
    if (spans.at(-1)?.className !== part) spans.push(Object.assign(document.createElement("span"), { className: part }));
    /** @type {HTMLElement} */ (spans.at(-1)).textContent += character;
  });
  return spans;
}
