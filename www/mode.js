// @ts-check
// Which of the two ways in the page shows: the studio, or the gallery of tasks. Kept for the next visit, on this device only.

/** @import { Snapshot } from "./types.d.ts" */

/** @typedef {"studio" | "tasks"} Mode */

const KEY = "composer-mode";

/** @param {unknown} value @returns {value is Mode} */
const isMode = (value) => value === "studio" || value === "tasks";

/** As the address says (?mode=studio), else as last time; else the studio if something was left there, and the gallery for a first visit. @param {string | null} asked @param {Snapshot | undefined} draft @returns {Mode} */
export function firstMode(asked, draft) {
  if (isMode(asked)) return asked;
  const saved = savedMode();
  if (saved) return saved;
  const { conditions = {}, images = [], expression } = draft?.recipe ?? {};
  return Object.keys(conditions).length || images.length || expression ? "studio" : "tasks";
}

function savedMode() {
  try {
    const saved = localStorage.getItem(KEY);
    return isMode(saved) ? saved : undefined;
  } catch {
    return undefined; // No storage in this window.
  }
}

/** @param {Mode} mode */
export function keepMode(mode) {
  try {
    localStorage.setItem(KEY, mode);
  } catch {
    // The choice holds as long as the page does.
  }
}
