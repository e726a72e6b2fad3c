// @ts-check
// Keeps what is typed and drawn across a reload or a crash of the tab. On this device only.

/** @import { Snapshot } from "./types.d.ts" */

const KEY = "composer-draft";
const AFTER_MS = 600;

/** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
/** @type {(() => Snapshot) | undefined} */ let latest;

/** @param {() => Snapshot} snapshot asked for a moment later, so that a stroke being drawn costs nothing */
export function saveSoon(snapshot) {
  latest = snapshot;
  clearTimeout(timer);
  timer = setTimeout(save, AFTER_MS);
}

function save() {
  clearTimeout(timer);
  if (!latest) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(latest()));
  } catch {
    // No room or no storage in this window: the page works on without a draft.
  }
  latest = undefined;
}

addEventListener("pagehide", save);

/** @returns {Snapshot | undefined} */
export function savedDraft() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return found?.recipe?.conditions && Array.isArray(found.off) ? found : undefined;
  } catch {
    return undefined;
  }
}
