// @ts-check
// Puts the page together: controls give a recipe, the engine makes a picture of it, the view shows it.

import { Asking } from "./asking.js";
import { Collection } from "./collection.js";
import { listenForPictures } from "./controls/drop.js";
import { Shelf } from "./controls/shelf.js";
import { Tasks } from "./controls/tasks.js";
import { saveSoon, savedDraft } from "./draft.js";
import { Engine } from "./engine.js";
import { EXAMPLES } from "./examples.js";
import { Results } from "./gallery/results.js";
import { say, startLanguage } from "./language.js";
import { Making } from "./making.js";
import { pixels, squareFromUrl } from "./pictures.js";
import { Queue } from "./queue.js";
import { Studio } from "./studio.js";
import { list, megabytes } from "./view/format.js";
import { Grid } from "./view/grid.js";
import { hideError, notice, showError } from "./view/notices.js";
import { Progress, announce, downloading } from "./view/progress.js";
import { Queued } from "./view/queued.js";
import { Stage } from "./view/stage.js";
import { Way } from "./view/way.js";

/** @import { Backend, ConditionId, Job, ModelInfo, Recipe, Shown, Snapshot } from "./types.d.ts" */

const DEFAULT_MODEL = "www/models/default/";
/** A small file or two need no mention. */
const NEGLIGIBLE = 1e5;
/** Larger PNG files are taken as pictures without looking for a recipe in them. */
const MOST_RECIPE_BYTES = 64e6;

await startLanguage();

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const go = /** @type {HTMLButtonElement} */ (element("go"));
const form = element("studio");
const asked = new URLSearchParams(location.search);

const engine = new Engine(modelUrl());
const progress = new Progress();
const way = new Way(branch);
const stage = new Stage((shown) => {
  way.show(shown);
  results.mark(shown);
});
const grid = new Grid((shown) => show(shown));
const results = new Results({
  engine, stage,
  onShow: show,
  onRecipe: (recipe, done) => takeRecipe(recipe, undefined, done),
  canDecompose: () => Boolean(model?.apart && model.apart.cached >= model.apart.bytes && !making.running),
});
/** @type {Making} */ const making = new Making({ engine, stage, grid, results, progress });
const queue = new Queue({ make, onChange: () => queued.show(making.running) });
const queued = new Queued(queue, () => void generate());

const onError = (/** @type {unknown} */ error) => showError(message(error));
const colorsOf = (/** @type {ImageData} */ picture, /** @type {number} */ swatches) => engine.palette(picture, swatches);
const read = (/** @type {string} */ text) => engine.readExpression(text);
const categories = () => model?.categories ?? [];
const pictures = new Collection({
  decompose: async (url, onProgress) => engine.decompose(pixels(await squareFromUrl(url)), {
    onProgress: (event) => {
      if (event.type === "load") onProgress(event);
    },
  }),
  colorsOf: async (url) => engine.palette(pixels(await squareFromUrl(url)), 8),
});
const studio = new Studio({ pictures, onChange: changed, onError, onBackend: (backend) => void open(backend).then(showModel), colorsOf, read });
const shelf = new Shelf({
  pictures,
  uses: (id, picture) => mode() === "studio" && studio.uses(id, picture),
  onToggle: (id, picture) => void studio.toggle(id, picture).catch(onError),
  categories,
  loading: downloading,
  onError,
});
const tasks = new Tasks({ pictures, onChange: showUses, onError, colorsOf, read, categories, onOpen: () => void openInStudio() });

const asking = new Asking({ engine, studio, tasks });
pictures.listen(() => showUses());

/** @type {ModelInfo | undefined} */ let model;
/** Whether a recipe is being put together. */
let gathering = false;

function changed() {
  saveSoon(() => studio.snapshot);
  shelf.refresh();
  showUses();
  showRunning(making.running);
}

/** @returns {"studio" | "tasks"} */
function mode() {
  return form.dataset.mode === "tasks" ? "tasks" : "studio";
}

