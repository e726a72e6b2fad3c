// @ts-check
// Numbers as people read them.

import { language, say } from "../language.js";

/** @param {number} bytes */
export function megabytes(bytes) {
  const value = bytes / 1e6;
  return value >= 10 ? String(Math.round(value)) : value.toLocaleString(language(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return say("view.seconds", { n: Math.max(1, Math.ceil(seconds)) });
  return say("view.minutes", { n: Math.ceil(seconds / 60) });
}

/** "a, b and c" @param {string[]} names */
export function list(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${say("view.and")} ${names[names.length - 1]}`;
}

/** A file name from a caption. @param {string} text @param {number} seed */
export function fileName(text, seed) {
  const words = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 48);
  return `${words || "composer"}-${seed}.png`;
}
