// @ts-check
// From what a control holds to a raster that can be edited, and back to what a recipe holds.

import { blank, context, pixels, squareFromUrl } from "../pictures.js";
import { mapOf, readMap } from "../things.js";
import { Raster } from "./raster.js";

/** @import { Kind } from "./kinds.js" */

/** What is begun with: a picture, a drawing, or a map of things. Nothing: an empty sheet. @typedef {{ url?: string, canvas?: HTMLCanvasElement, things?: { categories: Uint8Array, boundary: Float32Array } }} Source */

/** @param {Kind} kind @param {Source | undefined} source @returns {Promise<Raster>} */
export async function rasterOf(kind, source) {
  const raster = new Raster(kind.side, kind.planes);
  if (kind.id === "things") {
    const things = source?.things ?? (source?.url ? readMap(pixels(await squareFromUrl(source.url, false))) : undefined);
    if (things) {
      raster.planes[0].set(things.categories);
      raster.planes[1].set(Uint8Array.from(things.boundary, (value) => Math.round(value * 255)));
    }
    return raster;
  }
  const from = source?.canvas ?? (source?.url ? await squareFromUrl(source.url) : undefined);
  if (!from) return raster;
  const canvas = blank(kind.side);
  const into = context(canvas, true);
  into.drawImage(from, 0, 0, kind.side, kind.side);
  const { data } = pixels(canvas);
  raster.planes[0].forEach((_, at, values) => {
    // As the engine weighs them.
    const light = Math.round(0.299 * data[at * 4] + 0.587 * data[at * 4 + 1] + 0.114 * data[at * 4 + 2]);
    values[at] = kind.id === "sketch" ? 255 - light : kind.sharp ? (light >= 128 ? 255 : 0) : light;
  });
  return raster;
}

/** What the recipe gets. @param {Kind} kind @param {Raster} raster @returns {string} a data URL */
export function urlOf(kind, { planes: [values, boundary], side }) {
  if (kind.id === "things") return mapOf(values, Float32Array.from(boundary, (value) => value / 255));
  return canvasOf(side, values, (value) => [value, value, value, 255]).toDataURL("image/png");
}

/** A sketch as lines on nothing, for the pad on the page. @param {Raster} raster */
export const linesOf = ({ side, planes: [values] }) => canvasOf(side, values, (value) => [0, 0, 0, value]);

/** @param {number} side @param {Uint8Array} values @param {(value: number) => number[]} look */
function canvasOf(side, values, look) {
  const canvas = blank(side);
  const image = new ImageData(side, side);
  values.forEach((value, at) => image.data.set(look(value), at * 4));
  context(canvas).putImageData(image, 0, 0);
  return canvas;
}
