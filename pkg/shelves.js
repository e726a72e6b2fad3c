// @ts-check
// Where weights can be kept on this device, best first: the origin's private file system, the Cache API, memory.
// A shelf throws when it cannot do something; store.js decides what then.

/** @import { Shelf } from "./types.d.ts" */

/**
 * Files in the origin private file system. Fast, no copy in between, survives a restart.
 * @param {string} folder @returns {Promise<Shelf>}
 */
export async function fileShelf(folder) {
  const root = await navigator.storage.getDirectory();
  const weights = await root.getDirectoryHandle("weights", { create: true });
  const directory = await weights.getDirectoryHandle(folder, { create: true });
  if (!("createSyncAccessHandle" in FileSystemFileHandle.prototype)) throw new Error("no sync access handles");

  /** What is being opened: a browser may forget the answer to a file whose handle nobody holds. @type {Set<FileSystemFileHandle>} */
  const held = new Set();

  /** @param {string} key */
  const file = async (key) => (await directory.getFileHandle(key)).getFile();
  return {
    name: "files",
    async read(key) {
      try {
        return new Uint8Array(await (await file(key)).arrayBuffer());
      } catch {
        return undefined;
      }
    },
    async write(key, bytes) {
      const place = await directory.getFileHandle(key, { create: true });
      held.add(place);
      const handle = await place.createSyncAccessHandle().finally(() => held.delete(place));
      let kept = false;
      try {
        handle.truncate(0);
        const written = handle.write(bytes, { at: 0 });
        handle.flush();
        if (written !== bytes.length) throw new Error(`kept ${written} of ${bytes.length} bytes`);
        kept = true;
      } finally {
        handle.close();
        // Not where no handle was to be had: another tab is writing that file then.
        if (!kept) await directory.removeEntry(key).catch(() => undefined);
      }
    },
    async size(key) {
      try {
        return (await file(key)).size;
      } catch {
        return 0;
      }
    },
    async remove(key) {
      await directory.removeEntry(key).catch(() => undefined);
    },
    async keys() {
      const names = [];
      for await (const name of directory.keys()) names.push(name);
      return names;
    },
  };
}

/**
 * Responses in the Cache API, for browsers without the above (and for files that it refused).
 * @param {string} folder @returns {Promise<Shelf>}
 */
export async function cacheShelf(folder) {
  const cache = await caches.open(`composer-weights-${folder}`);
  const prefix = `${self.location.origin}/.weights/`;
  return {
    name: "cache",
    async read(key) {
      const found = await cache.match(prefix + key);
      return found && new Uint8Array(await found.arrayBuffer());
    },
    async write(key, bytes) {
      const headers = { "content-length": String(bytes.length) };
      await cache.put(prefix + key, new Response(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]), { headers }));
    },
    async size(key) {
      return Number((await cache.match(prefix + key))?.headers.get("content-length") ?? 0);
    },
    async remove(key) {
      await cache.delete(prefix + key);
    },
    async keys() {
      return (await cache.keys()).map(({ url }) => url.slice(prefix.length));
    },
  };
}

/** A shelf that has not answered after so long never will. */
const ANSWER_MS = 10_000;

/**
 * A shelf that is given up once it does not answer: a picture must not wait for ever for a copy that would only save a download.
 * @param {Shelf} shelf @returns {Shelf}
 */
export function patient(shelf) {
  let silent = false;
  /** @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
  const within = (ask) => new Promise((resolve, reject) => {
    const giveUp = () => {
      silent = true;
      reject(new Error("the device's storage does not answer"));
    };
    if (silent) return giveUp();
    const timer = setTimeout(giveUp, ANSWER_MS);
    ask().then(resolve, reject).finally(() => clearTimeout(timer));
  });
  return {
    name: shelf.name,
    read: (key) => within(() => shelf.read(key)),
    write: (key, bytes) => within(() => shelf.write(key, bytes)),
    size: (key) => within(() => shelf.size(key)).catch(() => 0),
    remove: (key) => within(() => shelf.remove(key)),
    keys: () => within(() => shelf.keys()).catch(() => []),
  };
}

/** The last resort: gone with the page, but a picture can still be made. @returns {Shelf} */
export function memoryShelf() {
  /** @type {Map<string, Uint8Array>} */ const kept = new Map();
  return {
    name: "memory",
    read: async (key) => kept.get(key)?.slice(),
    write: async (key, bytes) => void kept.set(key, bytes.slice()),
    size: async (key) => kept.get(key)?.length ?? 0,
    remove: async (key) => void kept.delete(key),
    keys: async () => [...kept.keys()],
  };
}
