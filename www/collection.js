// @ts-check
// The visitor's own pictures and what was found in them. They are numbered from 1, as recipes and expressions number them.

import { say } from "./language.js";
import { dataUrl, squareFromFile } from "./pictures.js";

/** @import { LoadProgress, Parts, Picture, Swatch } from "./types.d.ts" */

/** As many as a recipe may hold. */
const MOST = 16;

/**
 * @typedef {object} CollectionOptions
 * @property {(url: string, onProgress: (progress: LoadProgress) => void) => Promise<Parts>} decompose
 * @property {(url: string) => Promise<Swatch[]>} colorsOf
 */

export class Collection {
  /** @type {Picture[]} */ #pictures = [];
  /** @type {((changed: Picture | undefined) => void)[]} */ #listeners = [];
  #options;
  /** Whether the model takes pictures apart; unknown until its manifest is here. @type {boolean | undefined} */ #able;

  /** @param {CollectionOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** @returns {readonly Picture[]} */
  get all() {
    return this.#pictures;
  }

  /** @param {(changed: Picture | undefined) => void} listener hears of the picture that changed, or of none when the list did */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** @param {number | undefined} number from 1 @returns {Picture | undefined} */
  at(number) {
    return number === undefined ? undefined : this.#pictures[number - 1];
  }

  /** From 1; 0 where it is not here any more. @param {Picture} picture */
  numberOf(picture) {
    return this.#pictures.indexOf(picture) + 1;
  }

  /** @param {Blob} file @returns {Promise<Picture>} */
  async add(file) {
    const url = dataUrl(await squareFromFile(file));
    const known = this.#pictures.find((picture) => picture.url === url);
    if (known) return known;
    if (this.#pictures.length >= MOST) throw new Error(say("run.full", { most: MOST }));
    const picture = this.#made(url, file instanceof File ? file.name : "");
    this.#pictures.push(picture);
    this.#tell();
    void this.#study(picture);
    return picture;
  }

  /**
   * Puts pictures first, in this order; those that are here already stay what they are.
   * @param {string[]} urls @param {boolean} only whether others are let go
   */
  set(urls, only) {
    if (urls.every((url, i) => this.#pictures[i]?.url === url) && !(only && this.#pictures.length > urls.length)) return;
    const found = urls.map((url) => this.#pictures.find((picture) => picture.url === url) ?? this.#made(url, ""));
    const others = only ? [] : this.#pictures.filter((picture) => !found.includes(picture)).slice(0, MOST - found.length);
    this.#pictures = [...found, ...others];
    this.#tell();
    for (const picture of found) if (picture.state === "waiting") void this.#study(picture);
  }

  /** @param {Picture} picture */
  remove(picture) {
    this.#pictures = this.#pictures.filter((other) => other !== picture);
    this.#tell();
  }

  /** The model is known now: what waits is taken apart. @param {boolean} able */
  ready(able) {
    this.#able = able;
    for (const picture of this.#pictures) {
      if (picture.state === "waiting" || (able && picture.state === "unable")) void this.#study(picture);
    }
  }

  /** @param {Picture} picture */
  again(picture) {
    picture.state = "waiting";
    void this.#study(picture);
  }

  /** @param {string} url @param {string} name @returns {Picture} */
  #made(url, name) {
    return { url, name, state: "waiting" };
  }

  /** @param {Picture} picture */
  async #study(picture) {
    if (this.#able === undefined || picture.state === "working") return;
    const change = (/** @type {Partial<Picture>} */ news) => {
      Object.assign(picture, news);
      if (this.#pictures.includes(picture)) this.#tell(picture);
    };
    if (!this.#able) {
      change({ state: "unable", palette: await this.#options.colorsOf(picture.url).catch(() => undefined) });
      return;
    }
    change({ state: "working", progress: undefined, error: undefined });
    try {
      const parts = await this.#options.decompose(picture.url, (progress) => change({ progress }));
      change({ state: "done", parts, palette: parts.palette });
    } catch (error) {
      const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
      // Another backend was chosen: it starts anew there.
      if (code === "cancelled") change({ state: "waiting" });
      else change({ state: "failed", error: message });
    }
  }

  /** @param {Picture} [changed] */
  #tell(changed) {
    for (const listener of this.#listeners) listener(changed);
  }
}
