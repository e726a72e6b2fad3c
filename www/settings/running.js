// @ts-check
// What the engine runs on, and why. The choice itself is the radio buttons that controls/settings.js reads.

import { say, sayOf } from "../language.js";

/** @import { BackendInfo } from "../types.d.ts" */

/** Names by which software adapters are known; the engine says so in its reason, too. */
const SOFTWARE = /software|swiftshader|llvmpipe|lavapipe|basic render/i;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} text */
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

/** @param {BackendInfo | undefined} info nothing while there is no engine */
export function showRunningOn(info) {
  element("software").hidden = !(info?.backend === "webgpu" && SOFTWARE.test(`${info.adapter} ${info.reason}`));
  /** @type {[string, string][]} */
  const facts = info
    ? [
        ["now", info.backend === "webgpu" ? say("settings.running.gpu", { adapter: info.adapter }) : "CPU"],
        ["why", sentence(sayOf("view.reasons", info.reason))],
        ["precision", say("settings.running.f32")],
        ["threads", say(info.backend === "webgpu" ? "settings.running.onGpu" : "settings.running.oneThread")],
      ]
    : [["now", say("settings.running.nothing")]];
  element("running-facts").replaceChildren(...facts.flatMap(([key, text]) => [
    Object.assign(document.createElement("dt"), { textContent: say(`settings.running.${key}`) }),
    Object.assign(document.createElement("dd"), { textContent: text }),
  ]));
}
