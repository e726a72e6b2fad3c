// @ts-check
// The engine as a page sees it: promises, AbortSignal, progress over a worker. Touches no DOM.
//
// One worker lives as long as the page, because it holds the weights. It is replaced only after a crash, and when another
// backend is chosen: memory that wasm once took is never given back otherwise. Weights then come from the device's own store.

/** @import { Asked, Backend, BackendInfo, KeptModel, LoadProgress, ModelChoice, ModelInfo, Parts, Reading, Recipe, RequestOptions, Result, SelfTest, StepProgress, Swatch, Task, TaskValues } from "./types.d.ts" */
/** @import { Engine as Declared } from "./engine.d.ts" */

/** An error to show to a person; `code` is what the page switches on. */
export class EngineError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "EngineError";
    this.code = code;
  }
}

/** @param {string} [detail] */
const crashed = (detail) => `The engine stopped unexpectedly and was restarted. Your inputs are safe; please try again.${detail ? ` (${detail})` : ""}`;

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: EngineError) => void} reject
 * @property {((progress: LoadProgress | StepProgress) => void) | undefined} onProgress
 */

/** @implements {Declared} */
export class Engine {
  /** @type {Worker | undefined} */ #worker;
  /** @type {Backend} */ #backend = "auto";
  /** @type {Map<number, Pending>} */ #pending = new Map();
  #lastId = 0;
  /** @type {ModelChoice} */ #model;
  #translate;

  /** @param {ModelChoice} model @param {Backend} [backend] @param {(message: string) => string} [translate] what an error says in another language */
  constructor(model, backend = "auto", translate = (message) => message) {
    this.#translate = translate;
    this.#model = model;
    this.#backend = backend;
  }

  get model() {
    return this.#model;
  }

  /**
   * Takes another model from the next request on, once its manifest is found good; until then, and if it is not, the old one stays.
   * @param {ModelChoice} model
   */
  async use(model) {
    await this.#request("check-model", { model });
    this.#end("cancelled", "Another model was chosen.");
    this.#model = model;
  }

  /** What a model is, and what of it is here, without taking it. @param {ModelChoice} model @returns {Promise<ModelInfo>} */
  glance(model) {
    return this.#request("glance", { model });
  }

  /** What this device keeps of models. @returns {Promise<KeptModel[]>} */
  kept() {
    return this.#request("kept", {});
  }

  /** Lets go of a model's copies. @param {string} key */
  forget(key) {
    return this.#request("forget", { key });
  }

  /** Computes one of each kind of layer and compares with what is right; needs no model. @param {RequestOptions} options @returns {Promise<SelfTest>} */
  selfTest(options = {}) {
    return this.#request("self-test", {}, options);
  }

  /** Starts the engine on a backend and says which one it became. @param {Backend} backend @returns {Promise<BackendInfo>} */
  open(backend) {
    if (backend !== this.#backend) this.#end("cancelled", "Another backend was chosen.");
    this.#backend = backend;
    return this.#request("open", {});
  }

  /** What the model is and how much of it this device already holds. @returns {Promise<ModelInfo>} */
  describe() {
    return this.#request("describe", {});
  }

  /** Loads the stages that making pictures needs, or taking them apart. @param {"decompose"} [wanted] @param {RequestOptions} options */
  load(wanted, options = {}) {
    return this.#request("load", { wanted }, options);
  }

  /** Loads what is missing, then takes a picture apart. @param {ImageData} picture @param {RequestOptions} options @returns {Promise<Parts>} */
  decompose(picture, options = {}) {
    const rgba = new Uint8Array(picture.data.buffer);
    return this.#request("decompose", { rgba, width: picture.width, height: picture.height }, { ...options, transfer: [rgba.buffer] });
  }

  /** Loads what is missing, then makes a picture. @param {Asked} recipe @param {RequestOptions} options @returns {Promise<Result>} */
  generate(recipe, options = {}) {
    return this.#request("generate", { recipe }, options);
  }

  /** The picture's main colours. @param {ImageData} picture @param {number} swatches @returns {Promise<Swatch[]>} */
  palette(picture, swatches) {
    const rgba = new Uint8Array(picture.data.buffer);
    return this.#request("palette", { rgba, width: picture.width, height: picture.height, swatches }, { transfer: [rgba.buffer] });
  }

  /** The recipe inside one of our PNG files, if there is one. @param {Uint8Array<ArrayBuffer>} png @returns {Promise<Recipe | undefined>} */
  readRecipe(png) {
    return this.#request("read-recipe", { png }, { transfer: [png.buffer] });
  }

  /** What the words box holds: a caption, or an expression with its alternatives or its error. @param {string} text @returns {Promise<Reading>} */
  readExpression(text) {
    return this.#request("read-expression", { text });
  }

  /** What people want done with pictures, and what each such task takes. @returns {Promise<Task[]>} */
  tasks() {
    return this.#request("tasks", {});
  }

  /** A task's recipes, one for each picture of its result. @param {string} name @param {TaskValues} inputs @returns {Promise<Recipe[]>} */
  taskRecipes(name, inputs) {
    return this.#request("task-recipes", { name, inputs });
  }

  /** Names of the model's stages that a recipe needs. @param {Recipe} recipe @returns {Promise<string[]>} */
  stagesOf(recipe) {
    return this.#request("stages-of", { recipe });
  }

  /** Ends the worker and frees its memory. A later request starts another. */
  close() {
    this.#end("cancelled", "Stopped");
  }

  /**
   * @param {string} type
   * @param {object} args
   * @param {RequestOptions} options
   * @returns {Promise<any>}
   */
  #request(type, args, { signal, onProgress, transfer = [] } = {}) {
    if (signal?.aborted) return Promise.reject(new EngineError("cancelled", "Stopped"));
    const id = ++this.#lastId;
    const worker = (this.#worker ??= this.#start());
    // The worker answers a stop by failing the stopped request, so that nothing else runs until it has really ended.
    const stop = () => worker.postMessage({ id: ++this.#lastId, type: "stop", target: id });
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
      signal?.addEventListener("abort", stop, { once: true });
      worker.postMessage({ id, type, ...args }, transfer);
    }).finally(() => signal?.removeEventListener("abort", stop));
  }

  #start() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "composer" });
    worker.addEventListener("message", ({ data }) => this.#receive(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#end("internal", crashed(event.message));
    });
    worker.postMessage({ id: 0, type: "start", model: this.#model, backend: this.#backend });
    return worker;
  }

  /** @param {any} reply */
  #receive(reply) {
    if (reply.type === "crash") return this.#end("internal", crashed(reply.message));
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.type === "progress") return pending.onProgress?.(reply.progress);
    this.#pending.delete(reply.id);
    if (reply.type === "done") pending.resolve(reply.value);
    else pending.reject(this.#error(reply.code, reply.message));
  }

  /** Ends the worker; the next request starts another. @param {string} code @param {string} message */
  #end(code, message) {
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(this.#error(code, message));
  }

  /** @param {string} code @param {string} message */
  #error(code, message) {
    return new EngineError(code, this.#translate(message));
  }
}
