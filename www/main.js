// @ts-check
// Puts the page together: controls give a recipe, the engine makes a picture of it, the view shows it.

import { Advising } from "./advising.js";
import { Asking } from "./asking.js";
import { Collection } from "./collection.js";
import { listenForPictures } from "./controls/drop.js";
import { Presets } from "./controls/preset.js";
import { Shelf } from "./controls/shelf.js";
import { Tasks } from "./controls/tasks.js";
import { saveSoon, savedDraft } from "./draft.js";
import { Engine } from "../pkg/engine.js";
import { EXAMPLES } from "./examples.js";
import { Results } from "./gallery/results.js";
import { say, startLanguage, told } from "./language.js";
import { Making } from "./making.js";
import { firstMode, keepMode } from "./mode.js";
import { Opening, modelUrl } from "./opening.js";
import { pixels, squareFromUrl } from "./pictures.js";
import { Queue } from "./queue.js";
import { Receiving } from "./receiving.js";
import { calm } from "./settings/appearance.js";
import { Preferences } from "./settings/preferences.js";
import { Studio } from "./studio.js";
import { keepUp } from "./updates.js";
import { dialogOpen } from "./view/dialogs.js";
import { list } from "./view/format.js";
import { Grid } from "./view/grid.js";
import { showLarge } from "./view/look.js";
import { hideError, hideErrorOfInputs, notice, showError } from "./view/notices.js";
import { Progress, announce, downloading } from "./view/progress.js";
import { Queued } from "./view/queued.js";
import { Stage } from "./view/stage.js";
import { Way } from "./view/way.js";

/** @import { Job, Recipe, Shown } from "./types.d.ts" */

await startLanguage();

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const go = /** @type {HTMLButtonElement} */ (element("go"));
const form = element("studio");
const asked = new URLSearchParams(location.search);

const engine = new Engine(modelUrl(), "auto", told);
const progress = new Progress();
const way = new Way({ onPick: branch, onAgain: (shown) => void addToQueue([shown.result.recipe], shown) });
const stage = new Stage((shown) => {
  way.show(shown);
  results.mark(shown);
});
const grid = new Grid((shown) => show(shown));
const results = new Results({
  engine, stage,
  onShow: show,
  onRecipe: (recipe, done) => receiving.recipe(recipe, undefined, done),
  onAdopt: (ids) => void receiving.adopt(ids),
  canDecompose: () => !making.running && opening.canDecompose,
});
/** @type {Making} */ const making = new Making({ engine, stage, grid, results, progress });
const queue = new Queue({ make, onChange: () => queued.show(making.running) });
const queued = new Queued(queue, () => void generate());

const onError = (/** @type {unknown} */ error) => showError(message(error));
const colorsOf = (/** @type {ImageData} */ picture, /** @type {number} */ swatches) => engine.palette(picture, swatches);
const read = (/** @type {string} */ text) => engine.readExpression(text);
const categories = () => opening.model?.categories ?? [];
const pictures = new Collection({
  decompose: async (url, onProgress) => engine.decompose(pixels(await squareFromUrl(url)), {
    onProgress: (event) => {
      if (event.type === "load") onProgress(event);
    },
  }),
  colorsOf: async (url) => engine.palette(pixels(await squareFromUrl(url)), 8),
});
const studio = new Studio({
  pictures,
  onChange: changed,
  onLook: showLarge,
  onRemoved: (name, undo) => notice(say("controls.acts.removed", { name }), undo && [{ label: say("run.undo"), run: undo }]),
  onError,
  onBackend: () => void opening.open().then(() => opening.describe()),
  colorsOf, read, categories,
});
const shelf = new Shelf({
  pictures,
  uses: (id, picture) => mode() === "studio" && studio.uses(id, picture),
  onRemove(picture, n) {
    const { before } = receiving;
    pictures.remove(picture);
    notice(say("controls.acts.removed", { name: say("shelf.picture", { n }) }), [receiving.undo(before)]);
  },
  onToggle: (id, picture) => void studio.toggle(id, picture).then(() => {
    // What may change is painted there.
    if (id === "masking" && studio.uses(id, picture)) element("masking").scrollIntoView({ block: "center", behavior: calm() ? "instant" : "smooth" });
  }).catch(onError),
  onLook: ({ url, name }, n) => showLarge({ title: say("shelf.picture", { n }), url, source: name }),
  categories,
  loading: downloading,
  onError,
});
const tasks = new Tasks({
  pictures, colorsOf, read, categories, onError,
  onChange: showUses,
  onOpen: () => void openInStudio(),
  onExample: tryExample,
  holds: (picture) => studio.holds(picture),
});

