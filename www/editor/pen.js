// @ts-check
// The tool in hand: what pressing, moving and lifting it does to the sheet. It may be held by a mouse, a finger, a pen or the
// arrow keys. Places are in the model's pixels, 0 to 256. No DOM.

import { straightened } from "./brush.js";
import { inside } from "./fill.js";

/** @import { Spot } from "./brush.js" */
/** @import { ToolId } from "./kinds.js" */
/** @import { Sheet } from "./sheet.js" */
/** @typedef {{ x: number, y: number, pressure?: number, straight?: boolean }} Place pressure 1 is the chosen size */

const SIZE = 256;
/** A way shorter than this is a click. */
const CLICK = 3;
/** How far from the handle that turns a piece it can be taken. */
const REACH = 20;
/** How far above a piece the handle stands, on the screen. */
const HANDLE = 28;

export class Pen {
  /** @type {ToolId} */ #tool = "brush";
  /** @type {ToolId} */ #painting = "brush";
  #sheet;
  #unit;
  #onPicked;
  value;
  hardness;
  opacity = 1;
  tolerance;
  /** Each tool keeps its own size. @type {Record<string, number>} */ sizes;
  /** The outline that is being drawn. @type {Place[]} */ outline = [];
  /** What holds the piece: moves it, or turns it. @type {{ turning: boolean, at: Place } | undefined} */ #grip;
  /** Pixels of the screen for one of the model's. */ zoom = 1;
  #down = false;
  /** Where it was pressed. @type {Place | undefined} */ #start;

  /** @param {Sheet} sheet @param {() => void} onPicked the dropper has found a value, or another tool is in hand */
  constructor(sheet, onPicked) {
    this.#sheet = sheet;
    this.#unit = sheet.kind.side / SIZE;
    this.#onPicked = onPicked;
    this.value = sheet.kind.ink;
    this.hardness = sheet.kind.shaded ? 0.5 : 1;
    this.tolerance = sheet.kind.tolerance;
    this.sizes = { ...sheet.kind.sizes };
  }

  get tool() {
    return this.#tool;
  }

