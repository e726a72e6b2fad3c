// @ts-check
// A finished picture as other files: a thumbnail, a PNG without its recipe, a larger copy, a sticker.

import { say } from "../language.js";
import { blank, context } from "../pictures.js";
import { enlarged } from "./resample.js";
import { cutOut } from "./sticker.js";

const THUMBNAIL = 128;
/** Larger files from outside are none of ours, and would only fill the memory. */
const MOST_SIDE = 2048;

/** @param {Uint8Array<ArrayBuffer>} png @param {number} side */
async function drawn(png, side = 0) {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  // The header says how large it is before anything is unpacked.
  if (png.length < 24 || view.getUint32(16) > MOST_SIDE || view.getUint32(20) > MOST_SIDE) throw new Error(say("gallery.lost"));
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
  try {
    const canvas = blank(side || bitmap.width);
    if (!side) canvas.height = bitmap.height;
    const into = context(canvas, true);
    into.imageSmoothingQuality = "high";
    into.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    bitmap.close();
  }
}

/** @param {HTMLCanvasElement} canvas @param {string} [type] @returns {Promise<Blob>} */
async function blobOf(canvas, type = "image/png") {
  /** @type {Blob | null} */ const blob = await new Promise((done) => canvas.toBlob(done, type));
  if (!blob) throw new Error(say("gallery.noCopy"));
  return blob;
}

/** @param {ImageData} image */
function pngOf(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  context(canvas).putImageData(image, 0, 0);
  return blobOf(canvas);
}

/** @param {Uint8Array<ArrayBuffer>} png */
async function pixelsOf(png) {
  const canvas = await drawn(png);
  return context(canvas, true).getImageData(0, 0, canvas.width, canvas.height);
}

/** Small enough for a list of hundreds. @param {Uint8Array<ArrayBuffer>} png */
export const thumbnail = async (png) => blobOf(await drawn(png, THUMBNAIL), "image/webp");

/** The same picture, and nothing but the picture. @param {Uint8Array<ArrayBuffer>} png */
export const plain = async (png) => blobOf(await drawn(png));

/** @param {Uint8Array<ArrayBuffer>} png @param {number} times */
export async function larger(png, times) {
  const { width, height, data } = await pixelsOf(png);
  const copy = enlarged({ width, height, data }, times);
  return pngOf(new ImageData(copy.data, copy.width, copy.height));
}

/**
 * What is in the picture, without its background.
 * @param {Uint8Array<ArrayBuffer>} png
 * @param {(picture: ImageData) => Promise<ArrayLike<number> | undefined>} thingsIn 64 x 64 categories, where somebody knows
 */
export async function sticker(png, thingsIn) {
  const picture = await pixelsOf(png);
  const things = await thingsIn(await pixelsOf(png));
  const cut = cutOut(picture, things);
  if (!cut) throw new Error(say("gallery.noSticker"));
  return pngOf(new ImageData(cut, picture.width, picture.height));
}
