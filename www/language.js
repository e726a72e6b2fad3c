// @ts-check
// What the page says, in the visitor's language. Every sentence stands in languages/, one file for each language.
//
// Elements of index.html name theirs: data-say="key" for the text, data-say-title, data-say-label (aria-label) and
// data-say-placeholder for attributes. English stands in the HTML too, so that it reads well before any script has run.

import en from "./languages/en.js";
import { retell } from "./retell.js";

/** @typedef {{ [key: string]: string | Sentences }} Sentences */

/** Where the choice is kept. */
const KEY = "composer-language";
/** Each language's own name, and where its sentences are. @type {Record<string, { name: string, load: () => Promise<{ default: Sentences }> }>} */
export const LANGUAGES = {
  en: { name: "English", load: async () => ({ default: en }) },
  de: { name: "Deutsch", load: () => import("./languages/de.js") },
};

/** @type {Sentences} */ let sentences = en;
let current = "en";

/** The language that is spoken now. */
export const language = () => current;

/** The visitor's own choice, or nothing where the browser's language decides. */
export const chosenLanguage = () => {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
};

/** Keeps a choice for the next time; nothing lets the browser's language decide. @param {string | undefined} code */
export function chooseLanguage(code) {
  try {
    if (code) localStorage.setItem(KEY, code);
    else localStorage.removeItem(KEY);
  } catch {
    // No storage in this window: the choice holds as long as the page does.
  }
}

/** Takes up the chosen language, else the first of the browser's that the page speaks. */
export async function startLanguage() {
  const wanted = [chosenLanguage(), ...navigator.languages.map((tag) => tag.split("-")[0].toLowerCase())];
  current = wanted.find((code) => code !== undefined && code in LANGUAGES) ?? "en";
  if (current === "en") return;
  try {
    sentences = (await LANGUAGES[current].load()).default;
    document.documentElement.lang = current;
    translate(document);
  } catch {
    current = "en"; // The network went away between two files; English is here already.
  }
}

/** @param {string} key @param {Sentences} from */
const find = (key, from) => key.split(".").reduce((/** @type {any} */ at, part) => at?.[part], from);

/**
 * A sentence, its {names} filled in. A number `n` chooses between "one || many".
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const found = find(key, sentences) ?? find(key, en);
  if (typeof found !== "string") throw new Error(`There is no sentence \`${key}\`.`);
  const forms = found.split(" || ");
  const form = forms.length > 1 && Number(values.n) !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** The same for what the engine names, in English: `otherwise` where no sentence has that name. @param {string} section @param {string} name @param {string} [otherwise] */
export const sayOf = (section, name, otherwise = name) => /** @type {string} */ (find(section, sentences)?.[name] ?? find(section, en)?.[name] ?? otherwise);

/** What the engine says, numbers and names in it and all; as it came where there are no other words for it. @param {string} text */
export const told = (text) => retell(text, /** @type {Record<string, string>} */ (find("engine", sentences)));

/** Puts the language's sentences into the elements that name one. @param {ParentNode} root */
export function translate(root) {
  for (const [attribute, to] of /** @type {const} */ ([["data-say-title", "title"], ["data-say-label", "aria-label"], ["data-say-placeholder", "placeholder"]])) {
    for (const element of root.querySelectorAll(`[${attribute}]`)) element.setAttribute(to, say(/** @type {string} */ (element.getAttribute(attribute))));
  }
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(/** @type {string} */ (element.getAttribute("data-say")));
}
