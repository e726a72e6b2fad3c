// @ts-check
// What a visitor writes to name a model, as the address of its folder.

import { say } from "../language.js";

/** @param {string} text a folder or its manifest.json, absolute or as seen from the page @param {string} base @returns {string} with a slash at its end */
export function folderOf(text, base) {
  const written = text.trim();
  const url = written ? URL.parse(written, base) : null;
  if (!url) throw new Error(say("settings.model.unreadable"));
  if (url.origin !== new URL(base).origin) throw new Error(say("settings.model.elsewhere"));
  const path = url.pathname.replace(/\/manifest\.json$/, "/");
  return url.origin + (path.endsWith("/") ? path : `${path}/`);
}
