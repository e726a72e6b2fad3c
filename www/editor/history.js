// @ts-check
// Undo and redo of a raster. A step keeps only the tiles that it has changed, as the difference by XOR: laid over the raster
// once it takes the step back, laid over it again it takes it forth. No DOM.

import { Raster, joined } from "./raster.js";

/** @import { Box } from "./raster.js" */

const TILE = 32;
/** Thousands of strokes; the oldest steps go first. */
const MOST_BYTES = 48e6;

/** @typedef {{ plane: number, box: Box, xor: Uint8Array }} Tile */

export class History {
  #raster;
  #most;
  /** @type {Tile[][]} */ #done = [];
  /** @type {Tile[][]} */ #undone = [];

  /** @param {Raster} raster that is painted on @param {number} [most] bytes that steps may take */
  constructor(raster, most = MOST_BYTES) {
    this.#raster = raster;
    this.#most = most;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** What all steps take. */
  get bytes() {
    return [...this.#done, ...this.#undone].flat().reduce((sum, { xor }) => sum + xor.length, 0);
  }

  /** Ends a step. Where nothing has changed there is none. @param {Raster} before @returns {boolean} whether there is one */
  remember(before) {
    const tiles = this.#raster.planes.flatMap((plane, i) => changedTiles(before.planes[i], plane, this.#raster.side, i));
    if (!tiles.length) return false;
    this.#done.push(tiles);
    this.#undone = [];
    while (this.#done.length > 1 && this.bytes > this.#most) this.#done.shift();
    return true;
  }

  /** @returns {Box | undefined} what has changed */
  undo() {
    return this.#move(this.#done, this.#undone);
  }

  /** @returns {Box | undefined} what has changed */
  redo() {
    return this.#move(this.#undone, this.#done);
  }

  /** @param {Tile[][]} from @param {Tile[][]} to */
  #move(from, to) {
    const step = from.pop();
    if (!step) return undefined;
    to.push(step);
    /** @type {Box | undefined} */ let box;
    for (const tile of step) {
      const plane = this.#raster.planes[tile.plane];
      let at = 0;
      for (let y = tile.box.top; y < tile.box.bottom; y++) {
        for (let x = tile.box.left; x < tile.box.right; x++) plane[y * this.#raster.side + x] ^= tile.xor[at++];
      }
      box = joined(box, tile.box);
    }
    return box;
  }
}

/** @param {Uint8Array} before @param {Uint8Array} after @param {number} side @param {number} plane @returns {Tile[]} */
function changedTiles(before, after, side, plane) {
  const tiles = [];
  for (let top = 0; top < side; top += TILE) {
    for (let left = 0; left < side; left += TILE) {
      const box = { left, top, right: Math.min(side, left + TILE), bottom: Math.min(side, top + TILE) };
      const xor = new Uint8Array((box.right - left) * (box.bottom - top));
      let [at, changed] = [0, 0];
      for (let y = top; y < box.bottom; y++) {
        for (let x = left; x < box.right; x++) changed |= xor[at++] = before[y * side + x] ^ after[y * side + x];
      }
      if (changed) tiles.push({ plane, box, xor });
    }
  }
  return tiles;
}
