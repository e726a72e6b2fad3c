// @ts-check
// What hands do on the canvas: one finger, mouse or pen works with the tool; two fingers, the wheel, the middle button or Space
// with a drag move and zoom the sheet; arrow keys carry the tool about.

/** @import { Pen, Place } from "./pen.js" */
/** @import { Screen } from "./screen.js" */
/** @import { Sheet } from "./sheet.js" */
/** @import { Viewport } from "./viewport.js" */

const SIZE = 256;
const KEY_STEP = 4;
const FINE_STEP = 1;
/** Zoom for one pixel of the wheel. */
const WHEEL = 0.0018;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @typedef {object} Hands
 * @property {HTMLCanvasElement} canvas
 * @property {Sheet} sheet
 * @property {Pen} pen
 * @property {Viewport} viewport
 * @property {Screen} screen
 * @property {() => void} onWork something was done with the tool
 * @property {() => void} onView the sheet is seen elsewhere or in another size
 * @property {AbortSignal} signal
 */

export class Gestures {
  #hands;
  /** Where each finger is. @type {Map<number, { x: number, y: number }>} */ #pointers = new Map();
  /** The one that works. @type {number | undefined} */ #working;
  #moving = false;
  /** Whether Space is held, and whether it has served to move the sheet. */ #space = { held: false, used: false };
  /** The tool as the arrow keys carry it. */ #keys = { x: SIZE / 2, y: SIZE / 2 };

  /** @param {Hands} hands */
  constructor(hands) {
    this.#hands = hands;
    const { canvas, signal } = hands;
    canvas.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) canvas.addEventListener(end, (event) => this.#up(event), { signal });
    canvas.addEventListener("pointerleave", () => {
      if (this.#working === undefined) hands.screen.hover = undefined;
    }, { signal });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      // A wheel may count in lines.
      hands.viewport.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 4 : 1) * WHEEL), event.clientX - box.left, event.clientY - box.top);
      this.#viewed();
    }, { signal, passive: false });
    canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    canvas.addEventListener("keyup", (event) => this.#keyUp(event), { signal });
    canvas.addEventListener("blur", () => {
      this.#space.held = false;
      this.#lift();
      hands.screen.hover = undefined;
    }, { signal });
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { canvas, pen } = this.#hands;
    canvas.focus({ preventScroll: true });
    this.#lift();
    // A palm beside a pen is no finger.
    if (event.pointerType === "touch" && this.#working !== undefined && !this.#pointers.has(this.#working)) return;
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // It has been lifted already.
    }
    if (event.pointerType === "touch") this.#pointers.set(event.pointerId, here(event, canvas));
    if (this.#pointers.size > 1) {
      pen.drop();
      this.#working = undefined;
      this.#moving = true;
      this.#worked();
    } else if (event.button === 1 || this.#space.held) {
      event.preventDefault();
      this.#pointers.set(event.pointerId, here(event, canvas));
      this.#moving = this.#space.used = true;
    } else if (event.button === 0 && !this.#moving && this.#working === undefined) {
      this.#working = event.pointerId;
      pen.press(this.#place(event));
      this.#worked();
    }
    canvas.classList.toggle("moving", this.#moving);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { canvas, pen, screen } = this.#hands;
    if (this.#moving) return this.#carry(event);
    if (this.#pointers.has(event.pointerId)) this.#pointers.set(event.pointerId, here(event, canvas));
    if (event.pointerType !== "touch") screen.hover = { at: this.#place(event), keys: false };
    if (event.pointerId !== this.#working) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const step of events.length ? events : [event]) pen.move(this.#place(step));
    screen.draw();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#pointers.delete(event.pointerId);
    if (event.pointerId === this.#working) {
      this.#working = undefined;
      this.#hands.pen.lift();
      this.#worked();
    }
    if (this.#pointers.size === 0) this.#moving = false;
    this.#hands.canvas.classList.toggle("moving", this.#moving);
  }

  /** Moves the sheet with one pointer, or moves and zooms it with two. @param {PointerEvent} event */
  #carry(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const after = here(event, this.#hands.canvas);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    const { viewport } = this.#hands;
    if (other) {
      const [was, is] = [before, after].map(({ x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y)));
      viewport.zoom(is / was, (before.x + other.x) / 2, (before.y + other.y) / 2);
      viewport.pan((after.x - before.x) / 2, (after.y - before.y) / 2);
    } else viewport.pan(after.x - before.x, after.y - before.y);
    this.#pointers.set(event.pointerId, after);
    this.#viewed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [{ pen, sheet }, at] = [this.#hands, this.#keys];
    const arrow = ARROWS[event.key];
    if (event.key === " ") {
      if (!event.repeat) this.#space = { held: true, used: false };
    } else if (arrow) {
      const [x, y] = arrow.map((step) => step * (event.shiftKey ? FINE_STEP : KEY_STEP));
      if (sheet.float && !pen.isDown) {
        pen.nudge(x, y);
        this.#hands.screen.hover = undefined;
      } else {
        at.x = Math.min(SIZE, Math.max(0, at.x + x));
        at.y = Math.min(SIZE, Math.max(0, at.y + y));
        if (this.#working === undefined) pen.move({ ...at });
        this.#hover();
      }
    } else return;
    event.preventDefault();
  }

  /** Space alone lowers and lifts the tool. @param {KeyboardEvent} event */
  #keyUp(event) {
    if (event.key !== " " || !this.#space.held) return;
    this.#space.held = false;
    event.preventDefault();
    const { pen } = this.#hands;
    if (this.#space.used || this.#working !== undefined) return;
    if (pen.isDown) pen.lift();
    else {
      pen.press({ ...this.#keys });
      // These do all they do at once.
      if (pen.tool === "fill" || pen.tool === "dropper") pen.lift();
    }
    this.#hover();
    this.#worked();
  }

  /** Ends what the keyboard has begun. */
  #lift() {
    if (this.#working !== undefined || !this.#hands.pen.isDown) return;
    this.#hands.pen.lift();
    this.#worked();
  }

  #hover() {
    this.#hands.screen.hover = { at: { ...this.#keys }, keys: true };
  }

  #worked() {
    this.#hands.screen.draw();
    this.#hands.onWork();
  }

  #viewed() {
    this.#hands.screen.draw();
    this.#hands.onView();
  }

  /** @param {PointerEvent} event @returns {Place} */
  #place(event) {
    const { canvas, viewport } = this.#hands;
    const { x, y } = here(event, canvas);
    // A mouse and most fingers report no real pressure; only a pen's is worth following.
    return { ...viewport.toSheet(x, y), pressure: event.pointerType === "pen" ? 0.4 + 1.2 * event.pressure : 1, straight: event.shiftKey };
  }
}

/** @param {PointerEvent} event @param {HTMLCanvasElement} canvas */
function here(event, canvas) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
