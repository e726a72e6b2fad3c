// @ts-check
/// <reference lib="webworker" />
// Makes the page itself available offline. Weights are not its business: store.js keeps those.
//
// Network first, so that a new version is never masked; the copies are for when there is no network. All copies are taken
// together, after a page has started ("refresh"), so that offline never mixes two versions.

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const CACHE = "composer-shell";
const SHELL = [
  "./",
  "www/controls.css", "www/shelf.css", "www/style.css", "www/tasks.css", "www/view.css", "www/arrow.svg", "www/icon.svg",
  "www/main.js", "www/studio.js", "www/advice.js", "www/advising.js", "www/asking.js", "www/branch.js", "www/collection.js", "www/draft.js",
  "www/examples.js", "www/language.js", "www/languages/de.js", "www/languages/en.js", "www/making.js", "www/mode.js", "www/pictures.js", "www/things.js",
  "pkg/engine.js", "pkg/worker.js", "pkg/store.js", "pkg/stages.js", "pkg/download.js", "pkg/shelves.js",
  "www/controls/against.js", "www/controls/drop.js", "www/controls/mixture.js", "www/controls/painter.js", "www/controls/palette.js",
  "www/controls/picture-field.js", "www/controls/picture-slot.js", "www/controls/region.js", "www/controls/settings.js", "www/controls/shelf.js",
  "www/controls/sketch.js", "www/controls/strokes.js", "www/controls/task-examples.js", "www/controls/task-fields.js", "www/controls/task-form.js", "www/controls/tasks.js",
  "www/controls/things-painter.js", "www/controls/tuning.js", "www/controls/words.js",
  "www/editor.css", "www/controls/harmony.js", "www/controls/pipette.js", "www/editor/brush.js", "www/editor/convert.js", "www/editor/editor.js", "www/editor/fill.js", "www/editor/float.js", "www/editor/gestures.js", "www/editor/history.js",
  "www/editor/kinds.js", "www/editor/panel.js", "www/editor/pen.js", "www/editor/raster.js", "www/editor/screen.js", "www/editor/sheet.js", "www/editor/things-map.js", "www/editor/viewport.js",
  "www/view/format.js", "www/view/grid.js", "www/view/notices.js", "www/view/pace.js", "www/view/progress.js",
  "www/view/recents.js", "www/view/stage.js", "www/view/way.js",
  "pkg/composer.js", "pkg/composer_bg.wasm",
];

/** Everything or nothing: a half copied version would be worse than the last whole one. */
async function refresh() {
  const scope = worker.registration.scope;
  const fresh = await Promise.all(SHELL.map(async (path) => {
    const url = new URL(path, scope).href;
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return /** @type {const} */ ([url, response]);
  }));
  const cache = await caches.open(CACHE);
  await Promise.all(fresh.map(([url, response]) => cache.put(url, response)));
}

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (event) => {
  // Without a network there is nothing to refresh from; the copies stay as they are.
  if (event.data === "refresh") event.waitUntil(refresh().catch(() => undefined));
});

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !url.href.startsWith(worker.registration.scope) || event.request.headers.has("range")) return;
  const page = event.request.mode === "navigate" ? worker.registration.scope : url.origin + url.pathname;
  const known = SHELL.some((path) => new URL(path, worker.registration.scope).href === page);
  if (!known) return;
  event.respondWith(fetch(event.request).catch(async () => (await caches.match(page, { cacheName: CACHE })) ?? Response.error()));
});
