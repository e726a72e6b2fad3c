// @ts-check
// A recipe as a link: the JSON, deflated, in the address after "#r=". It never leaves the browser unless the visitor sends it. Touches no DOM.

import { say } from "../language.js";

/** @import { Recipe } from "../types.d.ts" */

const MARK = "#r=";
/** Longer addresses are cut by messengers and mail programs. */
const MOST_LINK = 30_000;
/** What is read: a link a little longer than any of ours, and as much JSON as such a one could hold in earnest. */
const MOST_READ = 200_000;
const MOST_JSON = 4_000_000;

/** Whether an address brings a recipe along. @param {string} hash */
export const isLink = (hash) => hash.startsWith(MARK);

/** @param {Recipe} recipe @param {string} page address of this page @returns {Promise<string | undefined>} nothing where it would be too long */
export async function linkOf(recipe, page) {
  const packed = await through(new TextEncoder().encode(JSON.stringify(recipe)), () => new CompressionStream("deflate-raw"), Infinity);
  // Piece by piece: one call with all bytes as arguments has too many of them.
  const text = Array.from(packed, (byte) => String.fromCharCode(byte)).join("");
  const url = new URL(page);
  url.searchParams.delete("backend");
  url.hash = MARK + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return url.href.length > MOST_LINK ? undefined : url.href;
}

/**
 * The JSON that a link holds. What it says is for the engine to check.
 * @param {string} hash @returns {Promise<string>}
 */
export async function jsonIn(hash) {
  const text = hash.slice(MARK.length);
  if (text.length > MOST_READ) throw new Error(say("gallery.linkLong"));
  let packed;
  try {
    packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Error(say("gallery.linkBroken"));
  }
  return new TextDecoder().decode(await through(packed, () => new DecompressionStream("deflate-raw"), MOST_JSON));
}

/**
 * The smallest file that the engine takes for a saved picture's: only a recipe, no picture. So links pass the same check as dropped files.
 * @param {string} json @returns {Uint8Array<ArrayBuffer>}
 */
export function carrier(json) {
  const text = new TextEncoder().encode(`composer-recipe\0\0\0\0\0${json}`);
  const file = new Uint8Array(8 + 12 + text.length);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  new DataView(file.buffer).setUint32(8, text.length);
  file.set(new TextEncoder().encode("iTXt"), 12);
  file.set(text, 16);
  return file;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes @param {() => GenericTransformStream} open @param {number} most bytes that may come out
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function through(bytes, open, most) {
  if (!("CompressionStream" in globalThis)) throw new Error(say("gallery.noLinks"));
  /** @type {Uint8Array<ArrayBuffer>[]} */ const chunks = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(open()).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value);
      length += read.value.length;
      if (length > most) break;
    }
  } catch {
    throw new Error(say("gallery.linkBroken"));
  }
  if (length > most) {
    // A few bytes can unpack to gigabytes; nobody waits for the rest.
    await reader.cancel();
    throw new Error(say("gallery.linkLong"));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