const advising = new Advising({
  recipe: async () => (mode() === "studio" ? presets.orSurprise(studio.recipe) : tasks.form && !tasks.form.problem ? (await asking.taskRecipes(tasks.form))[0] : undefined),
  onRecipe(recipe) {
    void presets.heed(recipe);
    studio.settings.sum(recipe);
  },
  advises: () => mode() === "studio",
  stagesOf: (recipe) => engine.stagesOf(recipe),
  model: () => opening.model,
});
const presets = new Presets(element("preset"), read, changed);
/** @type {Opening} */ const opening = new Opening({
  engine,
  settings: studio.settings,
  busy: () => making.running,
  onBackend: (info) => (preferences.runsOn = info),
  onModel: (model) => {
    pictures.ready(Boolean(model.apart));
    presets.offer(model);
    showUses();
  },
});
const preferences = new Preferences({
  engine,
  gallery: results.gallery,
  choose: (model) => opening.use(model),
  onKept: () => void opening.describe(),
  useCpu: () => void opening.openOn("cpu").then(() => opening.describe()),
});
/** @type {Receiving} */ const receiving = new Receiving({
  engine, studio, tasks, presets, pictures, results,
  onRecipe() {
    setMode("studio");
    changed();
  },
  onChange: changed,
});
const asking = new Asking({ engine, studio, tasks, presets });
pictures.listen(() => showUses());

/** Whether a recipe is being put together. */
let gathering = false;

function changed() {
  saveSoon(() => receiving.before);
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
  for (const part of [form, /** @type {HTMLElement} */ (form.parentElement)]) part.dataset.mode = wanted;
  keepMode(wanted);
  studio.settings.mode = wanted;
  if (wanted === "tasks") tasks.show();
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (document.getElementsByName("mode"))) radio.checked = radio.value === wanted;
  showRunning(making.running);
  shelf.refresh(wanted === "studio");
  showUses();
}

function showUses() {
  const step = mode() === "studio" ? studio.branchStep : undefined;
  element("branch").hidden = step === undefined;
  /** @type {HTMLElement} */ (element("branch").querySelector("p")).textContent = say("run.branch", { step: step ?? 0 });
  way.mark(step);
  const task = mode() === "tasks" ? tasks.form?.task.name : undefined;
  presets.standIn(presets.counts(task) ? /** @type {HTMLElement} */ (document.querySelector("#task-form [data-input=caption]")) : undefined);
  element("uses").textContent = mode() === "tasks" ? taskLine() : studioLine();
  advising.soon();
}

function studioLine() {
  const used = studio.used;
  const parts = [used.length ? say("run.uses", { names: list(used) }) : say("run.usesNothing")];
  if (used.length && !studio.usesAll) parts.push(say("run.restIsFree"));
  if (studio.waitsForMask) parts.push(say("run.needsMask"));
  return parts.join(" ");
}

function taskLine() {
  if (!tasks.form) return say("run.chooseTask");
  return tasks.form.problem?.message ?? say("run.taskReady");
}

/** @param {unknown} error */
const message = (error) => (error instanceof Error ? error.message : String(error));

// Making a picture

/** @param {Recipe[]} recipes @param {Shown} [again] */
function addToQueue(recipes, again) {
  if (queue.isFull) return showError(say("gallery.queueFull"));
  if (queue.add(recipes, again)) announce(say("gallery.queued", { n: queue.waiting.length }));
}

/** Makes what the page says now, or after what is being made already. */
async function generate() {
  if (gathering || !asking.settingsHold()) return;
  queued.busy = gathering = true;
  try {
    if (!making.running) hideError();
    const recipes = await (mode() === "tasks" ? asking.ofTask() : asking.ofStudio());
    if (recipes) addToQueue(recipes);
  } catch (error) {
    onError(error);
  } finally {
    queued.busy = gathering = false;
  }
}

/** One run. Whether another may follow by itself. @param {Job} job */
async function make({ recipes, again }) {
  hideError();
  try {
    const run = making.make(recipes, { device: studio.settings.backend, again, onWarning: notice });
    if (recipes.length === 1) grid.clear();
    showRunning(true);
    bringIntoView();
    await run;
    return true;
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    if (code === "cancelled") announce(say("run.stopped"));
    else showError(message(error), remedies(code));
    return code === "cancelled";
  } finally {
    showRunning(false);
    void opening.describe();
  }
}

/** The example's inputs stand in the form: now its picture. @param {number | undefined} seed @param {(() => void) | undefined} undo */
function tryExample(seed, undo) {
  if (seed !== undefined && !studio.settings.locked) studio.settings.seed = seed;
  if (undo) notice(say("tasks.filled"), [{ label: say("tasks.undo"), run: undo }]);
  void generate();
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
    notice(say("run.opened"), [receiving.undo(before)]);
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
    const { before } = receiving;
    const back = receiving.undo(before);
    void studio.restore(shown.result.recipe).then(async () => {
      await presets.suit(shown.result.recipe);
      notice(say("run.inStudio"), [{ label: back.label, run: () => (setMode("tasks"), back.run()) }]);
      setMode("studio");
      studio.branch(shown.result.recipe, step);
    }, onError);
  } else studio.branch(shown.result.recipe, step);
  announce(say("run.branched", { step }));
}

