// @ts-check
// Where the gallery's pictures are kept: IndexedDB, or memory where there is none. Touches no DOM.
// A place throws when it cannot do something; gallery.js decides what then.

/** @import { Entry, Kept } from "../types.d.ts" */

const NAME = "composer-gallery";
/** What lists need, and the PNG files apart from it, so that a long list stays light. */
const [ENTRIES, FILES] = ["entries", "files"];

/** @param {() => void} onOther hears when another tab changed something @returns {Promise<Kept>} */
export async function openDatabase(onOther) {
  // At run time, not at the top: without this file the page has a gallery in memory instead of none at all.
  const { openDB } = await import("../vendor/idb.js");
  const db = await openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore(ENTRIES, { keyPath: "id" });
      db.createObjectStore(FILES);
    },
  });
  // A later version of the page in another tab must not have to wait for this one.
  db.addEventListener("versionchange", () => db.close());
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener("message", onOther);
  const tell = () => channel.postMessage("changed");

  return {
    entries: () => db.getAll(ENTRIES),
    png: (id) => db.get(FILES, id),
    async add(entry, png) {
      const both = db.transaction([ENTRIES, FILES], "readwrite");
      // A request that fails also fails the transaction, which is the one to wait for.
      both.objectStore(ENTRIES).put(entry).catch(() => undefined);
      both.objectStore(FILES).put(png, entry.id).catch(() => undefined);
      await both.done;
      tell();
    },
    async change(entries) {
      const all = db.transaction(ENTRIES, "readwrite");
      for (const entry of entries) all.store.put(entry).catch(() => undefined);
      // A page that is about to go would not be there to hear that all requests are done, and they would be undone.
      all.commit();
      await all.done;
      tell();
    },
    async remove(ids) {
      const both = db.transaction([ENTRIES, FILES], "readwrite");
      for (const id of ids) {
        both.objectStore(ENTRIES).delete(id).catch(() => undefined);
        both.objectStore(FILES).delete(id).catch(() => undefined);
      }
      both.commit();
      await both.done;
      tell();
    },
  };
}

/** The last resort: gone with the page. @returns {Kept} */
export function memory() {
  /** @type {Map<number, { entry: Entry, png: Uint8Array<ArrayBuffer> }>} */ const all = new Map();
  return {
    entries: async () => [...all.values()].map(({ entry }) => entry),
    png: async (id) => all.get(id)?.png,
    add: async (entry, png) => void all.set(entry.id, { entry, png }),
    change: async () => {},
    remove: async (ids) => ids.forEach((id) => all.delete(id)),
  };
}

/** Tells files apart: FNV-1a over the bytes, with their number. No defence against anybody who wants two files to look the same. @param {Uint8Array} bytes */
export function fingerprint(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length}-${(hash >>> 0).toString(16)}`;
}
