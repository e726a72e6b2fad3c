// @ts-check
// Maps of things as people can read them: a colour for each category, names for the colours, a line where two things meet.
// The engine reads and writes maps, too; here they are painted on, and no stroke can wait for an answer of the worker's.

import { sayOf } from "./language.js";

const SIDE = 64;
/** Red of an editable map, per category. */
const RED_PER_CATEGORY = 16;
const BACKGROUND = "#d9dce3";
/** One for each category after the background; neighbours in this list are far apart to the eye. */
const COLORS = ["#e2553d", "#3f51d6", "#f2b632", "#2f9e6e", "#8a4fd0", "#1fa7c9", "#d6478f", "#7a5c43", "#93b82c", "#4a6b8a", "#f08a3c", "#b39ddb", "#00796b", "#c2185b", "#6d6875"];
/** Less than this much of a map is not worth a name. */
const LEAST_SHARE = 0.01;

/** @param {number} category */
export const colorOf = (category) => (category === 0 ? BACKGROUND : COLORS[(category - 1) % COLORS.length]);

/** The map as a picture to look at. @param {ArrayLike<number>} categories 64 x 64 @param {ArrayLike<number>} boundary in [0, 1] */
export function thingsPicture(categories, boundary) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const color = parseInt(colorOf(categories[i]).slice(1), 16);
    const light = 1 - 0.55 * boundary[i];
    image.data.set([(color >> 16) * light, ((color >> 8) & 255) * light, (color & 255) * light, 255], i * 4);
  }
  return image;
}

/** The same as a data URL. @param {ArrayLike<number>} categories @param {ArrayLike<number>} boundary */
export const thingsUrl = (categories, boundary) => urlOf(thingsPicture(categories, boundary));

/** The map as the engine reads one: red tells the category, green the boundary. @param {ArrayLike<number>} categories @param {ArrayLike<number>} boundary */
export function mapOf(categories, boundary) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    image.data.set([categories[i] * RED_PER_CATEGORY + RED_PER_CATEGORY / 2, Math.round(boundary[i] * 255), 0, 255], i * 4);
  }
  return urlOf(image);
}

/** @param {ImageData} image */
function urlOf(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

/** What a map says, as the engine reads it. @param {ImageData} map of any size */
export function readMap(map) {
  const categories = new Uint8Array(SIDE * SIDE);
  const boundary = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)].map((at) => Math.floor(((2 * at + 1) * map.width) / (2 * SIDE)));
    const at = (y * map.width + x) * 4;
    categories[i] = Math.floor(map.data[at] / RED_PER_CATEGORY);
    boundary[i] = map.data[at + 1] / 255;
  }
  return { categories, boundary };
}

/** A map as the engine reads one, as a picture to look at. @param {ImageData} map of any size */
export function seenMap(map) {
  const { categories, boundary } = readMap(map);
  return thingsUrl(categories, boundary);
}

/** The categories of a map that can be seen, most of it first. @param {ArrayLike<number>} categories @returns {number[]} */
export function seenIn(categories) {
  /** @type {Map<number, number>} */ const counts = new Map();
  for (let i = 0; i < categories.length; i++) counts.set(categories[i], (counts.get(categories[i]) ?? 0) + 1);
  return [...counts].filter(([category, count]) => category !== 0 && count > LEAST_SHARE * categories.length).sort((a, b) => b[1] - a[1]).map(([category]) => category);
}

/** A kind of thing in the visitor's language, if it has a word for it. @param {string} name as the model calls it */
export const kindName = (name) => sayOf("editor.kinds", name);
