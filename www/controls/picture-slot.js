// @ts-check
// A place for one picture: one of the visitor's, or one that a recipe brought along. Empty with an invitation, or filled.

import { openEditor } from "../editor/editor.js";
import { say } from "../language.js";
import { dataUrl, squareFromUrl } from "../pictures.js";
import { offerFiles } from "./files.js";
import { copyOf } from "./template.js";

/** @import { Source } from "../editor/convert.js" */
/** @import { KindId } from "../editor/kinds.js" */
/** @import { Picture, Pictures, Sourced } from "../types.d.ts" */

/**
 * @typedef {object} SlotOptions
 * @property {Pictures} pictures
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 * @property {(picture: Picture) => string} [shows] what is shown of one of the visitor's pictures
 * @property {(url: string) => Promise<string>} [reads] makes a recipe's own picture fit for use
 * @property {(url: string) => Promise<string>} [showsOwn] what is shown of it
 * @property {Edits} [edits] where it can be painted by hand
 */

/**
 * @typedef {object} Edits
 * @property {KindId} kind
 * @property {(picture: Picture) => Source | undefined} from what of one of the visitor's pictures is begun with
 * @property {() => string[]} [names] of kinds of things
 */

export class PictureSlot {
  #root;
  #empty;
  #full;
  #image;
  #note;
  #options;
  /** @type {Picture | undefined} */ #picture;
  /** @type {string | undefined} */ #own;
  /** The picture that an own one was painted over. @type {Picture | undefined} */ #below;

  /** @param {HTMLElement} root @param {SlotOptions} options */
  constructor(root, options) {
    this.#root = root;
    this.#options = options;
    root.append(copyOf("slot-template"));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector(".slot-empty"));
    this.#full = /** @type {HTMLElement} */ (root.querySelector(".slot-full"));
    this.#image = /** @type {HTMLImageElement} */ (root.querySelector("img"));
    this.#note = /** @type {HTMLElement} */ (root.querySelector(".slot-note"));
    offerFiles(this.#empty, /** @type {HTMLInputElement} */ (root.querySelector("input[type=file]")), (file) => this.take(file).catch(options.onError));
    options.pictures.listen((changed) => {
      if (!this.#picture) return;
      if (options.pictures.numberOf(this.#picture) === 0) this.clear();
      else if (!changed || changed === this.#picture) this.#show();
    });
    this.#show();
  }

  /** The frame around the picture, for those who paint over it. */
  get frame() {
    return this.#full;
  }

  /** The visitor's picture in it, if it is one. */
  get picture() {
    return this.#picture;
  }

  /** The picture in it, as a URL. */
  get shown() {
    return this.#picture?.url ?? this.#own;
  }

  /** What is seen of it. */
  look() {
    return this.#image.src;
  }

  get isEmpty() {
    return !this.#picture && !this.#own;
  }

  /** @returns {Sourced | undefined} */
  get value() {
    if (this.#picture) return { of: this.#options.pictures.numberOf(this.#picture) };
    return this.#own ? { image: this.#own } : undefined;
  }

  /** A dropped or picked file joins the visitor's pictures. @param {Blob} file */
  async take(file) {
    this.link(await this.#options.pictures.add(file));
  }

  /** @param {Picture} picture */
  link(picture) {
    this.#put(picture, undefined);
  }

  clear() {
    this.#put(undefined, undefined);
  }

  /** @param {Sourced | undefined} value */
  async set(value) {
    const { pictures, reads = async (url) => dataUrl(await squareFromUrl(url)) } = this.#options;
    this.#put(pictures.at(value?.of), value?.image && (await reads(value.image)));
  }

  /** Painted by hand, it is a picture of its own and no longer that of one of the visitor's. */
  async edit() {
    const { edits, pictures } = this.#options;
    if (!edits) return;
    const [picture, own, below] = [this.#picture, this.#own, this.#picture ?? this.#below];
    await openEditor({
      kind: edits.kind,
      source: picture ? edits.from(picture) : own ? { url: own } : undefined,
      below,
      pictures,
      names: edits.names?.(),
      put: ({ url }) => {
        this.#put(undefined, url);
        this.#below = below;
      },
      restore: () => {
        this.#put(picture, own);
        this.#below = below;
      },
    });
  }

  /** @param {Picture | undefined} picture @param {string | undefined} own */
  #put(picture, own) {
    this.#picture = picture;
    this.#own = own;
    this.#below = undefined;
    this.#show();
    this.#options.onChange();
  }

  #show() {
    const { pictures, shows = ({ url }) => url, showsOwn } = this.#options;
    const url = this.#picture ? shows(this.#picture) : this.#own;
    this.#empty.hidden = Boolean(url);
    this.#full.hidden = !url;
    this.#root.classList.toggle("linked", Boolean(this.#picture));
    this.#note.textContent = this.#picture ? say("controls.slot.picture", { n: pictures.numberOf(this.#picture) }) : "";
    if (!url) this.#image.removeAttribute("src");
    else if (this.#image.src !== url) this.#image.src = url;
    const own = this.#own;
    if (own && showsOwn) {
      void showsOwn(own).then((shown) => {
        if (this.#own === own) this.#image.src = shown;
      }, () => undefined);
    }
  }
}
