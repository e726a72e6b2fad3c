// @ts-check
// Short messages at the foot of the page, and the one place for errors.

import { say } from "../language.js";

const STAY_MS = 8000;

/** @typedef {{ label: string, run: () => void }} Action */

/** What had the focus before a message took it. @type {HTMLElement | undefined} */
let before;
for (const id of ["notices", "alert"]) {
  const box = document.getElementById(id);
  box?.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget instanceof HTMLElement && !box.contains(relatedTarget)) before = relatedTarget;
  });
}

/** @param {string} text @param {Action[]} [actions] */
export function notice(text, actions = []) {
  const box = /** @type {HTMLElement} */ (document.getElementById("notices"));
  const item = document.createElement("div");
  item.className = "notice";
  const close = givingBack(item, () => item.remove());
  item.append(paragraph(text), ...actions.map((action) => button(action, close)), closer(close));
  box.replaceChildren(item);
  // Stays while it is read or reached for; one with a choice waits a little longer.
  let timer = setTimeout(() => item.remove(), STAY_MS * (actions.length ? 2 : 1));
  const wait = () => clearTimeout(timer);
  const go = () => (timer = setTimeout(() => item.remove(), STAY_MS));
  for (const [type, run] of /** @type {const} */ ([["pointerenter", wait], ["focusin", wait], ["pointerleave", go], ["focusout", go]])) item.addEventListener(type, run);
}

/** @param {string} text @param {Action[]} [actions] */
export function showError(text, actions = []) {
  const box = /** @type {HTMLElement} */ (document.getElementById("alert"));
  const close = givingBack(box, hideError);
  box.replaceChildren(paragraph(text), ...actions.map((action) => button(action, close)), closer(close));
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

export function hideError() {
  const box = /** @type {HTMLElement} */ (document.getElementById("alert"));
  box.hidden = true;
  box.replaceChildren();
}

/** Hides an error about inputs that are changed or out of sight now. One with something to press is about more than those, and stays. */
export function hideErrorOfInputs() {
  if (!document.querySelector("#alert button:not(.close)")) hideError();
}

/** Closing a message puts the focus back where it was before it went there. @param {HTMLElement} message @param {() => void} close */
function givingBack(message, close) {
  return () => {
    const held = message.contains(document.activeElement);
    close();
    if (held) before?.focus({ preventScroll: true });
  };
}

/** @param {string} text */
function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/** @param {Action} action @param {() => void} close */
function button({ label, run }, close) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "soft", textContent: label });
  element.addEventListener("click", () => {
    close();
    run();
  });
  return element;
}

/** @param {() => void} close */
function closer(close) {
  const element = Object.assign(document.createElement("button"), { type: "button", className: "soft icon close" });
  element.setAttribute("aria-label", say("view.dismiss"));
  element.innerHTML = '<svg aria-hidden="true"><use href="#i-clear"/></svg>';
  element.addEventListener("click", close);
  return element;
}
