// @ts-check
// The model as the engine sees it: network and this device's copies behind one interface (ModelStore in types.d.ts).
// The engine checks every file's SHA-256 itself, cached copies too, so nothing here needs to be trusted.

import { cacheShelf, fileShelf, memoryShelf, patient } from "./shelves.js";
import { fault, sourceOf } from "./sources.js";

/** @import { LoadProgress, LocalModel, ModelInfo, ModelSource, ModelStore, Preset, Shelf } from "./types.d.ts" */

const MANIFEST = "manifest.json";
/** The stages that making pictures from words and drawings needs, and those that take pictures apart. */
export const PAINTING = ["text_encoder", "prior", "base", "upsampler"];
export const APART = ["decomposer", "image_encoder", "projection", "vocabulary"];

/** @typedef {{ file: string, bytes: number, sha256: string, stage: string }} FileEntry */

export class Store {
  /** @type {ModelSource} */ #source;
  /** @type {Promise<Shelf[]>} */ #shelves;
  #pruned = false;

  /** @param {string | LocalModel} model absolute URL of the model's folder, or a folder's files */
  constructor(model) {
    this.#source = sourceOf(model);
    this.#shelves = this.#source.key === undefined ? Promise.resolve([]) : shelves(this.#source.key);
  }

  /** The name of the model's place on the device's shelves; a folder of the visitor's has none. */
  get key() {
    return this.#source.key;
  }

  /** The store for one request, whose downloads end with it. @param {AbortSignal} [signal] @returns {ModelStore} */
  during(signal) {
    return {
      manifest: () => this.#manifest(signal),
      fetch: (file, bytes, sha256, onBytes) => this.#fetch(file, bytes, sha256, onBytes, signal),
      read: (sha256) => this.#read(sha256),
      write: (sha256, bytes) => this.#write(sha256, bytes),
      remove: (sha256) => this.#remove(sha256),
    };
  }

