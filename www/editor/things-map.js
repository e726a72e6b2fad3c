// @ts-check
// Maps of things: which places are one thing, where the boundaries run, and what lies around. No DOM.

import { grown } from "./fill.js";

/** @import { Box, Raster } from "./raster.js" */

/** From here on a place counts as a boundary. */
const BOUNDARY = 128;
/** How many places beside a thing are still a little boundary in what the engine finds. */
const SOFT_EDGE = 4;

/**
 * The places of the thing at a place. Two things of one kind beside each other are told apart by the boundary between them.
 * @param {Raster} raster kinds and boundaries @param {number} x @param {number} y
 */
export function thingAt({ side, planes: [kinds, boundary] }, x, y) {
  const kind = kinds[y * side + x];
  const labels = new Uint16Array(side * side);
  const near = (/** @type {number} */ at) => [at % side < side - 1 ? at + 1 : -1, at + side, at % side > 0 ? at - 1 : -1, at - side].filter((next) => next >= 0 && next < labels.length && kinds[next] === kind);
  let last = 0;
  /** @param {number} from @param {boolean} across whether boundaries belong to it */
  const spread = (from, across) => {
    const waiting = [from];
    labels[from] = ++last;
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const next of near(at)) {
        if (labels[next] || (!across && boundary[next] >= BOUNDARY)) continue;
        labels[next] = last;
        waiting.push(next);
      }
    }
  };
  for (let at = 0; at < labels.length; at++) if (kinds[at] === kind && !labels[at] && boundary[at] < BOUNDARY) spread(at, false);
  // A boundary belongs to the thing beside it, and rather to the one on its right and below: there boundaries are drawn.
  for (let more = true; more; ) {
    more = false;
    const before = labels.slice();
    for (let at = 0; at < labels.length; at++) {
      if (kinds[at] !== kind || before[at]) continue;
      const beside = near(at).find((next) => before[next]);
      if (beside !== undefined) more = Boolean((labels[at] = before[beside]));
    }
  }
  // What is thinner than its own boundary.
  for (let at = 0; at < labels.length; at++) if (kinds[at] === kind && !labels[at]) spread(at, true);
  return Uint8Array.from(labels, (label) => Number(label === labels[y * side + x]));
}

/** The places that decide about a boundary: to the left and above. @param {number} at @param {number} side */
const neighbours = (at, side) => [at % side > 0 ? at - 1 : at, at >= side ? at - side : at];

/** Boundaries anew where kinds have changed: there one runs where the place to the left or above is of another kind. @param {Raster} raster @param {Raster} before @param {Box} box where to look */
export function bound({ side, planes: [kinds, boundary] }, before, { left, top, right, bottom }) {
  const changed = (/** @type {number} */ at) => kinds[at] !== before.planes[0][at];
  for (let y = top; y < Math.min(side, bottom + 1); y++) {
    for (let x = left; x < Math.min(side, right + 1); x++) {
      const at = y * side + x;
      const beside = neighbours(at, side);
      if (![at, ...beside].some(changed)) boundary[at] = before.planes[1][at];
      else boundary[at] = beside.some((next) => kinds[next] !== kinds[at]) ? 255 : 0;
    }
  }
}

/** Boundaries around a mask, between things of one kind too; those inside it stay. @param {Raster} raster @param {Uint8Array} mask */
export function boundAround({ side, planes: [kinds, boundary] }, mask) {
  const close = grown(mask, side);
  for (let at = 0; at < close.length; at++) {
    if (!close[at]) continue;
    const beside = neighbours(at, side);
    if (beside.some((next) => kinds[next] !== kinds[at])) boundary[at] = 255;
    else if (beside.some((next) => mask[next] !== mask[at])) boundary[at] = kinds[at] ? 255 : 0;
  }
}

/** Takes away the soft edge that the engine has seen around a mask, as far as it lies on one kind. @param {Raster} raster @param {Uint8Array} mask @param {number} kind */
export function soften({ side, planes: [kinds, boundary] }, mask, kind) {
  let close = mask;
  for (let i = 0; i < SOFT_EDGE; i++) close = grown(close, side);
  for (let at = 0; at < close.length; at++) {
    if (close[at] && kinds[at] === kind && boundary[at] && !neighbours(at, side).some((next) => kinds[next] !== kind)) boundary[at] = 0;
  }
}

/** The kind that lies around a mask most. @param {Raster} raster @param {Uint8Array} mask */
export function around({ side, planes: [kinds] }, mask) {
  const counts = new Uint32Array(256);
  grown(mask, side).forEach((set, at) => {
    if (set && !mask[at]) counts[kinds[at]]++;
  });
  return counts.indexOf(Math.max(...counts));
}