  set tool(tool) {
    if (!this.#sheet.kind.tools.includes(tool)) return;
    this.lift();
    if (tool !== "lasso") this.#sheet.drop();
    this.#tool = tool;
    if (tool !== "dropper") this.#painting = tool === "fill" || tool === "line" ? tool : "brush";
    this.#onPicked();
  }

  get isDown() {
    return this.#down;
  }

  /** Its width in the model's pixels; nothing for tools without one. */
  get size() {
    return this.sizes[this.#tool];
  }

  set size(size) {
    if (this.#tool in this.sizes) this.sizes[this.#tool] = Math.min(this.#sheet.kind.largest, Math.max(1, size));
  }

  /** @param {Place} place */
  press(place) {
    this.#down = true;
    this.#start = place;
    if (this.#tool === "fill") return;
    if (this.#tool === "dropper") this.#pick(place);
    else if (this.#tool === "lasso") this.#grasp(place);
    else {
      const { hardness, opacity } = this;
      this.#sheet.begin({ value: this.#tool === "eraser" ? 0 : this.value, hardness, opacity }, this.#spot(place));
    }
  }

  /** @param {Place} place */
  move(place) {
    if (!this.#down) return;
    if (this.#tool === "line") {
      this.#sheet.straight(this.#spot(place.straight && this.#start ? straightened(this.#start, place) : place));
    } else if (this.#tool === "brush" || this.#tool === "eraser") this.#sheet.extend(this.#spot(place));
    else if (this.#tool === "dropper") this.#pick(place);
    else if (this.#grip) this.#haul(place);
    else if (this.#tool === "lasso") this.outline.push(place);
  }

  /** Ends what it does. */
  lift() {
    if (!this.#down) return;
    this.#down = false;
    if (this.#tool === "lasso" && !this.#grip) this.#close();
    else if (this.#tool === "dropper") this.tool = this.#painting;
    // Only now, since the finger may turn out to be the first of two.
    else if (this.#tool === "fill" && this.#start) this.#sheet.fill(this.#start.x * this.#unit, this.#start.y * this.#unit, this.value, this.tolerance);
    else if (["brush", "eraser", "line"].includes(this.#tool)) this.#sheet.end();
    this.#grip = undefined;
  }

  /** A second finger has come: it was not meant to draw. */
  drop() {
    if (!this.#down) return;
    this.#down = false;
    this.outline = [];
    if (["brush", "eraser", "line"].includes(this.#tool)) this.#sheet.cancel();
    this.#grip = undefined;
  }

  /** Where the handle that turns the piece stands. */
  get handle() {
    const float = this.#sheet.float;
    if (!float) return undefined;
    const { x, y } = float.middle;
    const [cos, sin] = [Math.cos(float.angle), Math.sin(float.angle)];
    const away = ((float.box.bottom - float.box.top) / 2) * float.scale / this.#unit + HANDLE / this.zoom;
    return { x: (x + float.x) / this.#unit + sin * away, y: (y + float.y) / this.#unit - cos * away };
  }

  /** Moves the piece. @param {number} x @param {number} y */
  nudge(x, y) {
    const float = this.#sheet.float;
    if (!float) return;
    float.x += x * this.#unit;
    float.y += y * this.#unit;
    this.#settle();
  }

  /** Turns the piece clockwise. @param {number} angle in radians */
  turn(angle) {
    const float = this.#sheet.float;
    if (!float) return;
    float.angle += angle;
    this.#settle();
  }

  /** @param {"x" | "y"} axis */
  mirror(axis) {
    this.#sheet.float?.mirror(axis);
    this.#settle();
  }

  /** @param {number} factor */
  grow(factor) {
    const float = this.#sheet.float;
    if (float) float.scale = Math.min(8, Math.max(0.1, float.scale * factor));
    this.#settle();
  }

  /** @param {Place} place @returns {Spot} */
  #spot({ x, y, pressure = 1 }) {
    const spot = { x: x * this.#unit, y: y * this.#unit, width: (this.size ?? 1) * pressure * this.#unit };
    // What is to fall on one place at least must not fall between two.
    if (this.#sheet.kind.sharp) spot.width = Math.max(1.5, spot.width);
    return spot;
  }

  /** @param {Place} place */
  #pick({ x, y }) {
    const { side, planes: [values] } = this.#sheet.raster;
    const [column, row] = [x, y].map((at) => Math.floor(at * this.#unit));
    if (column < 0 || row < 0 || column >= side || row >= side) return;
    this.value = values[row * side + column];
    this.#onPicked();
  }

  /** @param {Place} place */
  #grasp(place) {
    const { float } = this.#sheet;
    const handle = this.handle;
    const turning = Boolean(handle && Math.hypot(handle.x - place.x, handle.y - place.y) * this.zoom < REACH);
    if (float && (turning || float.holds(place.x * this.#unit, place.y * this.#unit))) this.#grip = { turning, at: place };
    else {
      this.#sheet.drop();
      this.outline = [place];
    }
  }

  /** @param {Place} place */
  #haul(place) {
    const { float } = this.#sheet;
    if (!float || !this.#grip) return;
    const { turning, at } = this.#grip;
    this.#grip.at = place;
    if (!turning) return this.nudge(place.x - at.x, place.y - at.y);
    const { x, y } = float.middle;
    const angle = (/** @type {Place} */ to) => Math.atan2(to.y - (y + float.y) / this.#unit, to.x - (x + float.x) / this.#unit);
    this.turn(angle(place) - angle(at));
  }

  /** The outline is closed: what is inside can be moved. A click takes a whole thing. */
  #close() {
    const outline = this.outline;
    this.outline = [];
    const [start] = outline;
    const far = outline.some(({ x, y }) => Math.hypot(x - start.x, y - start.y) > CLICK);
    if (far) this.#sheet.lift(inside(outline.map(({ x, y }) => ({ x: x * this.#unit, y: y * this.#unit })), this.#sheet.kind.side));
    else if (this.#sheet.kind.id === "things") this.#sheet.liftThing(start.x * this.#unit, start.y * this.#unit);
    this.#settle();
  }

  #settle() {
    this.#sheet.moved();
    this.#onPicked();
  }
}
