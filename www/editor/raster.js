// @ts-check
// A square of bytes, one or more planes deep, and pieces of it. No DOM.

/** A part of a raster; right and bottom are excluded. @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

export class Raster {
  /** Row by row. @type {Uint8Array[]} */ planes;

  /** @param {number} side @param {number} planes */
  constructor(side, planes) {
    this.side = side;
    this.planes = Array.from({ length: planes }, () => new Uint8Array(side * side));
  }

  copy() {
    const copy = new Raster(this.side, 0);
    copy.planes = this.planes.map((plane) => plane.slice());
    return copy;
  }

  /** @param {Raster} other @returns {boolean} */
  equals(other) {
    return this.planes.every((plane, i) => plane.every((value, at) => value === other.planes[i][at]));
  }

  /** Takes a part of another raster of the same size over. @param {Raster} other @param {Box} box */
  take(other, { left, top, right, bottom }) {
    this.planes.forEach((plane, i) => {
      for (let y = top; y < bottom; y++) {
        const row = y * this.side;
        plane.set(other.planes[i].subarray(row + left, row + right), row + left);
      }
    });
  }

  /** All of it. @returns {Box} */
  get whole() {
    return { left: 0, top: 0, right: this.side, bottom: this.side };
  }
}

/** Whole places that cover these bounds, no further than the raster goes. @param {number} side @param {number} left @param {number} top @param {number} right @param {number} bottom @returns {Box} */
export function boxAround(side, left, top, right, bottom) {
  const clamp = (/** @type {number} */ value) => Math.min(side, Math.max(0, value));
  return { left: clamp(Math.floor(left)), top: clamp(Math.floor(top)), right: clamp(Math.ceil(right)), bottom: clamp(Math.ceil(bottom)) };
}

/** @param {Box | undefined} one @param {Box} other @returns {Box} */
export function joined(one, other) {
  if (!one) return other;
  return { left: Math.min(one.left, other.left), top: Math.min(one.top, other.top), right: Math.max(one.right, other.right), bottom: Math.max(one.bottom, other.bottom) };
}

/** Where a mask is set, tightly; nothing where it is nowhere. @param {Uint8Array} mask @param {number} side @returns {Box | undefined} */
export function boxOf(mask, side) {
  /** @type {Box | undefined} */ let box;
  for (let y = 0; y < side; y++) {
    const row = mask.subarray(y * side, (y + 1) * side);
    const left = row.findIndex((value) => value > 0);
    if (left < 0) continue;
    box = joined(box, { left, top: y, right: row.findLastIndex((value) => value > 0) + 1, bottom: y + 1 });
  }
  return box;
}
