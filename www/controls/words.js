// @ts-check
// The words box: a caption, or an expression of captions and pictures. Which of them the engine decides, a moment after typing.

import { say, told } from "../language.js";

/** @import { Pictures, Reading } from "../types.d.ts" */

const AFTER_MS = 250;
/** More alternatives than these are only counted. */
const SHOWN = 4;
/** What every expression has somewhere. Other words are a caption for sure, and a busy engine need not be asked. */
const EXPRESSIVE = /AND|OR|NOT|\(image /i;
/** @type {Reading} */ const CAPTION = { isExpression: false, clauses: [] };

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

  /** Underlines what is wrong: the same text behind the box, with a mark in it. @param {{ start: number, end: number } | undefined} columns */
  #mark(columns) {
    if (!columns) {
      this.#back.replaceChildren();
      return;
    }
    const characters = [...this.#area.value];
    const part = (/** @type {number} */ from, /** @type {number | undefined} */ to) => characters.slice(from, to).join("");
    const wrong = document.createElement("mark");
    // Behind the last character, where something is missing, there is nothing to underline but a space.
    wrong.textContent = part(columns.start - 1, columns.end - 1) || "\u00a0";
    this.#back.replaceChildren(part(0, columns.start - 1), wrong, part(columns.end - 1, undefined));
  }

  /** As many lines as the words need. */
  #grow() {
    const area = this.#area;
    area.style.height = "auto";
    if (area.offsetHeight > 0) area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  }
}
