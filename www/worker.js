// @ts-check
// Owns the wasm engine. The only file that imports from pkg/.
// Requests: { id, type: "model" | "open" | "describe" | "load" | "generate" | "palette" | "read-recipe" | "stop", ...args }
// Replies:  { id, type: "progress" | "done" | "error", ... }, and { type: "crash", message } when the engine broke.
//
// open, describe, load and generate wait for one another; palette, read-recipe and stop are answered between two steps.

import { Store } from "./store.js";

/** @import { Backend, Recipe } from "./types.d.ts" */

/** @type {any} the generated package, once it is here */ let pkg;
/** @type {{ wanted: Backend, composer: any } | undefined} */ let opened;
/** @type {Store} */ let store;
/** @type {Promise<unknown>} */ let queue = Promise.resolve();
/** @type {Map<number, AbortController>} */ const running = new Map();
/** @type {number | undefined} the request whose networks are at work right now */ let sampling;

/** @param {string} code @param {string} message */
const fault = (code, message) => Object.assign(new Error(message), { code });

async function ready() {
  if (pkg) return pkg;
  try {
    // At run time, not at the top: a missing file then becomes a message instead of a silent dead worker.
    const module = await import("../pkg/composer.js");
    await module.default();
    pkg = module;
  } catch (error) {
    throw fault("fetch", `The engine could not be loaded (${text(error)}). Check the connection and reload the page.`);
  }
  return pkg;
}

/** @param {Backend} wanted */
async function open(wanted) {
  if (opened?.wanted === wanted) return opened.composer;
  const { Composer } = await ready();
  opened?.composer.free();
  opened = undefined;
  const composer = await Composer.open(wanted);
  opened = { wanted, composer };
  return composer;
}

/** @param {any} composer */
const describe = ({ backend, adapter, reason }) => ({ backend, adapter, reason });

/** @type {Record<string, (request: any, signal: AbortSignal) => Promise<{ value?: unknown, transfer?: Transferable[] }>>} */
const queued = {
  async open({ backend }) {
    return { value: describe(await open(backend)) };
  },
  async describe() {
    return { value: await store.describe() };
  },
  async load({ id, backend, recipe }, signal) {
    const composer = await open(backend);
    await load(composer, id, recipe, signal);
    return {};
  },
  async generate({ id, backend, recipe }, signal) {
    const composer = await open(backend);
    await load(composer, id, recipe, signal);
    signal.throwIfAborted();
    sampling = id;
    const result = await composer.generate(recipe, (/** @type {any} */ event) => {
      const transfer = event.preview ? [event.preview.rgba.buffer] : [];
      self.postMessage({ id, type: "progress", progress: { ...event, type: "step" } }, { transfer });
    });
    const { width, height, rgba, png, recipe: used, seconds } = result;
    return { value: { width, height, rgba, png, recipe: used, seconds }, transfer: [rgba.buffer, png.buffer] };
  },
};

/** @type {Record<string, (request: any) => Promise<unknown>>} */
const immediate = {
  async model({ url }) {
    store = new Store(url);
  },
  async palette({ rgba, width, height, swatches }) {
    return (await ready()).palette_of(rgba, width, height, swatches);
  },
  async "read-recipe"({ png }) {
    return (await ready()).read_recipe(png);
  },
  async stop({ target }) {
    running.get(target)?.abort();
    if (sampling === target) opened?.composer.stop();
  },
};

/** @param {any} composer @param {number} id @param {Recipe | undefined} recipe @param {AbortSignal} signal */
async function load(composer, id, recipe, signal) {
  await composer.load(store.during(signal), recipe, (/** @type {any} */ progress) => {
    self.postMessage({ id, type: "progress", progress: { ...progress, type: "load" } });
  });
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
