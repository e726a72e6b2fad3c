// @ts-check
// Files and data URLs to pixels and back, all at the model's size.

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
  if (!found) throw new Error("This browser gives the page no canvas to draw on.");
  return found;
}

/** A picture, centre-cropped to a square of the model's size, on white. @param {Blob} file */
export async function squareFromFile(file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("This file is not a picture that the browser can open. PNG, JPEG, WebP, GIF and AVIF work.");
  });
  const canvas = square(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return canvas;
}

/** @param {string} url a data: URL */
export async function squareFromUrl(url) {
  const image = new Image();
  image.src = url;
  await image.decode().catch(() => {
    throw new Error("A picture inside the recipe cannot be opened.");
  });
  return square(image, image.naturalWidth, image.naturalHeight);
}

/** @param {CanvasImageSource} source @param {number} width @param {number} height */
function square(source, width, height) {
  const side = Math.min(width, height);
  const canvas = blank();
  const into = context(canvas, true);
  into.fillStyle = "#fff";
  into.fillRect(0, 0, SIZE, SIZE);
  into.imageSmoothingQuality = "high";
  into.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIZE, SIZE);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
export const pixels = (canvas) => context(canvas, true).getImageData(0, 0, canvas.width, canvas.height);

/** @param {HTMLCanvasElement} canvas */
export const dataUrl = (canvas) => canvas.toDataURL("image/png");
