// @ts-check
// Whether this device computes what it should, in one sentence, with the numbers behind it and a report to copy.

import { say, sayOf } from "../language.js";
import { list } from "../view/format.js";
import { reportOf, small } from "./report.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { BackendInfo, SelfTest } from "../types.d.ts" */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class CheckPane {
  #engine;
  #info;
  #start = element("check-device");
  #verdict = element("verdict");
  #cpu = element("check-cpu");
  #table = /** @type {HTMLElement} */ (element("check-rows").parentElement);
  #report = /** @type {HTMLTextAreaElement} */ (element("report"));
  /** @type {AbortController | undefined} */ #running;
  /** @type {SelfTest | Error | undefined} */ #test;

  /** @param {{ engine: Engine, info: () => BackendInfo | undefined, useCpu: () => void }} options */
  constructor({ engine, info, useCpu }) {
    this.#engine = engine;
    this.#info = info;
    this.#start.addEventListener("click", () => (this.#running ? this.#running.abort() : void this.#run()));
    this.#cpu.addEventListener("click", useCpu);
    element("copy-report").addEventListener("click", () => void this.#copy());
  }

  async show() {
    element("copied").textContent = "";
    const test = this.#test;
    const report = await reportOf({ engine: this.#engine, info: this.#info(), test });
    // A check that has ended meanwhile has a report of its own.
    if (test === this.#test) this.#report.value = report;
  }

  async #run() {
    const run = (this.#running = new AbortController());
    this.forget();
    this.#say(say("settings.check.running"));
    this.#start.textContent = say("settings.check.stop");
    try {
      const test = (this.#test = await this.#engine.selfTest({ signal: run.signal }));
      this.#show(test);
    } catch (error) {
      const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
      if (code === "cancelled") this.forget();
      else {
        this.#test = new Error(code === "missing" ? say("settings.check.missing") : message);
        this.#say(code === "missing" ? this.#test.message : say("settings.check.failed", { why: message }), code === "missing" ? undefined : false);
        this.#cpu.hidden = code === "missing" || this.#info()?.backend !== "webgpu";
      }
    } finally {
      this.#running = undefined;
      this.#start.textContent = say("settings.check.start");
      await this.show();
    }
  }

  /** @param {SelfTest} test */
  #show({ backend, rows }) {
    const wrong = rows.filter(({ ok }) => !ok).map(({ name }) => kind(name));
    if (!wrong.length) this.#say(say("settings.check.right"), true);
    else this.#say(say(backend === "webgpu" ? "settings.check.wrongGpu" : "settings.check.wrongCpu", { kinds: list(wrong) }), false);
    this.#cpu.hidden = !wrong.length || backend !== "webgpu";
    this.#table.hidden = false;
    element("check-rows").querySelector("tbody")?.replaceChildren(...rows.map(({ name, error, tolerance, ok, milliseconds }) => {
      const row = document.createElement("tr");
      const head = Object.assign(document.createElement("th"), { scope: "row", textContent: kind(name) });
      const cells = [small(error), small(tolerance), `${milliseconds.toFixed(1)} ms`, say(ok ? "settings.check.ok" : "settings.check.bad")];
      row.append(head, ...cells.map((textContent) => Object.assign(document.createElement("td"), { textContent })));
      row.classList.toggle("wrong", !ok);
      return row;
    }));
  }

  /** @param {string} text @param {boolean} [good] */
  #say(text, good) {
    this.#verdict.textContent = text;
    this.#verdict.dataset.good = String(good ?? "");
    this.#verdict.hidden = false;
  }

  /** Numbers of another device would mislead. */
  forget() {
    this.#test = undefined;
    this.#verdict.hidden = this.#table.hidden = this.#cpu.hidden = true;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#report.value);
      element("copied").textContent = say("settings.check.copied");
    } catch {
      this.#report.select();
      element("copied").textContent = say("settings.check.selected");
    }
  }
}

/** The engine's name of a kind of layer, in the visitor's words; one that is new to the page stays as it is. @param {string} name */
const kind = (name) => sayOf("settings.check.kinds", name);
