// @ts-check
// Chooses one of the visitor's pictures, or adds one.

import { say } from "../language.js";
import { offerFiles } from "./files.js";

/** @import { Picture, Pictures } from "../types.d.ts" */

/**
 * @typedef {object} FieldOptions
 * @property {string} name what is chosen, for those who do not see it
 * @property {Pictures} pictures
 * @property {(picture: Picture) => string | undefined} [shows] what is shown of a picture; nothing where it cannot be chosen yet
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 */

export class PictureField {
  #list = document.createElement("ul");
  #add = document.createElement("button");
  #options;
  /** @type {Picture | undefined} */ #picture;
  /** A choice that is not one of the visitor's pictures, such as a map painted by hand. @type {Picture | undefined} */ #guest;

  /** @param {HTMLElement} root @param {FieldOptions} options */
  constructor(root, options) {
    this.#options = options;
    const { pictures, onError, name } = options;
    this.#list.className = "thumbs";
    this.#list.setAttribute("aria-label", name);
    const file = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", hidden: true });
    Object.assign(this.#add, { type: "button", className: "thumb add", title: say("controls.field.choose") });
    this.#add.setAttribute("aria-label", say("controls.field.chooseFor", { name }));
    this.#add.innerHTML = '<svg aria-hidden="true"><use href="#i-plus"/></svg>';
    offerFiles(this.#add, file, (each) => this.take(each).catch(onError));
    root.append(this.#list, file);
    pictures.listen(() => this.#lay());
    this.#lay();
  }

  get picture() {
    return this.#picture;
  }

  get guest() {
    return this.#guest;
  }

  set guest(guest) {
    this.#guest = guest;
    this.#lay();
  }

  /** @param {Blob} file */
  async take(file) {
    this.choose(await this.#options.pictures.add(file));
  }

  /** @param {Picture | undefined} picture */
  choose(picture) {
    this.#picture = picture;
    this.#lay();
    this.#options.onChange();
  }

  #lay() {
    const { pictures, shows = ({ url }) => url, name } = this.#options;
    if (this.#picture && this.#picture !== this.#guest && pictures.numberOf(this.#picture) === 0) this.#picture = undefined;
    const focused = [...this.#list.children].findIndex((item) => item.contains(document.activeElement));
    const choices = this.#guest ? [...pictures.all, this.#guest] : pictures.all;
    const thumbs = choices.map((picture, i) => {
      const isGuest = picture === this.#guest;
      const url = isGuest ? picture.url : shows(picture);
      const title = isGuest ? picture.name : say("controls.field.picture", { n: i + 1 });
      const thumb = Object.assign(document.createElement("button"), { type: "button", className: "thumb", disabled: !url, title });
      thumb.setAttribute("aria-label", isGuest ? say("controls.field.guestFor", { name, guest: title }) : say("controls.field.pictureFor", { name, n: i + 1 }));
      thumb.dataset.state = picture.state;
      thumb.setAttribute("aria-pressed", String(picture === this.#picture));
      if (url) thumb.append(Object.assign(document.createElement("img"), { src: url, alt: "", width: 64, height: 64, draggable: false }));
      thumb.addEventListener("click", () => this.choose(picture === this.#picture ? undefined : picture));
      return thumb;
    });
    this.#list.replaceChildren(...[...thumbs, this.#add].map((button) => {
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    if (focused >= 0) this.#list.children[focused]?.querySelector("button")?.focus();
  }
}
