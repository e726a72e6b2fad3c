// @ts-check
// A canvas to draw on with mouse, touch, pen or keyboard, and its tools. Used for the sketch and for the mask.

import { SIZE, blank, context } from "../pictures.js";
import { offerFiles } from "./files.js";
import { Strokes, drawStroke } from "./strokes.js";
import { copyOf } from "./template.js";

/** @import { Point } from "./strokes.js" */

/** The canvas holds more pixels than the model sees, so that lines look smooth on the page. */
export const BACKING = 768;
/** An eraser as thin as the brush would be no help. */
const ERASER = 4;
const KEY_STEP = 4;
const FINE_STEP = 1;

/**
 * @typedef {object} PainterOptions
 * @property {HTMLElement} pad holds the canvas and the keyboard's cursor
 * @property {HTMLElement} tools receives the tool row
 * @property {string} ink colour on the page
 * @property {number} size first brush size, in the model's pixels
 * @property {number} largest
 * @property {() => void} onChange
 * @property {(file: File) => void} [onFile] a picture was picked with the tool row; without it the row has no such button
 */

export class Painter {
  #canvas;
  #into;
  #strokes = new Strokes();
  #options;
  /** @type {Point[] | undefined} */ #stroke;
  /** @type {number | undefined} */ #pointer;
  #cursor = { x: SIZE / 2, y: SIZE / 2, down: false };
  #cursorMark;
  #erase = false;
  #size;

  /** @param {PainterOptions} options */
  constructor(options) {
    this.#options = options;
    this.#size = options.size;
    this.#canvas = /** @type {HTMLCanvasElement} */ (options.pad.querySelector("canvas"));
    this.#cursorMark = /** @type {HTMLElement} */ (options.pad.querySelector(".cursor"));
    this.#canvas.width = this.#canvas.height = BACKING;
    this.#into = context(this.#canvas);
    this.#listen();
    this.#buildTools();
    this.#changed(true);
  }

  get isEmpty() {
    return this.#strokes.isEmpty;
  }

  /**
   * The drawing on a ground, in the model's size if no other is wanted.
   * @param {string} ink @param {string} ground @param {boolean} [tint] whether pictures in it become ink too, as in a mask
   * @param {number} [size]
   */
  export(ink, ground, tint = false, size = SIZE) {
    const layer = blank(size);
    const over = context(layer);
    this.#strokes.render(over, ink);
    if (tint) {
      over.globalCompositeOperation = "source-in";
      over.fillStyle = ink;
      over.fillRect(0, 0, size, size);
    }
    const canvas = blank(size);
    const into = context(canvas, true);
    into.fillStyle = ground;
    into.fillRect(0, 0, size, size);
    into.drawImage(layer, 0, 0);
    return canvas;
  }

  /** Puts a picture in place of the drawing; undo brings the drawing back. @param {HTMLCanvasElement} picture */
  show(picture) {
    this.#strokes.add({ kind: "picture", picture });
    this.#changed(true);
  }

  /** Lines in place of the drawing; undo brings that back. @param {Point[][]} lines */
  draw(lines) {
    this.#strokes.add({ kind: "clear" });
    for (const points of lines) this.#strokes.add({ kind: "stroke", erase: false, points });
    this.#changed(true);
  }

