// @ts-check
// Puts the page together: controls give a recipe, the engine makes a picture of it, the view shows it.

import { listenForPictures } from "./controls/drop.js";
import { saveSoon, savedDraft } from "./draft.js";
import { Engine } from "./engine.js";
import { EXAMPLES } from "./examples.js";
import { Studio } from "./studio.js";
import { list, megabytes } from "./view/format.js";
import { hideError, notice, showError } from "./view/notices.js";
import { Progress, announce } from "./view/progress.js";
import { Recents } from "./view/recents.js";
import { Stage } from "./view/stage.js";

/** @import { Backend, ConditionId, ModelInfo, Recipe } from "./types.d.ts" */

const DEFAULT_MODEL = "www/models/default/";
/** A small file or two need no mention. */
const NEGLIGIBLE = 1e5;
/** Where a picture can be put that was dropped beside all inputs. @type {[ConditionId, string][]} */
const USES = [["palette", "Its colours"], ["sketch", "As sketch"], ["intensity", "Its greys"], ["masking", "Change a part"]];

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const go = /** @type {HTMLButtonElement} */ (element("go"));
const asked = new URLSearchParams(location.search);

const engine = new Engine(modelUrl());
const progress = new Progress();
const stage = new Stage();
const recents = new Recents((shown) => {
  if (!run) stage.show(shown);
});
const studio = new Studio({
  onChange: changed,
  onError: (error) => showError(message(error)),
  onBackend: (backend) => void open(backend).then(showModel),
  colorsOf: (picture, swatches) => engine.palette(picture, swatches),
});

/** @type {AbortController | undefined} the run in progress */ let run;
/** Bytes that the first picture will have to wait for. */ let missing = 0;

function changed() {
  saveSoon(() => studio.snapshot);
  showUses();
}

function showUses() {
  const used = studio.used;
  const parts = [used.length ? `From your ${list(used)}.` : "Nothing given yet: the picture will be a surprise."];
  if (studio.waitsForMask) parts.push("Paint over the part of the picture that may change.");
  element("uses").textContent = parts.join(" ");
  element("download-note").textContent = missing > NEGLIGIBLE ? `Generate first downloads the model, ${megabytes(missing)} MB, once.` : "";
}

/** Another model may be named, from this very site only. */
function modelUrl() {
  const url = new URL(asked.get("model") ?? DEFAULT_MODEL, document.baseURI);
  if (url.origin === location.origin) return url.href;
  showError("A model can only come from this site; the usual one is used instead.");
  return new URL(DEFAULT_MODEL, document.baseURI).href;
}

/** @param {unknown} error */
const message = (error) => (error instanceof Error ? error.message : String(error));

// Making a picture

async function generate() {
  if (run) return;
  const { settings } = studio;
  const problem = settings.problem;
  if (problem) {
    problem.field.closest("details")?.setAttribute("open", "");
    problem.field.focus();
    showError(problem.message);
    return;
  }
  hideError();
  settings.prepareSeed();
  const { signal } = (run = new AbortController());
  showRunning(true);
  progress.begin("Starting", studio.recipe.steps, settings.backend);
  bringIntoView();
  try {
    const result = await engine.generate(studio.recipe, {
      signal,
      onProgress(event) {
        if (signal.aborted) return;
        if (event.type === "load") return progress.load(event);
        progress.step(event);
        if (event.preview) stage.preview(event.preview);
      },
    });
    const shown = { result, url: URL.createObjectURL(new Blob([result.png], { type: "image/png" })) };
    stage.show(shown);
    recents.add(shown);
    progress.end(true);
    announce("The picture is ready.");
    if (result.warning) notice(result.warning);
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    stage.settle();
    if (code === "cancelled") announce("Stopped.");
    else showError(message(error), remedies(code));
  } finally {
    run = undefined;
    showRunning(false);
    progress.end(false);
    void showModel();
  }
}

function stop() {
  if (!run || run.signal.aborted) return;
  run.abort();
  progress.stopping();
  go.setAttribute("aria-disabled", "true");
}

/** @param {string | undefined} code */
function remedies(code) {
  const again = { label: "Try again", run: () => void generate() };
  const cpu = {
    label: "Use the CPU",
    run() {
      studio.settings.backend = "cpu";
      void open("cpu").then(generate);
    },
  };
  if (code === "device" || code === "backend") return studio.settings.backend === "cpu" ? [again] : [cpu, again];
  return code === "recipe" || code === "image" ? [] : [again];
}

/** @param {boolean} running */
function showRunning(running) {
  studio.settings.busy = running;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  go.classList.toggle("running", running);
  go.removeAttribute("aria-disabled");
  /** @type {HTMLElement} */ (go.querySelector(".go-label")).textContent = running ? "Stop" : "Generate";
  /** @type {HTMLElement} */ (go.querySelector("kbd")).textContent = running ? "Esc" : mac ? "⌘ ↵" : "Ctrl ↵";
  go.setAttribute("aria-keyshortcuts", running ? "Escape" : "Control+Enter");
}

/** On a small screen the picture is further down than the inputs. */
function bringIntoView() {
  const box = element("stage").getBoundingClientRect();
  if (box.top >= 0 && box.top < innerHeight / 2) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element("stage").scrollIntoView({ block: "start", behavior: calm ? "instant" : "smooth" });
}

