// @ts-check
// Leads to a control: it gets the focus, is seen, and stands out until it is left.

/** @param {HTMLElement} control */
export function point(control) {
  control.scrollIntoView({ block: "nearest" });
  control.focus({ preventScroll: true });
  control.classList.add("pointed");
  control.addEventListener("blur", () => control.classList.remove("pointed"), { once: true });
}
