// @ts-check
// Owns the wasm engine. The only file that imports the generated composer.js.
// Requests: { id, type, ...args }; the types are the names in `queued` and `immediate` below.
// Replies:  { id, type: "progress" | "done" | "error", ... }, and { type: "crash", message } when the engine broke.
//
// What is queued waits for one another; what is immediate is answered between two steps.

import { forgetModel, keptModels } from "./kept.js";
import { APART, PAINTING, Store } from "./store.js";

/** @import { Backend, Recipe, SelfTest } from "./types.d.ts" */
/** @import { Composer } from "./composer.js" */

/** @type {typeof import("./composer.js") | undefined} */ let pkg;
/** @type {Backend} */ let backend;
/** @type {Composer | undefined} */ let composer;
/** Stages that the composer holds already. @type {Set<string>} */ const loaded = new Set();
/** @type {Store} */ let store;
/** @type {Promise<unknown>} */ let queue = Promise.resolve();
/** @type {Map<number, AbortController>} */ const running = new Map();
/** @type {number | undefined} the request whose networks are at work right now */ let sampling;

async function ready() {
  if (pkg) return pkg;
  try {
    // At run time, not at the top: a missing file then becomes a message instead of a silent dead worker.
    const module = await import("./composer.js");
    await module.default();
    return (pkg = module);
  } catch (error) {
    const message = `The engine could not be loaded (${text(error)}). Check the connection and reload the page.`;
    throw Object.assign(new Error(message), { code: "fetch" });
  }
}

async function open() {
  return (composer ??= await (await ready()).Composer.open(backend));
}

/** @typedef {{ value?: unknown, transfer?: Transferable[] }} Answer */

/** @type {Record<string, (request: any, signal: AbortSignal) => Promise<Answer>>} */
const queued = {
  async open() {
    const { backend, adapter, reason } = await open();
    return { value: { backend, adapter, reason } };
  },
  async describe() {
    return { value: await store.describe() };
  },
  async "check-model"({ model }) {
    await new Store(model).describe();
    // It is there. An engine of its own reads it as a load would, as far as to the first file.
    const probe = await (await ready()).Composer.open("cpu");
    const beyond = Object.assign(new Error("the manifest is good"), { code: "cancelled" });
    const manifest = () => new Store(model).during().manifest();
    const nothing = async () => undefined;
    try {
      await probe.load({ manifest, fetch: () => Promise.reject(beyond), read: nothing, write: async () => false, remove: nothing }, undefined, () => {});
    } catch (error) {
      if (/** @type {any} */ (error).code !== "cancelled") throw error;
    } finally {
      probe.free();
    }
    return {};
  },
  async forget({ key }) {
    if (key === store.key) await store.forget();
    else await forgetModel(key);
    return {};
  },
  async "self-test"(_, signal) {
    const composer = /** @type {Composer & { selfTest?: () => Promise<SelfTest> }} */ (await open());
    if (!composer.selfTest) throw Object.assign(new Error("This engine has no self-test."), { code: "missing" });
    const value = await composer.selfTest();
    signal.throwIfAborted();
    return { value };
  },
  async load({ id, wanted }, signal) {
    await load(id, wanted, signal);
    return {};
  },
  async decompose({ id, rgba, width, height }, signal) {
    const composer = await load(id, "decompose", signal);
    signal.throwIfAborted();
    const parts = await composer.decompose(rgba, width, height);
    return { value: parts, transfer: [parts.categories.buffer, parts.boundary.buffer, parts.semantics.buffer] };
  },
  async generate({ id, recipe }, signal) {
    const composer = await load(id, recipe, signal);
    signal.throwIfAborted();
    sampling = id;
    const result = await composer.generate(recipe, (/** @type {any} */ event) => {
      self.postMessage({ id, type: "progress", progress: event }, { transfer: event.preview ? [event.preview.rgba.buffer] : [] });
    });
    return { value: result, transfer: [result.rgba.buffer, result.png.buffer] };
  },
};

/** @type {Record<string, (request: any) => Promise<unknown>>} */
const immediate = {
  async start(request) {
    backend = request.backend;
    store = new Store(request.model);
  },
  async glance({ model }) {
    return new Store(model).describe();
  },
  async kept() {
    return keptModels(store);
  },
  async palette({ rgba, width, height, swatches }) {
    return (await ready()).palette_of(rgba, width, height, swatches);
  },
  async "read-recipe"({ png }) {
    const { read_recipe, check_recipe } = await ready();
    const recipe = read_recipe(png);
    // Pictures that cannot be opened would otherwise only be noticed when half of the recipe is on the page.
    if (recipe) check_recipe(recipe);
    return recipe;
  },
  async "read-expression"({ text }) {
    return (await ready()).read_expression(text);
  },
  async tasks() {
    return (await ready()).tasks();
  },
  async "stages-of"({ recipe }) {
    return (await ready()).stages_of(recipe);
  },
  async "task-recipes"({ name, inputs }) {
    return (await ready()).task_recipes(name, inputs);
  },
  async stop({ target }) {
    running.get(target)?.abort();
    if (sampling === target) composer?.stop();
  },
};

/** @param {number} id @param {Recipe | "decompose" | undefined} wanted @param {AbortSignal} signal */
async function load(id, wanted, signal) {
  const composer = await open();
  const stages = !wanted ? PAINTING : wanted === "decompose" ? APART : (await ready()).stages_of(wanted);
  const tally = await store.tally(stages, loaded);
  const summary = await composer.load(store.during(signal), wanted, (/** @type {any} */ event) => {
    self.postMessage({ id, type: "progress", progress: { type: "load", stage: event.stage, file: event.file, ...tally(event) } });
  });
  for (const stage of summary.stages) loaded.add(stage);
  return composer;
}

/** @param {unknown} error */
const text = (error) => (error instanceof Error ? error.message : String(error));

/** @param {number} id @param {any} error @param {boolean} stopped */
function fail(id, error, stopped) {
  if (error instanceof WebAssembly.RuntimeError) return crash(error);
  const code = stopped ? "cancelled" : error?.code;
  // DOMException has numeric codes; ours are words.
  self.postMessage({ id, type: "error", code: typeof code === "string" ? code : "internal", message: text(error) });
}

/** After a trap nothing in the module can be trusted any more: the page starts another worker. @param {unknown} error */
function crash(error) {
  self.postMessage({ type: "crash", message: text(error) });
}

self.addEventListener("message", ({ data: request }) => {
  const { id, type } = request;
  if (type in immediate) {
    immediate[type](request).then((value) => self.postMessage({ id, type: "done", value }), (error) => fail(id, error, false));
    return;
  }
  const abort = new AbortController();
  running.set(id, abort);
  queue = queue.then(async () => {
    try {
      abort.signal.throwIfAborted();
      const { value, transfer = [] } = await queued[type](request, abort.signal);
      self.postMessage({ id, type: "done", value }, { transfer });
    } catch (error) {
      fail(id, error, abort.signal.aborted);
    } finally {
      running.delete(id);
      sampling = undefined;
    }
  });
});

// A trap inside the engine's own tasks surfaces here and nowhere else.
self.addEventListener("unhandledrejection", (event) => crash(event.reason));