// The engine and its model

/** @param {Backend} backend */
async function open(backend) {
  const line = element("backend-line");
  const say = (/** @type {string} */ which, /** @type {string} */ text) => {
    /** @type {HTMLElement} */ (line.querySelector(".dot")).dataset.backend = which;
    /** @type {HTMLElement} */ (line.querySelector(".text")).textContent = text;
  };
  say("", "Starting the engine…");
  try {
    const { backend: which, adapter, reason } = await engine.open(backend);
    say(which, `Runs on ${which === "webgpu" ? `WebGPU (${adapter})` : "the CPU"}: ${reason}.`);
  } catch (error) {
    say("none", "The engine is not running.");
    const automatic = {
      label: "Choose automatically",
      run() {
        studio.settings.backend = "auto";
        void open("auto");
      },
    };
    showError(message(error), backend === "auto" ? [{ label: "Try again", run: () => void open(backend) }] : [automatic]);
  }
}

/** @returns {Promise<ModelInfo | undefined>} */
async function showModel() {
  const line = element("model-line");
  try {
    const model = await engine.describe();
    missing = model.bytes - model.cached;
    showUses();
    const state = missing <= 0 ? "kept on this device, works offline"
      : model.cached > 0 ? `${megabytes(missing)} MB of them still to download`
        : "downloaded once, when you first press Generate";
    line.textContent = `${model.title} (${megabytes(model.bytes)} MB), ${state}.`;
    return model;
  } catch (error) {
    line.textContent = message(error);
    return undefined;
  }
}

async function start() {
  const forced = asked.get("backend");
  if (forced === "cpu" || forced === "webgpu") studio.settings.backend = forced;
  const draft = savedDraft();
  // A draft that a later version cannot read must not keep the page from starting.
  if (draft) await studio.restore(draft.recipe, draft.off).catch(() => undefined);
  changed();
  await open(studio.settings.backend);
  const model = await showModel();
  if (model && model.cached >= model.bytes && !run) {
    // All is here already, so it can be made ready while the visitor thinks. Trouble shows, and heals, at Generate.
    await engine.load().catch(() => undefined);
  }
  await offline();
}

/** Last of all, so that it takes nothing from the first picture. */
async function offline() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("sw.js");
    (await navigator.serviceWorker.ready).active?.postMessage("refresh");
  } catch {
    // Not allowed here (a private window, say): the page works, only not offline.
  }
}

// Pictures and recipes that come from outside

/** @param {File} file @param {string | undefined} target */
async function receive(file, target) {
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const recipe = isPng(bytes) ? await engine.readRecipe(bytes) : undefined;
    if (recipe) await takeRecipe(recipe, file);
    else if (target) await studio.take(/** @type {ConditionId} */ (target), file);
    else askUse(file, "What shall this picture give?");
  } catch (error) {
    showError(message(error));
  }
}

/** @param {Uint8Array} bytes */
const isPng = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;

/** @param {File} file @param {string} question */
function askUse(file, question) {
  notice(question, USES.map(([id, label]) => ({
    label,
    run: () => void studio.take(id, file).catch((error) => showError(message(error))),
  })));
}

/** @param {Recipe} recipe @param {File} [file] */
async function takeRecipe(recipe, file) {
  const before = studio.snapshot;
  await studio.restore(recipe);
  // Its seed is part of what was asked for.
  studio.settings.locked = true;
  changed();
  const actions = [{ label: "Undo", run: () => void putBack(before) }];
  if (file) actions.push({ label: "Use the picture instead", run: () => void putBack(before).then(() => askUse(file, "What shall this picture give?")) });
  notice("The inputs and settings of this picture are back.", actions);
}

/** @param {import("./types.d.ts").Snapshot} snapshot */
async function putBack({ recipe, off }) {
  await studio.restore(recipe, off);
  changed();
}

// What listens to the visitor

go.addEventListener("click", () => (run ? stop() : void generate()));
element("studio").addEventListener("submit", (event) => event.preventDefault());
element("save").addEventListener("click", () => stage.save());
element("reuse").addEventListener("click", () => {
  if (stage.shown) void takeRecipe(stage.shown.result.recipe);
});
element("start-over").addEventListener("click", async () => {
  const before = studio.snapshot;
  await studio.clear();
  changed();
  notice("All inputs are empty.", [{ label: "Undo", run: () => void putBack(before) }]);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void generate();
  } else if (event.key === "Escape") stop();
});
element("examples").append(...EXAMPLES.map(({ label, caption, lines, colors }) => {
  const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: label });
  chip.addEventListener("click", () => {
    const before = studio.snapshot;
    studio.type(caption);
    // A phone's keyboard would cover what the words have changed.
    if (matchMedia("(pointer: coarse)").matches) element("caption").blur();
    if (!lines || !colors) return;
    studio.compose(lines, colors);
    notice("Words, a sketch and colours, together.", [{ label: "Undo", run: () => void putBack(before) }]);
  });
  return chip;
}));
listenForPictures((file, target) => void receive(file, target));

showRunning(false);
void start();
