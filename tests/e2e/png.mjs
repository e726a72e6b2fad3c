// @ts-check
// Just enough of PNG to compare pictures: 8 bits, RGB or RGBA, not interlaced.

import zlib from "node:zlib";

/** @param {Uint8Array} bytes @returns {{ width: number, height: number, rgb: Uint8Array, alpha: Uint8Array }} alpha is 255 where the file has none */
export function decodePng(bytes) {
  const file = Buffer.from(bytes);
  let [width, height, channels] = [0, 0, 0];
  const data = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      channels = /** @type {Record<number, number>} */ ({ 2: 3, 6: 4 })[body[9]];
      if (body[8] !== 8 || !channels || body[12] !== 0) throw new Error("a kind of PNG that the tests do not read");
    }
    if (type === "IDAT") data.push(body);
    at += 12 + length;
  }
  const raw = zlib.inflateSync(Buffer.concat(data));
  const stride = width * channels;
  const out = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height).fill(255);
  let line = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    const next = Uint8Array.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? next[x - channels] : 0;
      const up = line[x];
      const corner = x >= channels ? line[x - channels] : 0;
      next[x] += [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
    }
    for (let x = 0; x < width; x++) {
      out.set(next.subarray(x * channels, x * channels + 3), (y * width + x) * 3);
      if (channels === 4) alpha[y * width + x] = next[x * channels + 3];
    }
    line = next;
  }
  return { width, height, rgb: out, alpha };
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Mean and largest difference of two pictures, in steps of 1/255. @param {Uint8Array} one @param {Uint8Array} other */
export function difference(one, other) {
  const [a, b] = [decodePng(one), decodePng(other)];
  if (a.width !== b.width || a.height !== b.height) throw new Error(`${a.width}x${a.height} against ${b.width}x${b.height}`);
  let [sum, most] = [0, 0];
  for (let i = 0; i < a.rgb.length; i++) {
    const d = Math.abs(a.rgb[i] - b.rgb[i]);
    sum += d;
    most = Math.max(most, d);
  }
  return { mean: sum / a.rgb.length, most };
}

/**
 * The share of blocks of 16 x 16 pixels whose mean brightness differs by more than 8 of 255: how a page is laid out, whatever
 * exactly its letters look like.
 * @param {Uint8Array} one @param {Uint8Array} other
 */
export function changedBlocks(one, other) {
  const side = 16;
  const [a, b] = [decodePng(one), decodePng(other)];
  if (a.width !== b.width || a.height !== b.height) throw new Error(`${a.width}x${a.height} against ${b.width}x${b.height}`);
  const columns = Math.ceil(a.width / side);
  const sums = new Float64Array(columns * Math.ceil(a.height / side));
  for (let i = 0; i < a.rgb.length; i++) {
    const pixel = Math.floor(i / 3);
    sums[Math.floor(Math.floor(pixel / a.width) / side) * columns + Math.floor((pixel % a.width) / side)] += a.rgb[i] - b.rgb[i];
  }
  return sums.filter((sum) => Math.abs(sum) > 8 * 3 * side * side).length / sums.length;
}

/** How much there is to see: the standard deviation of all values. @param {Uint8Array} png */
export function contrast(png) {
  const { rgb } = decodePng(png);
  const mean = rgb.reduce((sum, value) => sum + value, 0) / rgb.length;
  return Math.sqrt(rgb.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rgb.length);
}
