// @ts-check
// What this device keeps, how much room there is, and letting go of it.

import { say } from "../language.js";
import { keptPage, listenToKeptPage, offerInstall } from "../updates.js";
import { megabytes } from "../view/format.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { Gallery } from "../gallery/gallery.js" */
/** @import { KeptModel } from "../types.d.ts" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class StoragePane {
  #engine;
  #gallery;
  #onKept;
  #problem = element("storage-problem");
  #fetch = /** @type {HTMLButtonElement} */ (element("fetch-model"));

  /** @param {{ engine: Engine, gallery: Gallery, onKept: () => void }} options */
  constructor({ engine, gallery, onKept }) {
    this.#engine = engine;
    this.#gallery = gallery;
    this.#onKept = onKept;
    listenToKeptPage(() => void this.#showOffline());
    offerInstall(/** @type {HTMLButtonElement} */ (element("install")));
    this.#fetch.addEventListener("click", () => void this.#fetchModel());
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
    this.#fetch.hidden = !model || model.cached >= model.bytes;
    if (!this.#fetch.disabled) element("offline-state").textContent = say(`offline.${state}`, { size: megabytes(page?.bytes ?? 0) });
  }

  /** All of the model, and not only what the first picture needs, so that there need be no network for any other. */
  async #fetchModel() {
    this.#problem.hidden = true;
    this.#fetch.disabled = true;
    try {
      await this.#engine.load(undefined, {
        onProgress: (progress) => {
          if (progress.type !== "load") return;
          const sizes = say("run.sizes", { received: megabytes(progress.received), total: megabytes(progress.total) });
          element("offline-state").textContent = say("offline.fetching", { what: say("run.downloading"), sizes });
        },
      });
    } catch (error) {
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
      this.#problem.hidden = false;
    } finally {
      this.#fetch.disabled = false;
      this.#onKept();
      await this.show();
    }
  }

  async #showKept() {
    try {
      const kept = await this.#engine.kept();
      const rows = kept.map((model) => this.#model(model));
      if (!rows.length) rows.push(Object.assign(document.createElement("li"), { className: "quiet", textContent: say("settings.storage.nothing") }));
      element("kept").replaceChildren(...rows, ...(await this.#pictures()));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {KeptModel} model */
  #model({ key, title, bytes, current, place }) {
    const note = say(place === "memory" ? "settings.storage.inMemory" : "settings.storage.size", { size: megabytes(bytes) });
    return this.#row({
      title,
      note: current ? `${note}, ${say("settings.storage.used")}` : note,
      question: say("settings.storage.sure", { size: megabytes(bytes) }),
      name: say("settings.storage.clearNamed", { title }),
      clear: () => this.#engine.forget(key).finally(this.#onKept),
    });
  }

  /** The gallery's line, if there is something in it. */
  async #pictures() {
    const { count, bytes } = await this.#gallery.stored();
    if (!count) return [];
    return [this.#row({
      title: say("gallery.title"),
      note: say("settings.storage.pictures", { n: count, size: megabytes(bytes) }),
      question: say("settings.storage.surePictures", { n: count }),
      name: say("settings.storage.clearPictures"),
      clear: () => this.#gallery.clear(),
    })];
  }

  /** Something that is kept, and a button that lets go of it. @param {{ title: string, note: string, question: string, name: string, clear: () => Promise<void> }} kept name: of the button, for screen readers */
  #row({ title, note, question, name, clear }) {
    const row = document.createElement("li");
    const text = document.createElement("p");
    text.append(Object.assign(document.createElement("b"), { textContent: title }), Object.assign(document.createElement("span"), { className: "hint", textContent: note }));
    row.append(text, twice(say("settings.storage.clear"), question, name, async () => {
      this.#problem.hidden = true;
      await clear().catch((error) => this.#fail(error));
      await this.show();
      element("pane-storage").focus();
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
