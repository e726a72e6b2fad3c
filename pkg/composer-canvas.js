// @ts-check
// <composer-canvas>: a picture that the visitor's own device makes, for any page. Its pieces are a canvas, a button, a line of text.
// It needs this folder and a model's folder on the same site, and nothing else. The engine runs in a worker of its own.
//
//   <composer-canvas src="models/default/" caption="a red apple, 3d emoji on a white background" autostart></composer-canvas>
//
// Attributes: src, caption, seed, steps, guidance, backend, autostart. Properties: conditions, recipe, result, running.
// Methods: generate(), stop(). Events, which do not bubble: progress, result, error; what they say is in `detail`.
// Styles: --composer-accent, --composer-on-accent, --composer-ground, --composer-ink, --composer-radius, and the parts
// canvas, bar, button, message. Slots for other words: generate, stop.

import { Engine } from "./engine.js";

/** @import { Asked, Backend, Conditions, LoadProgress, Pixels, Recipe, Result, StepProgress } from "./types.d.ts" */
/** @import { ComposerCanvas as Declared } from "./composer-canvas.d.ts" */

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  :host {
    display: inline-grid; gap: 8px; inline-size: 320px; max-inline-size: 100%; font: 15px/1.4 system-ui, sans-serif;
    color: var(--composer-ink, inherit);
  }
  :host([hidden]), [hidden] { display: none !important; }
  canvas {
    display: block; inline-size: 100%; aspect-ratio: 1; border-radius: var(--composer-radius, 12px);
    background: var(--composer-ground, color-mix(in srgb, currentColor 8%, transparent)); object-fit: contain;
  }
  progress { inline-size: 100%; block-size: 6px; accent-color: var(--composer-accent, #3646c9); }
  button {
    justify-self: start; min-block-size: 40px; padding: 0 18px; border: 0; border-radius: 10px; font: inherit; font-weight: 600; cursor: pointer;
    background: var(--composer-accent, #3646c9); color: var(--composer-on-accent, #fff);
  }
  button:focus-visible { outline: 2.5px solid var(--composer-accent, #3646c9); outline-offset: 2px; }
  p { margin: 0; overflow-wrap: anywhere; }
`);

const PIECES = `
  <canvas part="canvas" width="256" height="256" role="img" aria-label="No picture yet"></canvas>
  <progress part="bar" max="1" aria-label="Progress" hidden></progress>
  <button part="button" type="button"><slot name="generate">Generate</slot><slot name="stop" hidden>Stop</slot></button>
  <p part="message" role="status"></p>
`;

/** Seeds that people can read out; none was asked for. */
const DRAWN_SEEDS = 1e9;

/** @implements {Declared} */
export class ComposerCanvas extends HTMLElement {
  static observedAttributes = ["src", "backend"];

  #canvas;
  #bar;
  #button;
  #message;
  #slots;
  /** @type {Engine | undefined} */ #engine;
  /** @type {AbortController | undefined} */ #run;
  /** @type {Asked | undefined} */ #recipe;
  /** @type {Conditions} */ #conditions = {};
  /** @type {Result | undefined} */ #result;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [SHEET];
    root.innerHTML = PIECES;
    this.#canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.#bar = /** @type {HTMLProgressElement} */ (root.querySelector("progress"));
    this.#button = /** @type {HTMLButtonElement} */ (root.querySelector("button"));
    this.#message = /** @type {HTMLElement} */ (root.querySelector("p"));
    this.#slots = /** @type {HTMLSlotElement[]} */ ([...root.querySelectorAll("slot")]);
    // What goes wrong is shown and told in an event; nobody waits for this promise.
    this.#button.addEventListener("click", () => void (this.#run ? this.stop() : this.generate().catch(() => undefined)));
  }

  connectedCallback() {
    if (this.hasAttribute("autostart") && !this.#result && !this.#run) void this.generate().catch(() => undefined);
  }

  disconnectedCallback() {
    this.#close();
  }

  /** Another model or backend is another engine. @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if (before !== now) this.#close();
  }

  /** Whether a picture is being made. */
  get running() {
    return Boolean(this.#run);
  }

  /** The last picture: its pixels, the PNG file, and the recipe in full. */
  get result() {
    return this.#result;
  }

  /** What the picture is made from beside the caption. @returns {Conditions} */
  get conditions() {
    return this.#conditions;
  }

  set conditions(conditions) {
    this.#conditions = conditions;
  }

  /** What `generate` asks for: the recipe that was set, else one of the attributes and conditions. @returns {Asked} */
  get recipe() {
    if (this.#recipe) return this.#recipe;
    const text = this.getAttribute("caption")?.trim();
    const [seed, base, guidance] = ["seed", "steps", "guidance"].map((name) => this.#number(name));
    return {
      version: 1,
      seed: seed ?? Math.floor(Math.random() * DRAWN_SEEDS),
      ...(guidance === undefined ? {} : { guidance }),
      ...(base === undefined ? {} : { steps: { base } }),
      conditions: { ...(text ? { caption: { text } } : {}), ...this.#conditions },
    };
  }

  set recipe(/** @type {Asked | undefined} */ recipe) {
    this.#recipe = recipe;
  }

  /**
   * Makes a picture, shows it, and ends with it. Rejects with an error that has a `code`; "cancelled" after `stop`, or when the
   * element leaves the page. A run that goes on already is the one that is waited for by whoever started it.
   * @returns {Promise<Result>}
   */
  async generate() {
    if (this.#run) throw Object.assign(new Error("A picture is being made already."), { code: "busy" });
    const run = (this.#run = new AbortController());
    this.#show(true);
    this.#say("");
    try {
      const src = this.getAttribute("src");
      if (!src) throw Object.assign(new Error("The attribute `src` must name a model's folder."), { code: "manifest" });
      const result = await this.#started(src).generate(this.recipe, { signal: run.signal, onProgress: (event) => this.#progress(event) });
      this.#draw(result);
      this.#result = result;
      this.#canvas.setAttribute("aria-label", labelOf(result.recipe));
      this.#say("");
      this.dispatchEvent(new CustomEvent("result", { detail: result }));
      return result;
    } catch (error) {
      const { code = "internal", message } = /** @type {{ code?: string, message: string }} */ (error);
      this.#say(code === "cancelled" ? "" : message);
      if (code !== "cancelled") this.dispatchEvent(new CustomEvent("error", { detail: { code, message } }));
      throw error;
    } finally {
      this.#run = undefined;
      this.#show(false);
    }
  }

  /** Ends the run within a step. */
  stop() {
    this.#run?.abort();
  }

  /** A worker with a model in it is too large to be left behind. */
  #close() {
    this.#engine?.close();
    this.#engine = undefined;
  }

  /** @param {string} name */
  #number(name) {
    const text = this.getAttribute(name)?.trim();
    return text ? Number(text) : undefined;
  }

  /** @param {string} src */
  #started(src) {
    return (this.#engine ??= new Engine(new URL(src, document.baseURI).href, backendOf(this.getAttribute("backend"))));
  }

  /** @param {LoadProgress | StepProgress} event */
  #progress(event) {
    if (event.type === "load") {
      this.#bar.value = event.total ? event.received / event.total : 0;
      this.#say("Loading the model");
    } else {
      this.#bar.value = event.step / event.steps;
      this.#say("Making the picture");
      if (event.preview) this.#draw(event.preview);
    }
    this.dispatchEvent(new CustomEvent("progress", { detail: event }));
  }

  /** @param {Pixels} pixels */
  #draw({ rgba, width, height }) {
    Object.assign(this.#canvas, { width, height });
    this.#canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  /** @param {boolean} running */
  #show(running) {
    this.#bar.hidden = !running;
    this.#bar.removeAttribute("value");
    this.#canvas.setAttribute("aria-busy", String(running));
    const [generate, stop] = this.#slots;
    generate.hidden = running;
    stop.hidden = !running;
  }

  /** Said once, however often it is called: a screen reader repeats what is set anew. @param {string} text */
  #say(text) {
    if (this.#message.textContent !== text) this.#message.textContent = text;
  }
}

/** @param {string | null} name @returns {Backend} */
const backendOf = (name) => (name === "cpu" || name === "webgpu" ? name : "auto");

/** @param {Recipe} recipe */
const labelOf = ({ conditions, expression, seed }) => conditions.caption?.text ?? expression ?? `Picture, seed ${seed}`;

if (!customElements.get("composer-canvas")) customElements.define("composer-canvas", ComposerCanvas);
