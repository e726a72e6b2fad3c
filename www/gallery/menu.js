// @ts-check
// A menu under a button, by mouse, touch and keyboard. The browser opens it and closes it again (popover); this places it and moves in it.

const MARGIN = 8;

export class Menu {
  #button;
  #panel;

  /** @param {HTMLButtonElement} button @param {HTMLElement} panel @param {(item: HTMLButtonElement) => void} onPick */
  constructor(button, panel, onPick) {
    this.#button = button;
    this.#panel = panel;
    panel.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState === "open"));
    panel.addEventListener("keydown", (event) => this.#key(event));
    panel.addEventListener("click", ({ target }) => {
      const item = target instanceof Element ? target.closest("button") : null;
      if (!item) return;
      panel.hidePopover();
      onPick(item);
    });
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      panel.showPopover();
    });
    addEventListener("resize", () => panel.matches(":popover-open") && panel.hidePopover());
  }

  get #items() {
    return [...this.#panel.querySelectorAll("button")].filter(({ hidden, disabled }) => !hidden && !disabled);
  }

  /** @param {boolean} open */
  #toggled(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const at = this.#button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#panel;
    const below = at.bottom + 4 + height + MARGIN <= innerHeight;
    const top = below ? at.bottom + 4 : Math.max(MARGIN, at.top - height - 4);
    this.#panel.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN))}px`;
    this.#panel.style.top = `${top}px`;
    this.#items[0]?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items;
    const at = items.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    // Escape is for the menu alone, and not for a run that is going.
    if (event.key === "Escape") event.stopPropagation();
    if (event.key === "Tab") this.#panel.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }
}
