// @ts-check
// Undo and redo of a raster, back to the beginning. A step keeps only the tiles that it has changed, as the difference by XOR: laid
// over the raster once it takes the step back, laid over it again it takes it forth. Runs of one value are packed, so that a
// stroke takes a kilobyte or two, and an evening of them little. No DOM.

import { Raster, joined } from "./raster.js";

/** @import { Box } from "./raster.js" */

const TILE = 32;

/** `runs`: a count and a value, again and again, row by row. @typedef {{ plane: number, box: Box, runs: Uint8Array }} Tile */

export class History {
  #raster;
  /** @type {Tile[][]} */ #done = [];
  /** @type {Tile[][]} */ #undone = [];

  /** @param {Raster} raster that is painted on */
  constructor(raster) {
    this.#raster = raster;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** What all steps take. */
  get bytes() {
    return [...this.#done, ...this.#undone].flat().reduce((sum, { runs }) => sum + runs.length, 0);
  }

  /** Ends a step. Where nothing has changed there is none. @param {Raster} before @returns {boolean} whether there is one */
  remember(before) {
    const tiles = this.#raster.planes.flatMap((plane, i) => changedTiles(before.planes[i], plane, this.#raster.side, i));
    if (!tiles.length) return false;
    this.#done.push(tiles);
    this.#undone = [];
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
      const xor = unpacked(tile.runs);
      let at = 0;
      for (let y = tile.box.top; y < tile.box.bottom; y++) {
        for (let x = tile.box.left; x < tile.box.right; x++) plane[y * this.#raster.side + x] ^= xor[at++];
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
      if (changed) tiles.push({ plane, box, runs: packed(xor) });
    }
  }
  return tiles;
}

/** @param {Uint8Array} bytes */
function packed(bytes) {
  const runs = [];
  for (let from = 0, to = 0; from < bytes.length; from = to) {
    while (to < bytes.length && bytes[to] === bytes[from] && to - from < 255) to++;
    runs.push(to - from, bytes[from]);
  }
  return Uint8Array.from(runs);
}

/** @param {Uint8Array} runs */
function unpacked(runs) {
  const bytes = new Uint8Array(TILE * TILE);
  for (let i = 0, at = 0; i < runs.length; i += 2) {
    bytes.fill(runs[i + 1], at, at + runs[i]);
    at += runs[i];
  }
  return bytes;
}
