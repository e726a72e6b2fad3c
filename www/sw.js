// @ts-check
/// <reference lib="webworker" />
// Makes the page itself available offline. Weights are not its business: store.js keeps those.
//
// Network first, so that a new version is never masked; the copies are for when there is no network. After a page has started
// ("refresh") the worker reads the page as a browser does: index.html names files, and those name others by import,
// `new URL("...", import.meta.url)`, url(), or as an icon or a task's example. So no list has to be kept by hand, and any plain file server will do.
// Copies are stored by their content. A list says which content makes up the page, and is put in place last, so that
// offline never mixes two versions; its fingerprint tells an open page whether the host has a newer one.

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (self);

const HOME = worker.registration.scope;
/** Sites under other paths of the same host have their own. */
const CACHE = `composer-page:${new URL(HOME).pathname}`;
const LIST = `${HOME}.page/list`;
const PART_OF_THE_PAGE = /\.(js|css|svg|png|jpg|webp|wasm|json|webmanifest)$/;

/** @typedef {{ sha256: string, bytes: number }} Kept */
/** @typedef {{ version: string, files: Record<string, Kept> }} List by place below the page's folder */
/** @typedef {Kept & { place: string, type: string, body: ArrayBuffer }} PageFile */

/** What a file of the page names. @type {{ kind: RegExp, names: (text: string) => (string | undefined)[] }[]} */
const READERS = [
  {
    kind: /(^|\.html)$/,
    // Lines for trunk are no part of the page.
    names: (text) => [...text.matchAll(/<(?:link|script|img)\b[^>]*>/g)].filter(([tag]) => !tag.includes("data-trunk")).map(([tag]) => /\b(?:href|src)="([^"]+)"/.exec(tag)?.[1]),
  },
  {
    kind: /\.js$/,
    names: (text) => [/(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g, /new URL\(\s*["']([^"'\n]+)["'],\s*import\.meta\.url/g].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name)),
  },
  { kind: /\.css$/, names: (text) => [...text.matchAll(/url\(\s*["']?([^"')]+)/g)].map(([, name]) => name) },
  { kind: /\.webmanifest$/, names: (text) => JSON.parse(text).icons.map((/** @type {{ src: string }} */ icon) => icon.src) },
  {
    // By task, values of its inputs, of which some are files beside it; a picture is called as the task is.
    kind: /\bexamples\.json$/,
    names: (text) => Object.entries(JSON.parse(text)).flatMap(([task, values]) => [`${task}.webp`, ...Object.values(values).map(String)]),
  },
];

/** Every file of the page as the host has it now. @returns {Promise<PageFile[]>} */
async function gather() {
  /** @type {Map<string, PageFile | undefined>} */ const found = new Map();
  /** @param {string} place */
  const take = async (place) => {
    if (found.has(place)) return;
    found.set(place, undefined);
    const response = await fetch(HOME + place, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${place}: ${response.status}`);
    const body = await response.arrayBuffer();
    found.set(place, { place, body, bytes: body.byteLength, type: response.headers.get("content-type") ?? "", sha256: await sha256(body) });
    const named = READERS.filter(({ kind }) => kind.test(place)).flatMap(({ names }) => names(new TextDecoder().decode(body)));
    await Promise.all(named.map(async (name) => {
      const url = new URL(name ?? "", HOME + place);
      const path = url.origin + url.pathname;
      if (name && path.startsWith(HOME) && PART_OF_THE_PAGE.test(path)) await take(path.slice(HOME.length));
    }));
  };
  await take("");
  return /** @type {PageFile[]} */ ([...found.values()]);
}

/** Everything or nothing: a half copied version would be worse than the last whole one. */
async function refresh() {
  const files = (await gather()).sort((a, b) => (a.place < b.place ? -1 : 1));
  const version = (await sha256(new TextEncoder().encode(files.map(({ place, sha256 }) => `${sha256} ${place}\n`).join("")))).slice(0, 12);
  const cache = await caches.open(CACHE);
  if ((await list())?.version === version) return;
  const present = new Set((await cache.keys()).map(({ url }) => url));
  const fresh = files.filter(({ sha256 }) => !present.has(copy(sha256)));
  await Promise.all(fresh.map(({ sha256, body, type }) => cache.put(copy(sha256), new Response(body, { headers: { "content-type": type } }))));
  /** @type {List} */
  const next = { version, files: Object.fromEntries(files.map(({ place, sha256, bytes }) => [place, { sha256, bytes }])) };
  await cache.put(LIST, Response.json(next));
  const wanted = new Set([LIST, ...files.map(({ sha256 }) => copy(sha256))]);
  for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
}

/** @param {string} sha256 */
const copy = (sha256) => `${HOME}.page/${sha256}`;

/** @param {BufferSource} bytes */
async function sha256(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {Promise<List | undefined>} */
async function list() {
  return (await caches.match(LIST, { cacheName: CACHE }))?.json();
}

/** @param {List | undefined} list */
const summary = (list) => list && { version: list.version, bytes: Object.values(list.files).reduce((sum, { bytes }) => sum + bytes, 0) };

/** @param {string} place */
async function kept(place) {
  const file = (await list())?.files[place];
  return (file && (await caches.match(copy(file.sha256), { cacheName: CACHE }))) ?? Response.error();
}

/** @type {Promise<void>} */ let refreshing = Promise.resolve();

// It answers no request from a copy while there is a network, so a new worker may take over at any time.
worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => {
  // Where versions before this one kept their copies.
  event.waitUntil(Promise.all([worker.clients.claim(), caches.delete("composer-shell")]));
});
worker.addEventListener("message", (event) => {
  if (event.data !== "refresh") return;
  // Without a network there is nothing to refresh from; the copies stay as they are.
  refreshing = refreshing.then(refresh).catch(() => undefined);
  event.waitUntil(refreshing.then(async () => event.ports[0]?.postMessage(summary(await list()))));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(HOME) || request.headers.has("range")) return;
  const visit = request.mode === "navigate";
  if (!visit && (!PART_OF_THE_PAGE.test(url.pathname) || request.cache !== "default")) return;
  // A file that the browser still holds from before an update would not fit the others.
  const answer = visit ? fetch(request) : fetch(request, { cache: "no-cache" });
  event.respondWith(answer.catch(() => kept(visit ? "" : (url.origin + url.pathname).slice(HOME.length))));
});
