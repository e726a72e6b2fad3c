// @ts-check
// Many pictures as one zip file, and back. Files pass through one after the other, so that a large gallery fits. Touches no DOM.

import { say } from "../language.js";

/** @typedef {{ name: string, time: number, png: Uint8Array<ArrayBuffer> }} Packed */

/** Larger zip files are refused unread; from others no more is taken than this. */
const MOST_BYTES = 500e6;
const MOST_FILES = 5000;
const MOST_FILE_BYTES = 40e6;
/** So little is unpacked at once: a few bytes of a hostile file can become a thousand times as many. */
const PIECE = 16_384;

// At run time, not at the top: few visitors need it.
const library = () => import("../vendor/fflate.js");

/** Whether a file begins as zip files do. @param {Blob} file */
export async function isZip(file) {
  const [p, k, three, four] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
}

/** @param {AsyncIterable<Packed>} files */
export async function pack(files) {
  const { Zip, ZipPassThrough } = await library();
  /** @type {Blob[]} */ const parts = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    // A blob each, which the browser may keep on disk.
    parts.push(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (chunk)]));
  });
  /** @type {Set<string>} */ const names = new Set();
  for await (const { name, time, png } of files) {
    // PNG files are compressed already.
    const entry = new ZipPassThrough(unused(name, names));
    entry.mtime = time;
    zip.add(entry);
    entry.push(png, true);
  }
  zip.end();
  return new Blob(parts, { type: "application/zip" });
}

/** @param {string} name @param {Set<string>} names those that are taken */
function unused(name, names) {
  const dot = name.lastIndexOf(".");
  let found = name;
  for (let i = 2; names.has(found); i++) found = `${name.slice(0, dot)}-${i}${name.slice(dot)}`;
  names.add(found);
  return found;
}

/**
 * Hands on each PNG file of a zip; what is no PNG file, or too large, is passed over.
 * @param {Blob} zip @param {(png: Uint8Array<ArrayBuffer>) => Promise<void>} onPng @param {() => void} onOther hears of each file that is passed over
 */
export async function unpack(zip, onPng, onOther) {
  if (zip.size > MOST_BYTES) throw new Error(say("gallery.zipLarge", { most: MOST_BYTES / 1e6 }));
  const { Unzip, UnzipInflate } = await library();
  /** @type {Uint8Array<ArrayBuffer>[]} */ const ready = [];
  let [files, bytes] = [0, 0];
  const unzip = new Unzip((file) => {
    if (file.name.endsWith("/")) return;
    if (++files > MOST_FILES || !/\.png$/i.test(file.name)) return onOther();
    /** @type {Uint8Array<ArrayBuffer>[]} */ let chunks = [];
    let length = 0;
    let refused = false;
    file.ondata = (error, chunk, final) => {
      length += chunk?.length ?? 0;
      bytes += chunk?.length ?? 0;
      if (refused) return;
      if (error || length > MOST_FILE_BYTES || bytes > MOST_BYTES) {
        refused = true;
        chunks = [];
        return onOther();
      }
      chunks.push(/** @type {Uint8Array<ArrayBuffer>} */ (chunk).slice());
      if (final) ready.push(joined(chunks, length));
    };
    try {
      file.start();
    } catch {
      // Packed in a way that nobody here unpacks; ondata has heard of it.
    }
  });
  unzip.register(UnzipInflate);
  const reader = zip.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    for (let at = 0; at < read.value.length; at += PIECE) {
      try {
        unzip.push(read.value.subarray(at, at + PIECE));
      } catch {
        await reader.cancel();
        throw new Error(say("gallery.zipBroken"));
      }
      for (let png = ready.shift(); png; png = ready.shift()) await onPng(png);
      if (bytes > MOST_BYTES) {
        await reader.cancel();
        throw new Error(say("gallery.zipLarge", { most: MOST_BYTES / 1e6 }));
      }
    }
  }
}

/** @param {Uint8Array<ArrayBuffer>[]} chunks @param {number} length */
function joined(chunks, length) {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
