// @ts-check
// One picture large: a condition, or one of the visitor's pictures, with a line that says where it comes from.

import { closable } from "./dialogs.js";

/**
 * @typedef {object} Look
 * @property {string} title
 * @property {string} url
 * @property {string} source where it comes from
 * @property {string} [kind] for its looks: maps of things show their places
 */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("look"));
closable(dialog);

/** @param {Look} look */
export function showLarge({ title, url, source, kind = "" }) {
  const image = /** @type {HTMLImageElement} */ (dialog.querySelector("img"));
  /** @type {HTMLElement} */ (dialog.querySelector("h2")).textContent = title;
  /** @type {HTMLElement} */ (dialog.querySelector("figcaption")).textContent = source;
  Object.assign(image, { src: url, alt: `${title}. ${source}` });
  dialog.dataset.kind = kind;
  dialog.showModal();
}
