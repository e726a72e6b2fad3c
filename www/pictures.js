// @ts-check
// Files and data URLs to pixels and back, all at the model's size. The engine can fit pictures, too; here it is the browser, which
// opens formats that the engine does not know, and shows a picture at once while the engine is still on its way or at work.

import { say } from "./language.js";

/** Width and height of every picture the model works with. */
export const SIZE = 256;

/** @param {number} size */
export function blank(size = SIZE) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {boolean} [often] whether its pixels are read back often */
export function context(canvas, often = false) {
  const found = canvas.getContext("2d", { willReadFrequently: often });
  if (!found) throw new Error(say("run.noCanvas"));
  return found;
}

/** Larger files are refused unread. */
const MOST_BYTES = 100e6;
const MOST_PIXELS = 50e6;

/**
 * The whole of a picture in a square of the model's size, as the engine fits pictures too: what stays free beside it takes the
 * mean colour of the edge there. On white, and the right way up as the camera noted it.
 * @param {Blob} file
 */
export async function squareFromFile(file) {
  if (file.size > MOST_BYTES) throw new Error(say("run.largeFile", { most: MOST_BYTES / 1e6 }));
  const size = await sizeOf(file);
  if (size > MOST_PIXELS) throw new Error(say("run.largePicture", { size: Math.round(size / 1e6), most: MOST_PIXELS / 1e6 }));
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new Error(say("run.noPicture"));
  });
  try {
    return fitted(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** How many pixels a picture has: an image element knows that from the first bytes, before any pixel is decoded. @param {Blob} file */
async function sizeOf(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error(say("run.noPicture")));
      image.src = url;
    });
    return image.naturalWidth * image.naturalHeight;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {CanvasImageSource} source @param {number} width @param {number} height */
function fitted(source, width, height) {
  const scale = SIZE / Math.max(width, height);
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const [left, top] = [wide, high].map((side) => Math.floor((SIZE - side) / 2));
  const canvas = blank();
  const into = context(canvas, true);
  into.fillStyle = "#fff";
  into.fillRect(0, 0, SIZE, SIZE);
  into.imageSmoothingQuality = "high";
  into.drawImage(source, left, top, wide, high);
  const fill = (/** @type {Uint8ClampedArray} */ edge, /** @type {[number, number, number, number]} */ box) => {
    const mean = [0, 1, 2].map((channel) => edge.reduce((sum, value, i) => (i % 4 === channel ? sum + value : sum), 0) / (edge.length / 4));
    into.fillStyle = `rgb(${mean.map(Math.round)})`;
    into.fillRect(...box);
  };
  const edge = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => into.getImageData(x, y, w, h).data;
  if (wide < SIZE) {
    fill(edge(left, 0, 1, SIZE), [0, 0, left, SIZE]);
    fill(edge(left + wide - 1, 0, 1, SIZE), [left + wide, 0, SIZE, SIZE]);
  } else if (high < SIZE) {
    fill(edge(0, top, SIZE, 1), [0, 0, SIZE, top]);
    fill(edge(0, top + high - 1, SIZE, 1), [0, top + high, SIZE, SIZE]);
  }
  return canvas;
}

/**
 * The centred square of a picture, as the engine takes it from a condition's own picture.
 * @param {string} url a data: URL @param {boolean} [smooth] false for maps, whose values must not be blended
 */
export async function squareFromUrl(url, smooth = true) {
  const image = new Image();
  image.src = url;
  await image.decode().catch(() => {
    throw new Error(say("run.brokenPicture"));
  });
  return square(image, image.naturalWidth, image.naturalHeight, smooth);
}

/** @param {CanvasImageSource} source @param {number} width @param {number} height @param {boolean} smooth */
function square(source, width, height, smooth) {
  const side = Math.min(width, height);
  const canvas = blank();
  const into = context(canvas, true);
  into.fillStyle = "#fff";
  into.fillRect(0, 0, SIZE, SIZE);
  into.imageSmoothingEnabled = smooth;
  into.imageSmoothingQuality = "high";
  into.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIZE, SIZE);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
export const pixels = (canvas) => context(canvas, true).getImageData(0, 0, canvas.width, canvas.height);

/** @param {HTMLCanvasElement} canvas */
export const dataUrl = (canvas) => canvas.toDataURL("image/png");
