// @ts-check
// What this device keeps of models, this one and others: how much of each, and letting go of it.

/** @import { Store } from "./store.js" */
/** @import { KeptModel } from "./types.d.ts" */

const MANIFEST = "manifest.json";
const CACHES = "composer-weights-";

/** @param {Store} store of the model that is used now @returns {Promise<KeptModel[]>} the one that is used first */
export async function keptModels(store) {
  /** @type {Map<string, { bytes: number, title: string | undefined }>} */ const found = new Map();
  // Private windows and old browsers refuse one or both.
  for (const look of [inFiles, inCaches]) await look(found).catch(() => undefined);
  /** @type {KeptModel[]} */
  const kept = [...found].filter(([, { bytes }]) => bytes > 0)
    .map(([key, { bytes, title }]) => ({ key, title: title ?? key, bytes, current: key === store.key, place: "device" }));
  const memory = await store.inMemory();
  if (memory > 0 && store.key) {
    const { title } = await store.describe().catch(() => ({ title: "" }));
    kept.push({ key: store.key, title, bytes: memory, current: true, place: "memory" });
  }
  return kept.sort((a, b) => Number(b.current) - Number(a.current));
}

/** Removes all copies of a model that is not used now. @param {string} key */
export async function forgetModel(key) {
  const weights = await weightsFolder().catch(() => undefined);
  await weights?.removeEntry(key, { recursive: true }).catch((error) => {
    // It may stand in the cache alone.
    if (error.name !== "NotFoundError") throw error;
  });
  await caches.delete(CACHES + key).catch(() => undefined);
}

const weightsFolder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("weights");

/** @typedef {Map<string, { bytes: number, title: string | undefined }>} Found */

/** @param {Found} found */
async function inFiles(found) {
  for await (const [key, folder] of (await weightsFolder()).entries()) {
    if (folder.kind !== "directory") continue;
    for await (const file of /** @type {FileSystemDirectoryHandle} */ (folder).values()) {
      if (file.kind !== "file") continue;
      const content = await /** @type {FileSystemFileHandle} */ (file).getFile();
      await add(found, key, file.name, content.size, () => content.text());
    }
  }
}

/** @param {Found} found */
async function inCaches(found) {
  for (const name of (await caches.keys()).filter((each) => each.startsWith(CACHES))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const content = await cache.match(request);
      if (content) await add(found, name.slice(CACHES.length), request.url.split("/").at(-1) ?? "", Number(content.headers.get("content-length")), () => content.text());
    }
  }
}

/** A manifest alone is no weight, but says what the weights are. @param {Found} found @param {string} key @param {string} name @param {number} bytes @param {() => Promise<string>} text */
async function add(found, key, name, bytes, text) {
  const entry = found.get(key) ?? { bytes: 0, title: undefined };
  found.set(key, entry);
  if (name !== MANIFEST) entry.bytes += bytes;
  else {
    try {
      entry.title = JSON.parse(await text()).card.title;
    } catch {
      // Its key will do as a title.
    }
  }
}