/** @param {"studio" | "tasks"} wanted */
function setMode(wanted) {
  form.dataset.mode = wanted;
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (document.getElementsByName("mode"))) radio.checked = radio.value === wanted;
  showRunning(making.running);
  shelf.refresh(wanted === "studio");
  showUses();
}

function showUses() {
  const step = mode() === "studio" ? studio.branchStep : undefined;
  element("branch").hidden = step === undefined;
  /** @type {HTMLElement} */ (element("branch").querySelector("p")).textContent = `Goes on from step ${step}. Change what you like, then press Generate.`;
  way.mark(step);
  element("uses").textContent = mode() === "tasks" ? taskLine() : studioLine();
  const missing = model ? model.bytes - model.cached : 0;
  element("download-note").textContent = missing > NEGLIGIBLE ? `Generate first downloads the model, ${megabytes(missing)} MB, once.` : "";
}

function studioLine() {
  const used = studio.used;
  const parts = [used.length ? `From your ${list(used)}.` : "Nothing given yet: the picture will be a surprise."];
  if (studio.waitsForMask) parts.push("Paint over the part of the picture that may change.");
  return parts.join(" ");
}

function taskLine() {
  if (!tasks.form) return "Choose what you want to do.";
  return tasks.form.problem?.message ?? "All is there that this needs.";
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

/** Makes what the page says now, or after what is being made already. */
async function generate() {
  if (gathering || !asking.settingsHold()) return;
  if (queue.isFull) return showError(say("gallery.queueFull"));
  queued.busy = gathering = true;
  try {
    if (!making.running) hideError();
    const recipes = await (mode() === "tasks" ? asking.ofTask() : asking.ofStudio());
    if (recipes && queue.add(recipes, stage.shown)) announce(say("gallery.queued", { n: queue.waiting.length }));
  } catch (error) {
    onError(error);
  } finally {
    queued.busy = gathering = false;
  }
}

/** One run. Whether another may follow by itself. @param {Job} job */
async function make({ recipes, before }) {
  hideError();
  try {
    const run = making.make(recipes, { device: studio.settings.backend, before, onWarning: notice });
    if (recipes.length === 1) grid.clear();
    showRunning(true);
    bringIntoView();
    await run;
    return true;
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    if (code === "cancelled") announce("Stopped.");
    else showError(message(error), remedies(code));
    return code === "cancelled";
  } finally {
    showRunning(false);
    void showModel();
  }
}

async function openInStudio() {
  try {
    const recipes = asking.settingsHold() && (await asking.ofTask());
    if (!recipes) return;
    hideError();
    const before = studio.snapshot;
    await studio.restore(recipes[0]);
    setMode("studio");
    changed();
    form.scrollIntoView({ block: "start" });
    notice("Here everything can be changed.", [{ label: "Undo", run: () => void putBack(before) }]);
  } catch (error) {
    onError(error);
  }
}

/** @param {Shown} shown */
function show(shown) {
  stage.show(shown, making.running);
  element("show-all").hidden = grid.isEmpty;
}

/** The next run goes as that of a picture did up to a step. @param {Shown} shown @param {number} step */
function branch(shown, step) {
  if (making.running) return;
  if (mode() === "tasks") {
    void studio.restore(shown.result.recipe).then(() => {
      setMode("studio");
      studio.branch(shown.result.recipe, step);
    }, onError);
  } else studio.branch(shown.result.recipe, step);
  announce(`The next picture goes on from step ${step}.`);
}

function several() {
  const { count } = studio.settings;
  return count > 1 ? `Generate ${count}` : "Generate";
}

function stop() {
  if (making.stop()) go.setAttribute("aria-disabled", "true");
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
  queued.show(running);
  // Whoever leaves now loses the run.
  onbeforeunload = running ? (event) => event.preventDefault() : null;
  element("show-all").hidden = grid.isEmpty;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  go.classList.toggle("running", running);
  go.removeAttribute("aria-disabled");
  /** @type {HTMLElement} */ (go.querySelector(".go-label")).textContent = running ? "Stop" : mode() === "tasks" ? "Make it" : several();
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
    model = await engine.describe();
    const missing = model.bytes - model.cached;
    pictures.ready(Boolean(model.apart));
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
  void results.openLink();
  await open(studio.settings.backend);
  engine.tasks().then((all) => tasks.fill(all), onError);
  const model = await showModel();
  if (model && model.cached >= model.bytes && !making.running) {
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

/** @param {File[]} files @param {string | undefined} target */
async function receive(files, target) {
  for (const file of files) {
    try {
      const recipe = files.length === 1 ? await recipeIn(file) : undefined;
      if (await results.takes(file)) continue;
      if (recipe) await takeRecipe(recipe, file);
      else if (target?.startsWith("task-")) await tasks.form?.take(target.slice("task-".length), file);
      else if (target && target !== "shelf") await studio.take(/** @type {ConditionId} */ (target), file);
      else await adopt(file);
    } catch (error) {
      onError(error);
    }
  }
}

/** @param {File} file */
async function recipeIn(file) {
  if (file.size > MOST_RECIPE_BYTES) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  return isPng(bytes) ? engine.readRecipe(bytes) : undefined;
}

/** @param {Uint8Array} bytes */
const isPng = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;

/** A file joins the visitor's pictures. @param {Blob} file */
async function adopt(file) {
  await pictures.add(file);
  element("shelf").scrollIntoView({ block: "nearest" });
}

/** @param {Recipe} recipe @param {File} [file] @param {string} [done] what is said then */
async function takeRecipe(recipe, file, done = "The inputs and settings of this picture are back.") {
  const before = studio.snapshot;
  await studio.restore(recipe).catch(async (error) => {
    await putBack(before);
    throw error;
  });
  // Its seed is part of what was asked for.
  studio.settings.locked = true;
  setMode("studio");
  changed();
  const actions = [{ label: "Undo", run: () => void putBack(before) }];
  if (file) actions.push({ label: "Use the picture instead", run: () => void putBack(before).then(() => adopt(file)).catch(onError) });
  notice(done, actions);
}

/** @param {Snapshot} snapshot */
async function putBack({ recipe, off }) {
  await studio.restore(recipe, off, true);
  changed();
}

// What listens to the visitor

go.addEventListener("click", () => (making.running ? stop() : void generate()));
for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (document.getElementsByName("mode"))) {
  radio.addEventListener("change", () => setMode(radio.value === "tasks" ? "tasks" : "studio"));
}
element("studio").addEventListener("submit", (event) => event.preventDefault());
element("show-all").addEventListener("click", () => stage.showGrid());
element("rejoin").addEventListener("click", () => studio.rejoin());
element("adopt").addEventListener("click", async () => {
  if (stage.shown) await adopt(new File([stage.shown.result.png], `seed ${stage.shown.result.recipe.seed}`)).catch(onError);
});
element("reuse").addEventListener("click", () => {
  if (stage.shown) void takeRecipe(stage.shown.result.recipe).catch(onError);
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
    if (!event.repeat) void generate();
  } else if (event.key === "Escape") stop();
});
element("examples").append(...EXAMPLES.map(({ label, caption, lines, colors }) => {
  const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: label });
  chip.addEventListener("click", () => {
    const before = studio.snapshot;
    studio.words.type(caption);
    // A phone's keyboard would cover what the words have changed.
    if (matchMedia("(pointer: coarse)").matches) element("caption").blur();
    if (!lines || !colors) return;
    studio.compose(lines, colors);
    notice("Words, a sketch and colours, together.", [{ label: "Undo", run: () => void putBack(before) }]);
  });
  return chip;
}));
listenForPictures((files, target) => void receive(files, target));

showRunning(false);
void start();
