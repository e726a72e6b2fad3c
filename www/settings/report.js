// @ts-check
// What somebody needs to know to look into a fault: browser, device, model. Nothing about the visitor or their pictures.

import { keptPage } from "../updates.js";
import { megabytes } from "../view/format.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { BackendInfo, SelfTest } from "../types.d.ts" */

const PACKAGE = new URL("../../pkg/package.json", import.meta.url);
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [V128, I32] = [0x7b, 0x7f];
const SPLAT = [0xfd, 0x0f];

/** Whether this browser takes a module with one function, () -> result, of these instructions. @param {number} result @param {number[]} code */
function accepts(result, code) {
  const body = [0, ...code, 0x0b];
  const sections = [[1, [1, 0x60, 0, 1, result]], [3, [1, 0]], [10, [1, body.length, ...body]]];
  return WebAssembly.validate(new Uint8Array([...HEADER, ...sections.flatMap(([id, content]) => [/** @type {number} */ (id), /** @type {number[]} */ (content).length, .../** @type {number[]} */ (content)])]));
}

/** What the engine is built with, and what it could be built with. */
function wasmFeatures() {
  return {
    simd: accepts(V128, [0x41, 0, ...SPLAT]),
    // i8x16.relaxed_swizzle
    "relaxed simd": accepts(V128, [0x41, 0, ...SPLAT, 0x41, 0, ...SPLAT, 0xfd, 0x80, 0x02]),
    // i32.extend8_s
    "sign extension": accepts(I32, [0x41, 0, 0xc0]),
    "shared memory": typeof SharedArrayBuffer === "function" && crossOriginIsolated,
  };
}

/** @param {{ engine: Engine, info: BackendInfo | undefined, test?: SelfTest | Error }} what */
export async function reportOf({ engine, info, test }) {
  const model = await engine.describe().catch((/** @type {Error} */ error) => error);
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  const persisted = await navigator.storage?.persisted?.().catch(() => undefined);
  const version = await fetch(PACKAGE).then((answer) => answer.json()).then(({ name, version }) => `${name} ${version}`).catch(() => "unknown");
  const features = Object.entries(wasmFeatures()).map(([name, has]) => `${name} ${has ? "yes" : "no"}`);
  const { deviceMemory } = /** @type {{ deviceMemory?: number }} */ (navigator);
  return [
    `Page: ${keptPage()?.version ?? "not kept offline"}, engine: ${version}`,
    `Browser: ${navigator.userAgent}`,
    `Device: ${navigator.hardwareConcurrency} processors, memory ${deviceMemory ? `at least ${deviceMemory} GB` : "not told"}`,
    info ? `Runs on: ${info.backend}, ${info.adapter}; ${info.reason}` : "Runs on: nothing, the engine is not running",
    "Precision: f32",
    `WebAssembly: ${features.join(", ")}`,
    model instanceof Error ? `Model: ${model.message}` : `Model: ${model.title}, ${megabytes(model.bytes)} MB, ${megabytes(model.cached)} MB of them kept`,
    `Storage: ${usage === undefined ? "not told" : `${megabytes(usage)} MB`} of ${quota === undefined ? "not told" : `${megabytes(quota)} MB`}, lasting: ${persisted ?? "not told"}`,
    ...linesOf(test),
  ].join("\n");
}

/** @param {SelfTest | Error | undefined} test */
function linesOf(test) {
  if (!test) return ["Self-test: not run"];
  if (test instanceof Error) return [`Self-test: ${test.message}`];
  const rows = test.rows.map(({ name, error, tolerance, ok, milliseconds }) => `  ${name}: ${ok ? "right" : "WRONG"}, error ${small(error)} of ${small(tolerance)}, ${milliseconds.toFixed(1)} ms`);
  return [`Self-test on ${test.backend}, ${test.adapter}:`, ...rows];
}

/** @param {number} value */
export const small = (value) => value.toExponential(1);
