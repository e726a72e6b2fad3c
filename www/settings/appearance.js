// @ts-check
// Light or dark, how much moves, and the language. theme.js puts the first two in place before the page is painted.

import { LANGUAGES, chooseLanguage, chosenLanguage, say } from "../language.js";

/** Whether as little as possible shall move. */
export const calm = () => document.documentElement.dataset.motion === "less" || matchMedia("(prefers-reduced-motion: reduce)").matches;

export class AppearancePane {
  constructor() {
    choice("theme", "composer-theme", (theme) => {
      for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
        const own = meta.getAttribute("data-theme");
        meta.setAttribute("media", theme ? (own === theme ? "all" : "not all") : `(prefers-color-scheme: ${own})`);
      }
    });
    choice("motion", "composer-motion");
    const language = /** @type {HTMLSelectElement} */ (document.getElementById("language"));
    const names = Object.entries(LANGUAGES).map(([code, { name }]) => Object.assign(new Option(name, code), { lang: code }));
    language.append(new Option(say("settings.appearance.browser"), ""), ...names);
    language.value = chosenLanguage() ?? "";
    language.addEventListener("change", () => {
      chooseLanguage(language.value || undefined);
      location.reload();
    });
  }
}

/** Radio buttons for one data attribute of the page. @param {string} name @param {string} key where it is kept @param {(value: string) => void} [after] */
function choice(name, key, after) {
  const root = document.documentElement;
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (document.getElementsByName(name))) {
    radio.checked = radio.value === (root.dataset[name] ?? "");
    radio.addEventListener("change", () => {
      if (radio.value) root.dataset[name] = radio.value;
      else delete root.dataset[name];
      after?.(radio.value);
      try {
        if (radio.value) localStorage.setItem(key, radio.value);
        else localStorage.removeItem(key);
      } catch {
        // No storage in this window: the choice holds as long as the page does.
      }
    });
  }
}
