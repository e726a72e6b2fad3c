// @ts-check
// All finished pictures, newest first, of this visit and of earlier ones. Knows nothing of how they are shown.

import { say } from "../language.js";
import { titleOf } from "../task-texts.js";
import { saidIn } from "../view/stage.js";
import { thumbnail } from "./copies.js";
import { fingerprint, memory, openDatabase } from "./kept.js";

/** @import { Entry, Kept, Made, Recipe, Shown } from "../types.d.ts" */

/** Pictures of this visit that are held with the steps they came about by. */
const HELD = 24;
/** How long another tab may still bring back a picture that was deleted there. */
const UNDO_MS = 60_000;

/**
 * @typedef {object} GalleryOptions
 * @property {(png: Uint8Array<ArrayBuffer>) => Promise<Recipe | undefined>} readRecipe
 * @property {(text: string) => void} onTrouble hears, once a visit, why pictures are not kept
 */

export class Gallery {
  #options;
  /** @type {Map<number, Entry>} */ #entries = new Map();
  /** Where pictures go that the device does not take. */
  #memory = memory();
  /** @type {Promise<Kept>} */ #device;
  /** Pictures held whole, the one looked at last at the end. @type {Map<number, Shown>} */ #held = new Map();
  /** @type {(() => void)[]} */ #listeners = [];
  /** Why pictures are in memory only, where they are. */
  trouble = "";
  #complained = false;
  /** Deleted here, and not brought back yet. @type {Set<number>} */ #deleted = new Set();
  /** Pictures that are on their way to where they are kept. @type {Map<number, Entry>} */ #unwritten = new Map();
  /** @type {Promise<void>} */ #reading;

