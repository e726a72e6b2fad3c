// @ts-check
// The keys that the page knows, shown by "?". A key that is added elsewhere gets its line here.

import { say } from "../language.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const CTRL = MAC ? "⌘" : "ctrl";

/** Names are translated where the language has one. @type {{ where: string, keys: { press: string[], does: string }[] }[]} */
const SHORTCUTS = [
  {
    where: "page",
    keys: [
      { press: [CTRL, "enter"], does: "generate" },
      { press: ["esc"], does: "stop" },
      { press: [CTRL, "V"], does: "paste" },
      { press: ["?"], does: "help" },
    ],
  },
  {
    where: "pads",
    keys: [
      { press: ["←", "↑", "→", "↓"], does: "move" },
      { press: ["space"], does: "pen" },
      { press: ["shift", "arrow"], does: "fine" },
      { press: [CTRL, "Z"], does: "undo" },
      { press: [CTRL, "shift", "Z"], does: "redo" },
    ],
  },
  {
    where: "editor",
    keys: [
      { press: ["B", "E", "L", "G", "S", "I"], does: "tool" },
      { press: ["[", "]"], does: "size" },
      { press: ["+", "-", "0"], does: "zoom" },
      { press: ["[", "]"], does: "turn" },
      { press: ["M"], does: "mirror" },
      { press: ["enter"], does: "drop" },
      { press: ["del"], does: "takeOut" },
      { press: ["esc"], does: "keep" },
    ],
  },
  {
    where: "gallery",
    keys: [
      { press: ["←", "↑", "→", "↓"], does: "browse" },
      { press: ["del"], does: "remove" },
    ],
  },
];
const NAMED = ["ctrl", "enter", "esc", "space", "shift", "arrow", "del"];

/** Whether what is typed goes into a field. @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=range], [type=color])"));

/** @param {HTMLDialogElement} dialog */
export function shortcuts(dialog) {
  const list = /** @type {HTMLElement} */ (dialog.querySelector(".pane"));
  list.replaceChildren(...SHORTCUTS.flatMap(({ where, keys }) => {
    const rows = Object.assign(document.createElement("dl"), { className: "facts keys" });
    rows.append(...keys.flatMap(({ press, does }) => {
      const term = document.createElement("dt");
      term.append(...press.map((key) => Object.assign(document.createElement("kbd"), { textContent: NAMED.includes(key) ? say(`settings.keys.${key}`) : key })));
      return [term, Object.assign(document.createElement("dd"), { textContent: say(`settings.keys.${does}`) })];
    }));
    return [Object.assign(document.createElement("h3"), { textContent: say(`settings.keys.${where}`) }), rows];
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else dialog.showModal();
  });
}
