// @ts-check
// Copies of the page's templates in the visitor's language. Templates stay in English; this says which sentence stands where in them.

import { say, translate } from "../language.js";

/** What an element says: its text, what points at it, and its name for those who do not see it. @typedef {{ text?: string, title?: string, label?: string }} Says */

/** By template and selector, keys of sentences. @type {Record<string, Record<string, Says>>} */
export const SENTENCES = {
  "tuning-template": {
    ".switch .sr": { text: "controls.tuning.use" },
    summary: { title: "controls.tuning.title", label: "controls.tuning.title" },
    "label:has([data-key=weight])": { text: "controls.tuning.weight" },
    "label:has([data-key=start])": { text: "controls.tuning.from" },
    "label:has([data-key=end])": { text: "controls.tuning.until" },
    ".hint": { text: "controls.tuning.hint" },
  },
  "tools-template": {
    "[role=radiogroup]": { label: "controls.painter.tool" },
    "label:has([value=brush])": { title: "editor.tools.brush" },
    "[value=brush] + span .sr": { text: "editor.tools.brush" },
    "label:has([value=eraser])": { title: "editor.tools.eraser" },
    "[value=eraser] + span .sr": { text: "editor.tools.eraser" },
    ".size": { title: "controls.painter.size" },
    ".size .sr": { text: "controls.painter.size" },
    "[data-act=undo]": { title: "editor.titled.undo", label: "editor.undo" },
    "[data-act=redo]": { title: "editor.titled.redo", label: "editor.redo" },
    "[data-act=clear]": { title: "editor.clear", label: "editor.clear" },
    "[data-act=pick]": { title: "controls.painter.open", label: "controls.painter.open" },
  },
  "palette-template": {
    "[data-act=clear]": { title: "controls.palette.clear", label: "controls.palette.clear" },
    ".palette-empty": { text: "controls.palette.empty" },
    ".swatches": { label: "controls.palette.chosen" },
    "[data-act=add]": { text: "controls.palette.add" },
    "[data-act=pick]": { text: "controls.palette.fromPicture" },
  },
  "mixture-template": { "label:has(select)": { text: "controls.mixture.with" } },
  "shelf-template": { "[data-act=remove]": { title: "shelf.removeThis" } },
  "pad-template": { canvas: { label: "controls.painter.pad" }, ".pad-hint": { text: "controls.painter.here" } },
  "slot-template": { ".slot-empty span": { text: "controls.slot.empty" } },
};

/** @param {string} id of a template */
export function copyOf(id) {
  const copy = /** @type {DocumentFragment} */ (/** @type {HTMLTemplateElement} */ (document.getElementById(id)).content.cloneNode(true));
  translate(copy);
  for (const [selector, { text, title, label }] of Object.entries(SENTENCES[id])) {
    const element = copy.querySelector(selector);
    if (title) element?.setAttribute("title", say(title));
    if (label) element?.setAttribute("aria-label", say(label));
    if (text && element) put(element, say(text));
  }
  return copy;
}

/** In place of an element's words; what else is in it stays, and so does the space around them. @param {Element} element @param {string} sentence */
function put(element, sentence) {
  const words = /** @type {Text | undefined} */ ([...element.childNodes].find((node) => node instanceof Text && node.data.trim()));
  if (words) words.data = words.data.replace(words.data.trim(), () => sentence);
}
