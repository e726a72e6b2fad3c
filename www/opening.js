// @ts-check
// The engine on this device and the model it has: opened, exchanged, and said in two lines of the page.

import { say, sayOf } from "./language.js";
import { folderOf, isElsewhere } from "./settings/address.js";
import { megabytes } from "./view/format.js";
import { showError } from "./view/notices.js";

/** @import { Engine } from "../pkg/engine.js" */
/** @import { Settings } from "./controls/settings.js" */
/** @import { Backend, BackendInfo, ModelChoice, ModelInfo } from "./types.d.ts" */

const usualModel = () => folderOf("www/models/default/", document.baseURI);

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Another model may be named in the page's address, from this very site only. */
export function modelUrl() {
  try {
    return folderOf(new URLSearchParams(location.search).get("model") ?? usualModel(), document.baseURI);
  } catch {
    showError(say("view.modelElsewhere"));
    return usualModel();
  }
}

/**
 * @typedef {object} OpeningOptions
 * @property {Engine} engine
 * @property {Settings} settings where the backend is chosen
 * @property {() => boolean} busy whether pictures are being made
 * @property {(info: BackendInfo | undefined) => void} onBackend
 * @property {(model: ModelInfo) => void} onModel
 */

export class Opening {
  /** What is known of the model. @type {ModelInfo | undefined} */ model;
  #options;

  /** @param {OpeningOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** Whether the model takes pictures apart right now, without a download. */
  get canDecompose() {
    const apart = this.model?.apart;
    return apart !== undefined && apart.cached >= apart.bytes;
  }

  /** Starts the engine on the chosen backend. */
  async open() {
    const { engine, settings, onBackend } = this.#options;
    const { backend } = settings;
    showBackend("", say("view.starting"));
    onBackend(undefined);
    try {
      const info = await engine.open(backend);
      onBackend(info);
      showBackend(info.backend, say(info.backend === "webgpu" ? "view.runsOnGpu" : "view.runsOnCpu", { adapter: info.adapter, reason: sayOf("view.reasons", info.reason) }));
    } catch (error) {
      showBackend("none", say("view.notRunning"));
      const again = { label: say("run.again"), run: () => void this.open() };
      const automatic = { label: say("run.useAutomatic"), run: () => void this.openOn("auto") };
      showError(error instanceof Error ? error.message : String(error), [backend === "auto" ? again : automatic]);
    }
  }

  /** @param {Backend} backend */
  openOn(backend) {
    this.#options.settings.backend = backend;
    return this.open();
  }

  /** Looks what the model is and how much of it is here. @returns {Promise<ModelInfo | undefined>} */
  async describe() {
    const line = element("model-line");
    try {
      const model = (this.model = await this.#options.engine.describe());
      this.#options.onModel(model);
      const missing = model.bytes - model.cached;
      const state = missing <= 0 ? say("view.modelKept")
        : model.cached > 0 ? say("view.modelPartly", { size: megabytes(missing) })
          : say("view.modelLater");
      line.textContent = say("view.model", { title: model.title, size: megabytes(model.bytes), state });
      return model;
    } catch (error) {
      line.textContent = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  /** Another model, if its manifest is good. A reload comes back to it, where it has an address on this site. @param {ModelChoice} wanted */
  async use(wanted) {
    const { engine, busy } = this.#options;
    if (busy()) throw new Error(say("settings.running.busy"));
    await engine.use(wanted);
    if (typeof wanted === "string" && !isElsewhere(wanted, location.href)) {
      const url = new URL(location.href);
      if (wanted === usualModel()) url.searchParams.delete("model");
      else url.searchParams.set("model", new URL(wanted).pathname);
      history.replaceState(history.state, "", url);
    }
    await this.open();
    await this.describe();
  }
}

/** @param {string} which the colour of the dot @param {string} text */
function showBackend(which, text) {
  const line = element("backend-line");
  /** @type {HTMLElement} */ (line.querySelector(".dot")).dataset.backend = which;
  /** @type {HTMLElement} */ (line.querySelector(".text")).textContent = text;
}