  /** @param {GalleryOptions} options */
  constructor(options) {
    this.#options = options;
    this.#device = openDatabase(() => void this.#read()).catch(() => {
      this.trouble = say("gallery.unkept");
      return this.#memory;
    });
    this.#reading = this.#begin();
    addEventListener("pagehide", () => void this.#forget([...this.#deleted]));
  }

  /** @param {() => void} listener hears whenever the list is another one */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Settled once all that was kept before this visit is known. */
  get ready() {
    return this.#reading;
  }

  /** Newest first. @returns {Entry[]} */
  get all() {
    return [...this.#entries.values()].filter(({ gone }) => !gone).sort((a, b) => b.id - a.id);
  }

  /** @param {number} id */
  get(id) {
    return this.#entries.get(id);
  }

  /** A number for a picture that was made now. */
  number() {
    // The fraction tells pictures of the same millisecond apart.
    return Date.now() + Math.random();
  }

  /** A picture of this visit joins; it is in the list when this is done, and kept soon after. @param {Shown} shown */
  async add(shown) {
    const entry = await entryOf(shown.id, shown.result);
    this.#hold(shown);
    this.#unwritten.set(entry.id, entry);
    this.#entries.set(entry.id, entry);
    this.#tell();
    void this.#keep(entry, shown.result.png);
  }

  /**
   * A file from outside joins, if it is a picture that this page made. Nobody hears of it before settled(): there may be thousands.
   * @param {Uint8Array<ArrayBuffer>} png @returns {Promise<"added" | "known" | "foreign">}
   */
  async take(png) {
    const mark = fingerprint(png);
    if ([...this.#entries.values()].some((entry) => !entry.gone && entry.fingerprint === mark)) return "known";
    // The engine's own check decides; what it does not accept is no picture of ours.
    const recipe = await this.#options.readRecipe(png.slice()).catch(() => undefined);
    if (!recipe) return "foreign";
    const id = this.number();
    const entry = await entryOf(id, { png, recipe, seconds: 0 }).catch(() => undefined);
    if (!entry) return "foreign";
    this.#entries.set(id, entry);
    this.#unwritten.set(id, entry);
    await this.#keep(entry, png);
    return "added";
  }

  /** After one take() or many. */
  settled() {
    this.#tell();
  }

  /** The picture with its recipe. @param {number} id @returns {Promise<Shown>} */
  async open(id) {
    const held = this.#held.get(id);
    if (held) {
      this.#hold(held);
      return held;
    }
    const entry = this.#entries.get(id);
    const png = await this.png(id);
    const recipe = await this.#options.readRecipe(png.slice());
    if (!entry || !recipe) throw new Error(say("gallery.lost"));
    const shown = { id, result: { png, recipe, seconds: entry.seconds, clause: entry.clause }, way: [] };
    this.#hold(shown);
    return shown;
  }

  /** @param {number} id @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async png(id) {
    const found = this.#held.get(id)?.result.png ?? (await this.#memory.png(id)) ?? (await (await this.#device).png(id).catch(() => undefined));
    if (!found) throw new Error(say("gallery.lost"));
    return found;
  }

  /** Deletes pictures; until the page is left they can come back. @param {number[]} ids @returns {() => void} brings them back */
  remove(ids) {
    this.#mark(ids, Date.now());
    for (const id of ids) this.#deleted.add(id);
    return () => {
      for (const id of ids) this.#deleted.delete(id);
      this.#mark(ids, undefined);
    };
  }

  /** Those whose words, task or seed hold every word of `text`. @param {string} text @returns {Entry[]} */
  find(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return this.all.filter(({ caption, task = "", seed }) => {
      const said = `${caption} ${task} ${task.replaceAll("-", " ")} ${task && titleOf(task)} ${seed}`.toLowerCase();
      return words.every((word) => said.includes(word));
    });
  }

  /** How many pictures there are, and the room that they take. */
  async stored() {
    await this.#reading;
    const { all } = this;
    // A fingerprint begins with the size of its file.
    return { count: all.length, bytes: all.reduce((sum, { fingerprint, thumb }) => sum + parseInt(fingerprint) + thumb.size, 0) };
  }

  /** Lets go of every picture, for good. */
  async clear() {
    this.#held.clear();
    await this.#forget([...this.#entries.keys()]);
    this.#tell();
  }

  /** The first look at what is kept; what was deleted in an earlier visit goes for good, unless another tab may still bring it back. */
  async #begin() {
    await this.#read();
    const before = Date.now() - UNDO_MS;
    await this.#forget([...this.#entries.values()].filter(({ gone = before }) => gone < before).map(({ id }) => id));
  }

  async #read() {
    try {
      const kept = await (await this.#device).entries();
      const ours = await this.#memory.entries();
      this.#entries = new Map([...kept, ...ours, ...this.#unwritten.values()].map((entry) => [entry.id, entry]));
      this.#tell();
    } catch {
      this.trouble = say("gallery.unkept");
    }
  }

  /** For good. @param {number[]} ids */
  async #forget(ids) {
    if (!ids.length) return;
    for (const id of ids) {
      this.#entries.delete(id);
      this.#deleted.delete(id);
    }
    // Where that fails, the next visit tries again.
    await (await this.#device).remove(ids).catch(() => undefined);
    await this.#memory.remove(ids);
  }

  /** @param {Entry} entry @param {Uint8Array<ArrayBuffer>} png */
  async #keep(entry, png) {
    await this.#reading;
    const device = await this.#device;
    try {
      await device.add(entry, png);
      this.#unwritten.delete(entry.id);
      if (device !== this.#memory) return;
    } catch (error) {
      await this.#memory.add(entry, png);
      this.trouble = say(/** @type {Error} */ (error).name === "QuotaExceededError" ? "gallery.full" : "gallery.unkept");
    }
    this.#unwritten.delete(entry.id);
    this.#complain();
  }

  #complain() {
    if (this.#complained) return;
    this.#complained = true;
    this.#options.onTrouble(this.trouble);
    this.#tell();
  }

  /** @param {number[]} ids @param {number | undefined} gone */
  #mark(ids, gone) {
    const changed = ids.flatMap((id) => this.#entries.get(id) ?? []);
    for (const entry of changed) entry.gone = gone;
    this.#tell();
    const inMemory = this.#memory.entries().then((all) => new Set(all.map(({ id }) => id)));
    // Where the device refuses, the mark still holds for this visit.
    void Promise.all([this.#device, inMemory]).then(([device, ours]) => device.change(changed.filter(({ id }) => !ours.has(id)))).catch(() => undefined);
  }

  /** @param {Shown} shown */
  #hold(shown) {
    this.#held.delete(shown.id);
    this.#held.set(shown.id, shown);
    const [oldest] = this.#held.keys();
    if (this.#held.size > HELD) this.#held.delete(oldest);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/** @param {number} id @param {Made} made @returns {Promise<Entry>} */
async function entryOf(id, { png, recipe, seconds, clause }) {
  const caption = saidIn(recipe) ?? "";
  return { id, time: Math.floor(id), caption, task: recipe.task, seed: recipe.seed, seconds, clause, fingerprint: fingerprint(png), thumb: await thumbnail(png) };
}
