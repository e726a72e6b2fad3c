// @ts-check
// Times one stage in this engine and in onnxruntime-web, in turns, so that whatever else the machine does meets both.

import init, { Composer } from "../pkg/composer.js";
import { Store } from "../pkg/store.js";

/** Stages that take a picture apart; the others make one. */
const TAKES_APART = ["image_encoder", "decomposer"];

/** @typedef {{ first_ms: number, ms: number[] }} Times */

/**
 * @param {{ stage: string, backend: "cpu" | "webgpu", model: string, onnx: string | undefined, rounds: number, budget: number }} request
 *   `rounds` turns at most, and no new turn after `budget` milliseconds
 */
async function measureStage({ stage, backend, model, onnx, rounds, budget }) {
  await init();
  const composer = await Composer.open(backend);
  await composer.load(new Store(model).during(), TAKES_APART.includes(stage) ? "decompose" : undefined, () => {});
  const { backend: chosen, adapter } = composer;
  const ours = turns(async () => (await composer.bench(stage, 1))[0]);
  /** @type {ReturnType<typeof turns> | undefined} */ let peer;
  /** @type {string | undefined} */ let peerError;
  const start = performance.now();
  await ours.first();
  if (onnx) {
    try {
      const session = await open(onnx, backend);
      peer = turns(() => session());
      await peer.first();
    } catch (error) {
      peer = undefined;
      peerError = String(error);
    }
  }
  for (let round = 0; round < rounds && (round === 0 || performance.now() - start < budget); round++) {
    await ours.next();
    await peer?.next();
  }
  composer.free();
  return { backend: chosen, adapter, ours: ours.times, peer: peer?.times, peerError };
}

/** @param {() => Promise<number>} run resolves to its own milliseconds */
function turns(run) {
  /** @type {Times} */ const times = { first_ms: 0, ms: [] };
  return {
    times,
    first: async () => void (times.first_ms = await run()),
    next: async () => void times.ms.push(await run()),
  };
}

/** A forward pass of an ONNX file, timed until its result is readable. @param {string} url @param {"cpu" | "webgpu"} backend */
async function open(url, backend) {
  const ort = await import(backend === "webgpu" ? "../ort/ort.webgpu.min.mjs" : "../ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("../ort/", import.meta.url).href;
  const provider = backend === "webgpu" ? "webgpu" : "wasm";
  const session = await ort.InferenceSession.create(url, { executionProviders: [provider], graphOptimizationLevel: "all" });
  const feeds = Object.fromEntries(session.inputMetadata.map((/** @type {any} */ input) => [input.name, example(ort, input)]));
  return async () => {
    const start = performance.now();
    const results = await session.run(feeds);
    await Promise.all(session.outputNames.map((/** @type {string} */ name) => results[name].getData()));
    return performance.now() - start;
  };
}

/** Any numbers of the right shape: how long a network takes does not depend on them. @param {any} ort @param {any} input */
function example(ort, { type, shape }) {
  if (shape.some((/** @type {unknown} */ side) => typeof side !== "number")) throw new Error("the ONNX file has open shapes; export it with fixed ones");
  const count = shape.reduce((/** @type {number} */ product, /** @type {number} */ side) => product * side, 1);
  if (type === "int64") return new ort.Tensor("int64", BigInt64Array.from({ length: count }, (_, index) => BigInt(1 + (index % 7))), shape);
  if (type === "bool") return new ort.Tensor("bool", new Uint8Array(count).fill(1), shape);
  return new ort.Tensor("float32", Float32Array.from({ length: count }, (_, index) => ((index * 7919) % 97) / 97 - 0.5), shape);
}

/** From nothing to the first picture. @param {{ backend: "auto" | "cpu" | "webgpu", model: string, recipe: object }} request */
async function firstPicture({ backend, model, recipe }) {
  await init();
  const composer = await Composer.open(backend);
  await composer.load(new Store(model).during(), recipe, () => {});
  const loaded = performance.now();
  const picture = await composer.generate(recipe, () => {});
  // performance.now() counts from the start of the navigation.
  return { backend: composer.backend, adapter: composer.adapter, loaded_ms: loaded, picture_ms: performance.now(), bytes: picture.png.length };
}

Object.assign(window, { measureStage, firstPicture });
