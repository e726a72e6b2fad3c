// @ts-check
// What can be edited: what its raster holds, how it looks, and which tools it takes. No DOM.

import { colorOf } from "../things.js";

/** @import { Box, Raster } from "./raster.js" */
/** @import { Over } from "./float.js" */
/** @typedef {"brush" | "eraser" | "line" | "fill" | "lasso" | "dropper"} ToolId */
/** @typedef {"sketch" | "mask" | "depth" | "light" | "things"} KindId */

/**
 * @typedef {object} Kind
 * @property {KindId} id
 * @property {number} side of the raster
 * @property {number} planes
 * @property {Over} over how a moved piece lies on what is below
 * @property {boolean} sharp whether a place is one thing or another for the engine, never something between: a kind, or free to change or not
 * @property {boolean} shaded whether what is painted is a value from a range
 * @property {boolean} inverts
 * @property {number} ink what a fresh brush paints
 * @property {number} tolerance of the fill tool, at first
 * @property {ToolId[]} tools
 * @property {{ brush: number, eraser: number, line: number }} sizes in the model's pixels
 * @property {number} largest
 * @property {number} onion how much of the picture below shines through at first, 0 to 1
 * @property {(value: number, boundary: number) => [number, number, number, number]} look of a value: red, green, blue, alpha
 */

const DRAWING = /** @type {ToolId[]} */ (["brush", "eraser", "line", "fill", "lasso"]);
const VEIL = /** @type {const} */ ([255, 61, 127]);
const INK = /** @type {const} */ ([23, 24, 28]);

/** @type {(value: number) => [number, number, number, number]} */
const grey = (value) => [value, value, value, 255];

/** @type {Omit<Kind, "id">} */
const SHADES = {
  side: 256, planes: 1, over: "mix", sharp: false, shaded: true, inverts: true, ink: 204, tolerance: 16,
  tools: [...DRAWING, "dropper"], sizes: { brush: 24, eraser: 32, line: 8 }, largest: 96, onion: 0.25, look: grey,
};

/** @type {Record<KindId, Kind>} */
export const KINDS = {
  // As many pixels as the pad on the page, so that nothing is lost on the way there and back.
  sketch: {
    id: "sketch", side: 768, planes: 1, over: "max", sharp: false, shaded: false, inverts: true, ink: 255, tolerance: 127,
    tools: DRAWING, sizes: { brush: 3, eraser: 14, line: 3 }, largest: 40, onion: 0.35, look: (value) => [...INK, value],
  },
  mask: {
    id: "mask", side: 256, planes: 1, over: "max", sharp: true, shaded: false, inverts: true, ink: 255, tolerance: 0,
    tools: DRAWING, sizes: { brush: 28, eraser: 28, line: 12 }, largest: 96, onion: 1, look: (value) => [...VEIL, value * 0.55],
  },
  depth: { id: "depth", ...SHADES },
  light: { id: "light", ...SHADES, onion: 0 },
  things: {
    id: "things", side: 64, planes: 2, over: "kinds", sharp: true, shaded: false, inverts: false, ink: 1, tolerance: 0,
    tools: [...DRAWING, "dropper"], sizes: { brush: 20, eraser: 20, line: 8 }, largest: 96, onion: 0.25,
    look(value, boundary) {
      const [color, light] = [parseInt(colorOf(value).slice(1), 16), 1 - (0.55 * boundary) / 255];
      return [(color >> 16) * light, ((color >> 8) & 255) * light, (color & 255) * light, 255];
    },
  },
};

/** Puts a part of a raster on pixels of the same size. @param {Kind} kind @param {Raster} raster @param {Uint8ClampedArray} rgba @param {Box} box */
export function picture({ look }, { side, planes: [values, boundary] }, rgba, { left, top, right, bottom }) {
  /** Each look is worked out once. @type {Map<number, [number, number, number, number]>} */ const known = new Map();
  for (let y = top; y < bottom; y++) {
    for (let at = y * side + left; at < y * side + right; at++) {
      const key = values[at] * 256 + (boundary ? boundary[at] : 0);
      let color = known.get(key);
      if (!color) known.set(key, (color = look(values[at], key % 256)));
      for (let i = 0; i < 4; i++) rgba[at * 4 + i] = color[i];
    }
  }
}
