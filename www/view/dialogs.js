// @ts-check
// Opening and closing: by button, by Escape (the browser's own), by a press beside the dialog.

/** @param {HTMLDialogElement} dialog */
export function closable(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  // Pressed and let go there: who drags a selection out of a field does not mean to close.
  let beside = false;
  dialog.addEventListener("pointerdown", ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    beside = target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom);
  });
  dialog.addEventListener("click", ({ target }) => {
    if (beside && target === dialog) dialog.close();
  });
}

/** Whether some dialog lies over the page, so that the page's own keys are not meant. */
export const dialogOpen = () => document.querySelector("dialog[open]") !== null;

/** Tabs as the ARIA practices have them: one stop for Tab, arrows go from one to the next. @param {HTMLElement} list @param {(pane: string) => void} onShow */
export function tabs(list, onShow) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const pane = (/** @type {HTMLElement} */ tab) => /** @type {HTMLElement} */ (document.getElementById(tab.getAttribute("aria-controls") ?? ""));
  /** @param {HTMLElement} chosen */
  const choose = (chosen) => {
    for (const tab of all) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      pane(tab).hidden = tab !== chosen;
    }
    chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
    onShow(pane(chosen).id);
  };
  for (const [i, tab] of all.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = /** @type {HTMLElement} */ (all.at(to % all.length));
      next.focus();
      choose(next);
    });
  }
  return {
    /** @param {string} [wanted] a pane; the one looked at last else */
    show(wanted) {
      choose(all.find((tab) => pane(tab).id === wanted) ?? all.find((tab) => tab.getAttribute("aria-selected") === "true") ?? all[0]);
    },
  };
}
