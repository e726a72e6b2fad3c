// @ts-check
// The settings dialog: what is neither input nor about one picture. Each pane looks after itself and is brought up to date when it is opened.

import { closable, tabs } from "../view/dialogs.js";
import { AppearancePane } from "./appearance.js";
import { CheckPane } from "./check.js";
import { ModelPane } from "./model.js";
import { showRunningOn } from "./running.js";
import { shortcuts } from "./shortcuts.js";
import { StoragePane } from "./storage.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { Gallery } from "../gallery/gallery.js" */
/** @import { BackendInfo, ModelChoice } from "../types.d.ts" */

/**
 * @typedef {object} PreferencesOptions
 * @property {Engine} engine
 * @property {Gallery} gallery
 * @property {(model: ModelChoice) => Promise<void>} choose takes a model, or throws and leaves everything as it was
 * @property {() => void} onKept what this device keeps of models has changed
 * @property {() => void} useCpu
 */

const dialog = (/** @type {string} */ id) => /** @type {HTMLDialogElement} */ (document.getElementById(id));

export class Preferences {
  #dialog = dialog("preferences");
  #tabs;
  #check;
  /** @type {BackendInfo | undefined} */ #info;

  /** @param {PreferencesOptions} options */
  constructor({ engine, gallery, choose, onKept, useCpu }) {
    new AppearancePane();
    this.#check = new CheckPane({ engine, info: () => this.#info, useCpu });
    /** @type {Record<string, { show: () => Promise<void> }>} */
    const panes = {
      "pane-model": new ModelPane({ engine, choose }),
      "pane-storage": new StoragePane({ engine, gallery, onKept }),
      "pane-check": this.#check,
    };
    this.#tabs = tabs(/** @type {HTMLElement} */ (this.#dialog.querySelector("[role=tablist]")), (pane) => void panes[pane]?.show());
    const keys = dialog("keys");
    for (const each of [this.#dialog, keys]) closable(each);
    shortcuts(keys);
    this.#dialog.querySelector("[data-open=keys]")?.addEventListener("click", () => keys.showModal());
    document.getElementById("open-preferences")?.addEventListener("click", () => this.open());
    document.getElementById("change-backend")?.addEventListener("click", () => this.open("pane-running"));
  }

  /** @param {string} [pane] */
  open(pane) {
    this.#dialog.showModal();
    this.#tabs.show(pane);
  }

  /** What the engine runs on; nothing while there is none. @param {BackendInfo | undefined} info */
  set runsOn(info) {
    this.#info = info;
    this.#check.forget();
    showRunningOn(info);
  }
}