  /** What the model weighs and how much of it is already here. @returns {Promise<ModelInfo>} */
  async describe() {
    const bytesOf = await this.#manifest().catch((error) => {
      throw fault(`The model's manifest could not be fetched: ${error.message}.`);
    });
    const { card, files } = parse(bytesOf);
    if (!this.#pruned) await this.#prune(new Set(files.map(({ sha256 }) => sha256)));
    const able = APART.every((wanted) => files.some(({ stage }) => stage === wanted));
    return {
      title: card?.title ?? card?.name ?? "model",
      ...(await this.#sizes(files, PAINTING)),
      stages: Object.fromEntries(await Promise.all([...new Set(files.map(({ stage }) => stage))].map(async (stage) => [stage, await this.#sizes(files, [stage])]))),
      apart: able ? await this.#sizes(files, APART) : undefined,
      categories: card?.categories ?? [],
      presets: card?.presets ?? [],
      examples: card?.examples ?? [],
    };
  }

  /** @param {FileEntry[]} files @param {string[]} stages */
  async #sizes(files, stages) {
    let bytes = 0;
    let cached = 0;
    for (const file of files.filter(({ stage }) => stages.includes(stage))) {
      bytes += file.bytes;
      if (this.key === undefined) cached += file.bytes;
      for (const shelf of await this.#shelves) {
        if ((await shelf.size(file.sha256)) === file.bytes) {
          cached += file.bytes;
          break;
        }
      }
    }
    return { bytes, cached };
  }

  /**
   * Adds up the engine's news of single files, for a load of the stages that are wanted and not loaded yet.
   * @param {string[]} wanted @param {Set<string>} loaded
   * @returns {Promise<(event: { file: string, received: number, cached: boolean }) => Pick<LoadProgress, "received" | "total" | "cached">>}
   */
  async tally(wanted, loaded) {
    const stages = wanted.filter((stage) => !loaded.has(stage));
    /** @type {FileEntry[]} */ let files = [];
    try {
      if (stages.length) files = parse((await this.#read(MANIFEST)) ?? (await this.#manifest())).files;
    } catch {
      // The engine reads the manifest next and says what is wrong with it.
    }
    const total = files.filter(({ stage }) => stages.includes(stage)).reduce((sum, { bytes }) => sum + bytes, 0);
    /** @type {Map<string, { received: number, cached: boolean }>} */ const seen = new Map();
    return ({ file, received, cached }) => {
      seen.set(file, { received, cached });
      const all = [...seen.values()];
      const sum = (/** @type {typeof all} */ some) => some.reduce((bytes, each) => bytes + each.received, 0);
      return { received: sum(all), total, cached: sum(all.filter((each) => each.cached)) };
    };
  }

  /** The newest manifest, or the last one seen when there is no network. @param {AbortSignal} [signal] */
  async #manifest(signal) {
    try {
      const bytes = await this.#source.manifest(signal);
      // A host's "not found" page must not take the place of the last good copy.
      if (isManifest(bytes)) await this.#write(MANIFEST, bytes);
      return bytes;
    } catch (error) {
      const last = /** @type {any} */ (error).passing ? await this.#read(MANIFEST) : undefined;
      if (!last) throw error;
      return last;
    }
  }

  /** @param {string} file @param {number} bytes @param {string} sha256 @param {(received: number) => void} onBytes @param {AbortSignal} [signal] */
  async #fetch(file, bytes, sha256, onBytes, signal) {
    const [best] = await this.#shelves;
    const part = `${sha256}.part`;
    const keep = async (/** @type {Uint8Array} */ got) => best?.write(part, got).catch(() => best.remove(part)).catch(() => undefined);
    return this.#source.file(file, { bytes, part: await this.#read(part), signal, onBytes, keep });
  }

  /** @param {string} key @returns {Promise<Uint8Array | undefined>} */
  async #read(key) {
    for (const shelf of await this.#shelves) {
      const found = await shelf.read(key).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** @param {string} key @param {Uint8Array} bytes */
  async #write(key, bytes) {
    for (const shelf of await this.#shelves) {
      await shelf.remove(`${key}.part`).catch(() => undefined);
      try {
        await shelf.write(key, bytes);
        return shelf.name !== "memory";
      } catch {
        // No room, or another tab is writing the same file: the next shelf may take it.
      }
    }
    return false;
  }

  /** @param {string} key */
  async #remove(key) {
    for (const shelf of await this.#shelves) {
      await shelf.remove(key).catch(() => undefined);
      await shelf.remove(`${key}.part`).catch(() => undefined);
    }
  }

  /** Bytes that are kept only as long as the page is open, for want of a better place. */
  async inMemory() {
    const memory = (await this.#shelves).find(({ name }) => name === "memory");
    const sizes = await Promise.all(((await memory?.keys()) ?? []).map((key) => /** @type {Shelf} */ (memory).size(key)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Lets go of every copy, on every shelf; what the engine has loaded already stays at work. */
  async forget() {
    for (const shelf of await this.#shelves) {
      for (const key of await shelf.keys()) await shelf.remove(key);
    }
  }

  /** Frees the room of files that an earlier version of this model used. @param {Set<string>} wanted */
  async #prune(wanted) {
    this.#pruned = true;
    for (const shelf of await this.#shelves) {
      for (const key of await shelf.keys().catch(() => [])) {
        if (key !== MANIFEST && !wanted.has(key.replace(/\.part$/, ""))) await shelf.remove(key).catch(() => undefined);
      }
    }
  }
}

/** @param {string} folder @returns {Promise<Shelf[]>} */
async function shelves(folder) {
  const found = [];
  for (const open of [fileShelf, cacheShelf]) {
    try {
      found.push(patient(await open(folder)));
    } catch {
      // Private windows and old browsers lack one or both; memory is always there.
    }
  }
  return [...found, memoryShelf()];
}

/** @param {Uint8Array} bytes */
function isManifest(bytes) {
  try {
    return parse(bytes).files.length > 0;
  } catch {
    return false;
  }
}

/**
 * Only as much as adding up sizes needs; the engine reads the manifest thoroughly.
 * @param {Uint8Array} bytes @returns {{ card: { name?: string, title?: string, categories?: string[], presets?: Preset[], examples?: string[] } | undefined, files: FileEntry[] }}
 */
function parse(bytes) {
  try {
    const { card, tokenizer, shards } = JSON.parse(new TextDecoder().decode(bytes));
    // Words are cut into tokens before the text encoder sees them, so the tokenizer goes with it.
    return { card, files: [{ ...tokenizer, stage: "text_encoder" }, ...shards] };
  } catch {
    // Not JSON, or JSON of something else: one message for both.
  }
  throw Object.assign(new Error("The model's manifest.json is not a manifest. The server may be serving another page in its place."), { code: "manifest" });
}
