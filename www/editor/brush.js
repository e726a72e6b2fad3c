// @ts-check
// A round brush on a plane of coverage: 0 is untouched, 255 fully covered. Where a stroke crosses itself the larger coverage
// stands, so that a half clear brush does not darken itself. No DOM.

import { boxAround } from "./raster.js";

/** @import { Box } from "./raster.js" */
/** In the raster's places, the middle of the first one at 0.5. @typedef {{ x: number, y: number, width: number }} Spot */

/** A curve is drawn in pieces about this long. */
const PIECE = 3;
const LINE_PIECE = 24;

/**
 * Covers what a brush covers on its straight way between two spots; its width may change on the way.
 * @param {Uint8Array} coverage @param {number} side @param {Spot} from @param {Spot} to @param {number} hardness 0 fades from the middle on, 1 has a sharp edge
 * @returns {Box} where
 */
export function dab(coverage, side, from, to, hardness) {
  const reach = Math.max(from.width, to.width) / 2 + 1;
  const box = boxAround(side, Math.min(from.x, to.x) - reach, Math.min(from.y, to.y) - reach, Math.max(from.x, to.x) + reach, Math.max(from.y, to.y) + reach);
  const [wayX, wayY] = [to.x - from.x, to.y - from.y];
  const length = wayX * wayX + wayY * wayY;
  for (let y = box.top; y < box.bottom; y++) {
    for (let x = box.left; x < box.right; x++) {
      const [offX, offY] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length ? Math.min(1, Math.max(0, (offX * wayX + offY * wayY) / length)) : 0;
      const radius = (from.width + (to.width - from.width) * along) / 2;
      const [awayX, awayY] = [offX - wayX * along, offY - wayY * along];
      const inside = radius + 0.5 - Math.sqrt(awayX * awayX + awayY * awayY);
      if (inside <= 0) continue;
      const share = Math.min(1, inside / Math.max(1, radius * (1 - hardness)));
      // A straight fade shows a rim where it begins; this one does not.
      const covered = Math.round(255 * (hardness < 1 ? share * share * (3 - 2 * share) : share));
      const at = y * side + x;
      if (covered > coverage[at]) coverage[at] = covered;
    }
  }
  return box;
}

/** Spots along the curve from the middle of the first two to the middle of the last two: such curves join smoothly. @param {Spot} first @param {Spot} second @param {Spot} third @returns {Spot[]} */
export function curve(first, second, third) {
  const [start, end] = [middle(first, second), middle(second, third)];
  const pieces = Math.max(1, Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / PIECE));
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const t = i / pieces;
    const mix = (/** @type {"x" | "y" | "width"} */ key) => (1 - t) ** 2 * start[key] + 2 * t * (1 - t) * second[key] + t ** 2 * end[key];
    return { x: mix("x"), y: mix("y"), width: mix("width") };
  });
}

/** Spots along a straight line: short pieces look at far fewer places than one long one. @param {Spot} from @param {Spot} to @returns {Spot[]} */
export function pieces(from, to) {
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / LINE_PIECE));
  const mix = (/** @type {"x" | "y" | "width"} */ key, /** @type {number} */ t) => from[key] + (to[key] - from[key]) * t;
  return Array.from({ length: count + 1 }, (_, i) => ({ x: mix("x", i / count), y: mix("y", i / count), width: mix("width", i / count) }));
}

/** @param {Spot} one @param {Spot} other @returns {Spot} */
export const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, width: (one.width + other.width) / 2 });

/**
 * The end of a line, turned so that its angle is a multiple of 15 degrees.
 * @template {{ x: number, y: number }} At
 * @param {{ x: number, y: number }} from @param {At} to @returns {At}
 */
export function straightened(from, to) {
  const turn = Math.PI / 12;
  const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / turn) * turn;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return { ...to, x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
}
