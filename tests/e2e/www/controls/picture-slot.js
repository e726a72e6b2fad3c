// @ts-check
// A place that holds one picture: empty with an invitation, or filled with a remove button.

import { dataUrl, squareFromFile, squareFromUrl } from "../pictures.js";

export class PictureSlot {
  #root;
  #empty;
  #full;
  #image;
  #onChange;
  /** @type {string | undefined} */ #url;

  /** @param {HTMLElement} root @param {{ onChange: () => void, onError: (error: unknown) => void }} options */
  constructor(root, { onChange, onError }) {
    this.#root = root;
    this.#onChange = onChange;
    root.append(/** @type {HTMLTemplateElement} */ (document.getElementById("slot-template")).content.cloneNode(true));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector(".slot-empty"));
    this.#full = /** @type {HTMLElement} */ (root.querySelector(".slot-full"));
    this.#image = /** @type {HTMLImageElement} */ (root.querySelector("img"));
    const file = /** @type {HTMLInputElement} */ (root.querySelector("input[type=file]"));
    file.addEventListener("change", () => {
      if (file.files?.[0]) this.take(file.files[0]).catch(onError);
      file.value = "";
    });
    this.#empty.addEventListener("click", () => file.click());
    root.querySelector("[data-act=remove]")?.addEventListener("click", () => {
      this.#show(undefined);
      this.#empty.focus();
    });
  }

  /** The frame around the picture, for those who paint over it. */
  get frame() {
    return this.#full;
  }

  get root() {
    return this.#root;
  }

  /** The picture as a data: URL. */
  get url() {
    return this.#url;
  }

  /** @param {Blob} file */
  async take(file) {
    this.#show(dataUrl(await squareFromFile(file)));
  }

  /** @param {string | undefined} url */
  async set(url) {
    this.#show(url && dataUrl(await squareFromUrl(url)));
  }

  /** @param {string | undefined} url */
  #show(url) {
    this.#url = url;
    this.#empty.hidden = Boolean(url);
    this.#full.hidden = !url;
    if (url) this.#image.src = url;
    else this.#image.removeAttribute("src");
    this.#onChange();
  }
}
