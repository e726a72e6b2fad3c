// @ts-check
// A piece that is taken out of a raster, moved, turned, mirrored, and put back. No DOM.

import { Raster, boxAround, boxOf } from "./raster.js";

/** @import { Box } from "./raster.js" */

/** How a piece lies on what is below it: the larger value, in place of it, or as names of kinds that cannot be blended. @typedef {"max" | "mix" | "kinds"} Over */

export class Float {
  #values;
  #mask;
  #over;
  /** Where it was taken from. @type {Box} */ box;
  x = 0;
  y = 0;
  /** Clockwise, in radians. */
  angle = 0;
  scale = 1;
  mirrored = false;

  /** @param {Raster} raster @param {Uint8Array} mask what of it, not nothing @param {Over} over */
  constructor(raster, mask, over) {
    this.#values = raster.copy();
    this.#mask = mask;
    this.#over = over;
    this.box = boxOf(mask, raster.side) ?? raster.whole;
  }

  /** What it was turned around. */
  get middle() {
    const { left, top, right, bottom } = this.box;
    return { x: (left + right) / 2, y: (top + bottom) / 2 };
  }

  /** Its corners as they lie now, clockwise from the top left one. */
  get corners() {
    const { left, top, right, bottom } = this.box;
    return [[left, top], [right, top], [right, bottom], [left, bottom]].map(([x, y]) => this.#out(x, y));
  }

  /** Mirrors what is seen, however it is turned. @param {"x" | "y"} axis */
  mirror(axis) {
    this.mirrored = !this.mirrored;
    this.angle = (axis === "x" ? 0 : Math.PI) - this.angle;
  }

  /** Whether a place lies within its frame. @param {number} x @param {number} y */
  holds(x, y) {
    const [u, v] = this.#in(x, y);
    const { left, top, right, bottom } = this.box;
    return u >= left && u <= right && v >= top && v <= bottom;
  }

  /** Lays it over a raster. @param {Raster} raster @returns {Box} where */
  lay(raster) {
    const corners = this.corners;
    const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
    const box = boxAround(raster.side, Math.min(...xs) - 1, Math.min(...ys) - 1, Math.max(...xs) + 1, Math.max(...ys) + 1);
    for (let y = box.top; y < box.bottom; y++) {
      for (let x = box.left; x < box.right; x++) {
        const [u, v] = this.#in(x + 0.5, y + 0.5);
        if (this.#over === "kinds") this.#set(raster, y * raster.side + x, Math.floor(u), Math.floor(v));
        else this.#blend(raster, y * raster.side + x, u - 0.5, v - 0.5);
      }
    }
    return box;
  }

  /** The mask as it lies now. @param {number} side */
  outline(side) {
    const mask = new Uint8Array(side * side);
    for (let at = 0; at < mask.length; at++) {
      const [u, v] = this.#in((at % side) + 0.5, Math.floor(at / side) + 0.5).map(Math.floor);
      if (this.#at(u, v)) mask[at] = 1;
    }
    return mask;
  }

  /** @param {Raster} raster @param {number} at @param {number} u @param {number} v */
  #set(raster, at, u, v) {
    // Nothing of the background moves along with a thing.
    if (!this.#at(u, v) || !this.#values.planes[0][v * raster.side + u]) return;
    raster.planes.forEach((plane, i) => (plane[at] = this.#values.planes[i][v * raster.side + u]));
  }

  /** @param {Raster} raster @param {number} at @param {number} u @param {number} v */
  #blend(raster, at, u, v) {
    const side = raster.side;
    const [column, row] = [Math.floor(u), Math.floor(v)];
    let [share, value] = [0, 0];
    for (const [x, y] of [[column, row], [column + 1, row], [column, row + 1], [column + 1, row + 1]]) {
      const part = (1 - Math.abs(u - x)) * (1 - Math.abs(v - y));
      if (part <= 0 || !this.#at(x, y)) continue;
      share += part;
      value += part * this.#values.planes[0][y * side + x];
    }
    const below = raster.planes[0][at];
    raster.planes[0][at] = Math.round(this.#over === "max" ? Math.max(below, value) : below * (1 - share) + value);
  }

  /** @param {number} x @param {number} y */
  #at(x, y) {
    const side = this.#values.side;
    return x >= 0 && y >= 0 && x < side && y < side && this.#mask[y * side + x] > 0;
  }

  /** From where it is seen to where it was taken from. @param {number} x @param {number} y */
  #in(x, y) {
    const { x: middleX, y: middleY } = this.middle;
    const [offX, offY] = [x - middleX - this.x, y - middleY - this.y];
    const [cos, sin] = [Math.cos(this.angle) / this.scale, Math.sin(this.angle) / this.scale];
    const along = cos * offX + sin * offY;
    return [middleX + (this.mirrored ? -along : along), middleY + cos * offY - sin * offX];
  }

  /** The way back. @param {number} u @param {number} v */
  #out(u, v) {
    const { x: middleX, y: middleY } = this.middle;
    const [along, across] = [(this.mirrored ? middleX - u : u - middleX) * this.scale, (v - middleY) * this.scale];
    const [cos, sin] = [Math.cos(this.angle), Math.sin(this.angle)];
    return { x: middleX + this.x + cos * along - sin * across, y: middleY + this.y + sin * along + cos * across };
  }
}

/** What is left where a piece of soft values was: from the values left and right of it. @param {Raster} raster @param {Uint8Array} mask */
export function bridge(raster, mask) {
  const { side, planes: [values] } = raster;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!mask[y * side + x]) continue;
      const from = x;
      while (x < side && mask[y * side + x]) x++;
      const left = from > 0 ? values[y * side + from - 1] : x < side ? values[y * side + x] : 0;
      const right = x < side ? values[y * side + x] : left;
      for (let at = from; at < x; at++) values[y * side + at] = Math.round(left + ((right - left) * (at - from + 1)) / (x - from + 1));
    }
  }
}
