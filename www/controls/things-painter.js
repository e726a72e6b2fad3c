// @ts-check
// A map of things to paint on: a kind of thing for the brush, and the boundaries follow. Its picture is what the engine reads.

import { say } from "../language.js";
import { colorOf, editable, kindName, mapOf, thingsPicture } from "../things.js";

const SIDE = 64;
const SIZES = [2, 5, 10];
const KEY_STEP = 2;
/** Steps that can be taken back. */
const MOST_UNDO = 50;

/** @typedef {{ categories: Uint8Array, boundary: Float32Array }} Things */

export class ThingsPainter {
  #canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE, tabIndex: 0 });
  #cursor = Object.assign(document.createElement("span"), { className: "cursor", hidden: true });
  #undo;
  #onChange;
  /** @type {Things | undefined} */ #things;
  /** @type {Things[]} */ #before = [];
  #category = 0;
  #size = SIZES[1];
  #at = { x: SIDE / 2, y: SIDE / 2, down: false };

  /** @param {HTMLElement} root @param {{ names: string[], onChange: () => void }} options */
  constructor(root, { names, onChange }) {
    this.#onChange = onChange;
    const pad = Object.assign(document.createElement("div"), { className: "pad paper things-pad" });
    this.#canvas.setAttribute("role", "application");
    this.#canvas.setAttribute("aria-label", say("controls.thingsMap"));
    pad.append(this.#canvas, this.#cursor);
    const kinds = Object.assign(document.createElement("div"), { className: "kinds" });
    kinds.setAttribute("role", "radiogroup");
    kinds.setAttribute("aria-label", say("editor.kindGroup"));
    kinds.append(...names.map((name, category) => this.#kind(root.id, name, category)));
    const tools = Object.assign(document.createElement("div"), { className: "tools" });
    const size = Object.assign(document.createElement("input"), { type: "range", min: "1", max: "16", value: String(this.#size) });
    size.setAttribute("aria-label", say("controls.painter.size"));
    size.addEventListener("input", () => (this.#size = size.valueAsNumber));
    this.#undo = Object.assign(document.createElement("button"), { type: "button", className: "soft icon", title: say("editor.undo"), disabled: true });
    this.#undo.setAttribute("aria-label", say("editor.undo"));
    this.#undo.innerHTML = '<svg aria-hidden="true"><use href="#i-undo"/></svg>';
    this.#undo.addEventListener("click", () => {
      this.#things = this.#before.pop() ?? this.#things;
      this.#show();
    });
    tools.append(size, this.#undo);
    root.append(pad, kinds, tools);
    this.#listen();
  }

  /** The map as the engine reads it, if somebody has painted on it. */
  get value() {
    return this.#things && this.#before.length ? mapOf(this.#things.categories, this.#things.boundary) : undefined;
  }

  /** Begins with the things of a picture. @param {Things | undefined} things */
  start(things) {
    this.#things = things && editable(things.categories, things.boundary);
    this.#before = [];
    this.#show();
  }

  /** @param {string} id @param {string} name @param {number} category */
  #kind(id, name, category) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: `${id}-kind`, checked: category === 0 });
    radio.addEventListener("change", () => (this.#category = category));
    const dot = document.createElement("i");
    dot.style.backgroundColor = colorOf(category);
    const text = document.createElement("span");
    text.append(dot, kindName(name));
    label.append(radio, text);
    return label;
  }

  #listen() {
    const canvas = this.#canvas;
    /** @type {number | undefined} */ let pointer;
    const place = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      this.#dab(((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || pointer !== undefined) return;
      pointer = event.pointerId;
      canvas.setPointerCapture(pointer);
      this.#begin();
      place(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const step of events.length ? events : [event]) place(step);
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === pointer) pointer = undefined;
      });
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#at.down = false;
      this.#cursor.hidden = true;
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    const at = this.#at;
    if (event.key === " ") {
      at.down = !at.down;
      if (at.down) this.#begin();
    } else if (move) {
      at.x = Math.min(SIDE, Math.max(0, at.x + move[0] * KEY_STEP));
      at.y = Math.min(SIDE, Math.max(0, at.y + move[1] * KEY_STEP));
    } else return;
    event.preventDefault();
    if (at.down) this.#dab(at.x, at.y);
    this.#cursor.hidden = false;
    this.#cursor.classList.toggle("down", at.down);
    this.#cursor.style.left = `${(at.x / SIDE) * 100}%`;
    this.#cursor.style.top = `${(at.y / SIDE) * 100}%`;
  }

  /** A stroke begins: what was there before it can be had again. */
  #begin() {
    if (!this.#things) return;
    this.#before.push(editable(this.#things.categories, this.#things.boundary));
    if (this.#before.length > MOST_UNDO) this.#before.splice(1, 1);
  }

  /** A round dab of the chosen kind. @param {number} x @param {number} y */
  #dab(x, y) {
    const things = this.#things;
    if (!things) return;
    const radius = this.#size / 2;
    const range = (/** @type {number} */ centre) => [Math.max(0, Math.floor(centre - radius)), Math.min(SIDE - 1, Math.ceil(centre + radius))];
    const [[left, right], [top, bottom]] = [range(x), range(y)];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > Math.max(radius, 0.71)) continue;
        things.categories[row * SIDE + column] = this.#category;
      }
    }
    bound(things, left - 1, top - 1, right + 1, bottom + 1);
    this.#show();
  }

  #show() {
    this.#undo.disabled = this.#before.length === 0;
    const into = this.#canvas.getContext("2d");
    into?.clearRect(0, 0, SIDE, SIDE);
    if (this.#things) into?.putImageData(thingsPicture(this.#things.categories, this.#things.boundary), 0, 0);
    this.#onChange();
  }
}

/** Boundaries anew in a part of a map: where a neighbour is of another kind. @param {Things} things @param {number} left @param {number} top @param {number} right @param {number} bottom */
function bound({ categories, boundary }, left, top, right, bottom) {
  for (let y = Math.max(0, top); y <= Math.min(SIDE - 1, bottom); y++) {
    for (let x = Math.max(0, left); x <= Math.min(SIDE - 1, right); x++) {
      const at = y * SIDE + x;
      const other = (x > 0 && categories[at - 1] !== categories[at]) || (y > 0 && categories[at - SIDE] !== categories[at]);
      boundary[at] = other ? 1 : 0;
    }
  }
}
