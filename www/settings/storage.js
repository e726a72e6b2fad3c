// @ts-check
// What this device keeps, how much room there is, and letting go of it.

import { say } from "../language.js";
import { keptPage, offerInstall } from "../updates.js";
import { megabytes } from "../view/format.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { KeptModel } from "../types.d.ts" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class StoragePane {
  #engine;
  #onCleared;
  #problem = element("storage-problem");

  /** @param {{ engine: Engine, onCleared: () => void }} options */
  constructor({ engine, onCleared }) {
    this.#engine = engine;
    this.#onCleared = onCleared;
    offerInstall(/** @type {HTMLButtonElement} */ (element("install")));
    element("persist").addEventListener("click", async () => {
      const promised = await navigator.storage.persist();
      await this.#showPersistence();
      if (!promised) element("persist-state").textContent = say("settings.storage.refused");
    });
  }

  async show() {
    await Promise.all([this.#showOffline(), this.#showKept(), this.#showQuota(), this.#showPersistence()]);
  }

  async #showOffline() {
    const page = keptPage();
    const model = await this.#engine.describe().catch(() => undefined);
    const state = !page ? "pageNotKept" : model && model.cached >= model.bytes ? "allKept" : "pageKept";
    element("offline-state").textContent = say(`offline.${state}`, { size: megabytes(page?.bytes ?? 0) });
  }

  async #showKept() {
    try {
      const kept = await this.#engine.kept();
      const rows = kept.map((model) => this.#row(model));
      if (!rows.length) rows.push(Object.assign(document.createElement("li"), { className: "quiet", textContent: say("settings.storage.nothing") }));
      element("kept").replaceChildren(...rows);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {KeptModel} model */
  #row(model) {
    const { key, title, bytes, current, place } = model;
    const row = document.createElement("li");
    const text = document.createElement("p");
    const note = say(place === "memory" ? "settings.storage.inMemory" : "settings.storage.size", { size: megabytes(bytes) });
    text.append(
      Object.assign(document.createElement("b"), { textContent: title }),
      Object.assign(document.createElement("span"), { className: "hint", textContent: current ? `${note}, ${say("settings.storage.used")}` : note }),
    );
    row.append(text, twice(say("settings.storage.clear"), say("settings.storage.sure", { size: megabytes(bytes) }), say("settings.storage.clearNamed", { title }), async () => {
      this.#problem.hidden = true;
      try {
        await this.#engine.forget(key);
      } catch (error) {
        this.#fail(error);
      }
      await this.show();
      element("pane-storage").focus();
      this.#onCleared();
    }));
    return row;
  }

  async #showQuota() {
    const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    element("quota").hidden = !quota;
    if (!quota || usage === undefined) return;
    /** @type {HTMLMeterElement} */ (element("quota-meter")).value = usage / quota;
    element("quota-text").textContent = say("settings.storage.quota", { used: megabytes(usage), all: quota >= 1e9 ? `${(quota / 1e9).toFixed(1)} GB` : `${megabytes(quota)} MB` });
  }

  async #showPersistence() {
    const promised = await navigator.storage?.persisted?.().catch(() => undefined);
    element("persistence").hidden = promised === undefined;
    element("persist").hidden = Boolean(promised);
    element("persist-state").textContent = say(promised ? "settings.storage.promised" : "settings.storage.notPromised");
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#problem.textContent = say("settings.storage.failed", { why: error instanceof Error ? error.message : String(error) });
    this.#problem.hidden = false;
  }
}

/** A button that does it when it is pressed a second time. @param {string} label @param {string} question @param {string} name for screen readers @param {() => Promise<void>} run */
function twice(label, question, name, run) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "soft", textContent: label });
  const ask = (/** @type {boolean} */ asking) => {
    button.textContent = asking ? question : label;
    button.classList.toggle("sure", asking);
    if (asking) button.removeAttribute("aria-label");
    else button.setAttribute("aria-label", name);
  };
  ask(false);
  button.addEventListener("click", async () => {
    if (!button.classList.contains("sure")) return ask(true);
    button.disabled = true;
    await run();
  });
  button.addEventListener("blur", () => ask(false));
  return button;
}
