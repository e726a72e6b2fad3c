// @ts-check
// What a visitor writes to name a model, as the address of its folder.

import { say } from "../language.js";

/**
 * @param {string} text a folder or its manifest.json, absolute or as seen from the page @param {string} base
 * @param {boolean} [anywhere] whether it may lie on another site, which only the visitor's own word allows
 * @returns {string} with a slash at its end
 */
export function folderOf(text, base, anywhere = false) {
  const written = text.trim();
  const url = written ? URL.parse(written, base) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(say("settings.model.unreadable"));
  if (!anywhere && isElsewhere(url.href, base)) throw new Error(say("view.modelElsewhere"));
  const path = url.pathname.replace(/\/manifest\.json$/, "/");
  return url.origin + (path.endsWith("/") ? path : `${path}/`);
}

/** Whether a model lies on another site than the page. @param {string} address @param {string} base */
export const isElsewhere = (address, base) => new URL(address).origin !== new URL(base).origin;