  clear() {
    if (this.#strokes.isEmpty) return;
    this.#strokes.add({ kind: "clear" });
    this.#changed(true);
  }

  undo() {
    this.#strokes.undo();
    this.#changed(true);
  }

  redo() {
    this.#strokes.redo();
    this.#changed(true);
  }

  /** @param {boolean} redraw */
  #changed(redraw) {
    if (redraw) this.#strokes.render(this.#into, this.#options.ink);
    this.#options.pad.classList.toggle("drawn", !this.#strokes.isEmpty);
    for (const [act, able] of /** @type {const} */ ([["undo", this.#strokes.canUndo], ["redo", this.#strokes.canRedo], ["clear", !this.#strokes.isEmpty]])) {
      const button = /** @type {HTMLButtonElement | null} */ (this.#options.tools.querySelector(`[data-act="${act}"]`));
      if (button) button.disabled = !able;
    }
    this.#options.onChange();
  }

  #width(pressure = 1) {
    return this.#size * (this.#erase ? ERASER : 1) * pressure;
  }

  /** @param {PointerEvent} event @returns {Point} */
  #point(event) {
    const box = this.#canvas.getBoundingClientRect();
    // A mouse and most fingers report no real pressure; only a pen's is worth following.
    const pressure = event.pointerType === "pen" ? 0.4 + 1.2 * event.pressure : 1;
    return { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE, width: this.#width(pressure) };
  }

  /** @param {Point} point */
  #begin(point) {
    this.#stroke = [point];
    drawStroke(this.#into, this.#options.ink, this.#erase, this.#stroke);
    this.#options.pad.classList.add("drawn");
  }

  /** @param {Point} point */
  #extend(point) {
    if (!this.#stroke) return;
    this.#stroke.push(point);
    drawStroke(this.#into, this.#options.ink, this.#erase, this.#stroke, this.#stroke.length - 1);
  }

  #finish() {
    if (!this.#stroke) return;
    this.#strokes.add({ kind: "stroke", erase: this.#erase, points: this.#stroke });
    this.#stroke = undefined;
    this.#changed(true);
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.#pointer !== undefined) return;
      this.#lift();
      this.#pointer = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
      this.#begin(this.#point(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.#pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const step of events.length ? events : [event]) this.#extend(this.#point(step));
    });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId !== this.#pointer) return;
        this.#pointer = undefined;
        this.#finish();
      });
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#showCursor(canvas.matches(":focus-visible")));
    canvas.addEventListener("blur", () => {
      this.#lift();
      this.#showCursor(false);
    });
    const area = canvas.closest("section") ?? canvas;
    area.addEventListener("keydown", (event) => {
      const { key, shiftKey, ctrlKey, metaKey } = /** @type {KeyboardEvent} */ (event);
      if (!(ctrlKey || metaKey) || key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (shiftKey) this.redo();
      else this.undo();
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? FINE_STEP : KEY_STEP;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    const cursor = this.#cursor;
    if (event.key === " ") {
      cursor.down = !cursor.down;
      if (cursor.down) this.#begin({ x: cursor.x, y: cursor.y, width: this.#width() });
      else this.#finish();
    } else if (move) {
      cursor.x = Math.min(SIZE, Math.max(0, cursor.x + move[0]));
      cursor.y = Math.min(SIZE, Math.max(0, cursor.y + move[1]));
      if (cursor.down) this.#extend({ x: cursor.x, y: cursor.y, width: this.#width() });
    } else return;
    event.preventDefault();
    this.#showCursor(true);
  }

  /** Ends a stroke that the keyboard has begun. */
  #lift() {
    if (!this.#cursor.down) return;
    this.#cursor.down = false;
    this.#finish();
  }

  /** @param {boolean} visible */
  #showCursor(visible) {
    this.#cursorMark.hidden = !visible;
    this.#cursorMark.classList.toggle("down", this.#cursor.down);
    this.#cursorMark.style.left = `${(this.#cursor.x / SIZE) * 100}%`;
    this.#cursorMark.style.top = `${(this.#cursor.y / SIZE) * 100}%`;
  }

  #buildTools() {
    const { tools, size, largest, onFile } = this.#options;
    tools.append(copyOf("tools-template"));
    for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (tools.querySelectorAll("input[type=radio]"))) {
      radio.name = `${tools.id}-tool`;
      radio.addEventListener("change", () => {
        this.#lift();
        this.#erase = radio.value === "eraser";
      });
    }
    const slider = /** @type {HTMLInputElement} */ (tools.querySelector("[data-act=size]"));
    slider.max = String(largest);
    slider.value = String(size);
    slider.addEventListener("input", () => (this.#size = slider.valueAsNumber));
    const pick = /** @type {HTMLElement} */ (tools.querySelector("[data-act=pick]"));
    if (onFile) offerFiles(pick, /** @type {HTMLInputElement} */ (tools.querySelector("input[type=file]")), onFile);
    else pick.remove();
    const acts = { undo: () => this.undo(), redo: () => this.redo(), clear: () => this.clear() };
    for (const [act, run] of Object.entries(acts)) tools.querySelector(`[data-act="${act}"]`)?.addEventListener("click", run);
  }
}
