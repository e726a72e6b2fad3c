// @ts-check
// Which model: one of the host's list, a folder at another address, or one on this device.

import { say } from "../language.js";
import { megabytes } from "../view/format.js";
import { folderOf, isElsewhere } from "./address.js";
import { askForFolder, folderFrom, hasFolderDialog } from "./folder.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { ModelChoice, ModelInfo } from "../types.d.ts" */

const LIST = new URL("../models/index.json", import.meta.url).href;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class ModelPane {
  #engine;
  #choose;
  #list = element("models");
  #problem = element("model-problem");
  #files = /** @type {HTMLInputElement} */ (element("model-files"));
  #address = /** @type {HTMLInputElement} */ (element("model-address"));

  /** @param {{ engine: Engine, choose: (model: ModelChoice) => Promise<void> }} options choose: takes a model, or throws and leaves everything as it was */
  constructor({ engine, choose }) {
    this.#engine = engine;
    this.#choose = choose;
    element("model-by-address").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#take(async () => folderOf(this.#address.value, document.baseURI, true));
    });
    element("model-folder").addEventListener("click", () => {
      if (hasFolderDialog) void this.#take(askForFolder);
      else this.#files.click();
    });
    this.#files.addEventListener("change", () => {
      const { files } = this.#files;
      if (files?.length) void this.#take(() => folderFrom(files)).then(() => (this.#files.value = ""));
    });
  }

  async show() {
    const { model } = this.#engine;
    const listed = await listedModels();
    /** @type {ModelChoice[]} */
    const all = typeof model === "string" && listed.includes(model) ? listed : [model, ...listed];
    const rows = await Promise.all(all.map(async (each) => this.#row(each, await this.#engine.glance(each).catch((/** @type {Error} */ error) => error))));
    // It may have changed meanwhile, and then another list is on its way.
    if (model === this.#engine.model) this.#list.replaceChildren(...rows);
  }

  /** @param {ModelChoice} model @param {ModelInfo | Error} info */
  #row(model, info) {
    const row = document.createElement("li");
    const text = document.createElement("p");
    const title = Object.assign(document.createElement("b"), { textContent: info instanceof Error ? nameOf(model) : info.title });
    const note = Object.assign(document.createElement("span"), { className: "hint", textContent: info instanceof Error ? info.message : noteOn(model, info) });
    text.append(title, note);
    row.append(text);
    if (model === this.#engine.model) {
      row.setAttribute("aria-current", "true");
      row.append(Object.assign(document.createElement("span"), { className: "mark-used", textContent: say("settings.model.inUse") }));
    } else if (!(info instanceof Error)) {
      const use = Object.assign(document.createElement("button"), { type: "button", className: "soft", textContent: say("settings.model.use") });
      use.setAttribute("aria-label", say("settings.model.useNamed", { title: info.title }));
      use.addEventListener("click", () => void this.#take(async () => model));
      row.append(use);
    }
    return row;
  }

  /** @param {() => Promise<ModelChoice | undefined>} find */
  async #take(find) {
    this.#problem.hidden = true;
    const pane = element("pane-model");
    if (pane.ariaBusy === "true") return;
    pane.ariaBusy = "true";
    /** @type {ModelChoice | undefined} */ let model;
    try {
      model = await find();
      if (model === undefined) return;
      await this.#choose(model);
      this.#address.value = "";
      await this.show();
      this.#list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const hint = typeof model === "string" && isElsewhere(model, document.baseURI) ? ` ${say("settings.model.elsewhere")}` : "";
      this.#problem.textContent = say("settings.model.stays", { why: (/[.!?]$/.test(why) ? why : `${why}.`) + hint });
      this.#problem.hidden = false;
      this.#problem.scrollIntoView({ block: "nearest" });
    } finally {
      pane.ariaBusy = "false";
    }
  }
}

/** The models that this host offers, as addresses of their folders. @returns {Promise<string[]>} */
async function listedModels() {
  try {
    const entries = await (await fetch(LIST)).json();
    return entries.map((/** @type {{ path: string }} */ { path }) => folderOf(path, LIST));
  } catch {
    // A host without a list still has the model that is used, and those that the visitor names.
    return [];
  }
}

/** @param {ModelChoice} model */
function nameOf(model) {
  if (typeof model !== "string") return model.name;
  const { host, pathname } = new URL(model);
  return isElsewhere(model, document.baseURI) ? host + pathname : pathname;
}

/** @param {ModelChoice} model @param {ModelInfo} info */
function noteOn(model, { bytes, cached }) {
  const size = say("settings.model.size", { size: megabytes(bytes) });
  if (typeof model !== "string") return `${size}, ${say("settings.model.fromFolder", { name: model.name })}`;
  return `${size}, ${say(cached >= bytes ? "settings.model.kept" : cached > 0 ? "settings.model.partly" : "settings.model.later", { size: megabytes(bytes - cached) })}`;
}