function several() {
  const { count, problem } = studio.settings;
  return count > 1 && !problem ? say("run.several", { count }) : say("run.generate");
}

function stop() {
  if (making.stop()) go.setAttribute("aria-disabled", "true");
}

/** @param {string | undefined} code */
function remedies(code) {
  const again = { label: say("run.again"), run: () => void generate() };
  const cpu = { label: say("run.useCpu"), run: () => void opening.openOn("cpu").then(generate) };
  if (code === "device" || code === "backend") return studio.settings.backend === "cpu" ? [again] : [cpu, again];
  return code === "recipe" || code === "image" ? [] : [again];
}

/** @param {boolean} running */
function showRunning(running) {
  studio.settings.busy = running;
  queued.show(running);
  // Whoever leaves now loses the run, and all that wait.
  onbeforeunload = running || queue.waiting.length ? (event) => event.preventDefault() : null;
  element("show-all").hidden = grid.isEmpty;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  go.classList.toggle("running", running);
  go.removeAttribute("aria-disabled");
  /** @type {HTMLElement} */ (go.querySelector(".go-label")).textContent = running ? say("run.stop") : mode() === "tasks" ? say("run.task") : several();
  /** @type {HTMLElement} */ (go.querySelector("kbd")).textContent = running ? "Esc" : mac ? "⌘ ↵" : `${say("settings.keys.ctrl")} ↵`;
  go.setAttribute("aria-keyshortcuts", running ? "Escape" : "Control+Enter");
}

/** On a small screen the picture is further down than the inputs. */
function bringIntoView() {
  const box = element("stage").getBoundingClientRect();
  if (box.top >= 0 && box.top < innerHeight / 2) return;
  element("stage").scrollIntoView({ block: "start", behavior: calm() ? "instant" : "smooth" });
}

async function start() {
  const forced = asked.get("backend");
  if (forced === "cpu" || forced === "webgpu") studio.settings.backend = forced;
  const draft = savedDraft();
  // A draft that a later version cannot read must not keep the page from starting.
  if (draft) await receiving.putBack(draft).catch(() => undefined);
  setMode(firstMode(asked.get("mode"), draft));
  changed();
  void results.openLink();
  await opening.open();
  void results.lookedAt().then((last) => last && !stage.shown && !making.running && show(last));
  engine.tasks().then((all) => tasks.fill(all), onError);
  const model = await opening.describe();
  if (model && model.cached >= model.bytes && !making.running) {
    // All is here already, so it can be made ready while the visitor thinks. Trouble shows, and heals, at Generate.
    await engine.load().catch(() => undefined);
  }
  await keepUp();
}

// What listens to the visitor

go.addEventListener("click", () => (making.running ? stop() : void generate()));
for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (document.getElementsByName("mode"))) {
  radio.addEventListener("change", () => {
    hideErrorOfInputs();
    setMode(radio.value === "tasks" ? "tasks" : "studio");
  });
}
form.addEventListener("submit", (event) => event.preventDefault());
// Before what the visitor does now finds something else wrong.
for (const type of ["input", "click"]) form.addEventListener(type, hideErrorOfInputs, { capture: true });
element("show-all").addEventListener("click", () => stage.showGrid());
element("save-grid").addEventListener("click", () => void results.export(grid.ids));
element("rejoin").addEventListener("click", () => studio.rejoin());
element("adopt").addEventListener("click", async () => {
  if (stage.shown) await receiving.picture(new File([stage.shown.result.png], say("view.seed", { seed: stage.shown.result.recipe.seed }))).catch(onError);
});
element("reuse").addEventListener("click", () => {
  if (stage.shown) void receiving.recipe(stage.shown.result.recipe).catch(onError);
});
element("start-over").addEventListener("click", async () => {
  const { before } = receiving;
  await studio.clear();
  presets.reset();
  changed();
  notice(say("run.emptied"), [receiving.undo(before)]);
});
document.addEventListener("keydown", (event) => {
  if (dialogOpen()) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!event.repeat) void generate();
  } else if (event.key === "Escape") stop();
});
element("examples").append(...EXAMPLES.map(({ name, caption, lines, colors }) => {
  const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: say(`page.examples.${name}`) });
  chip.addEventListener("click", () => {
    const before = studio.snapshot;
    studio.words.type(caption);
    // A phone's keyboard would cover what the words have changed.
    if (matchMedia("(pointer: coarse)").matches) element("caption").blur();
    if (!lines || !colors) return;
    studio.compose(lines, colors);
    notice(say("run.composed"), [receiving.undo(before)]);
  });
  return chip;
}));
listenForPictures((files, target) => void receiving.files(files, target), (id, target) => void receiving.made(id, target));

showRunning(false);
void start();
