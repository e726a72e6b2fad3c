// @ts-check
// What can be done with the picture that is looked at: files of several kinds, the clipboard, a link.

import { say } from "../language.js";
import { saidIn } from "../view/stage.js";
import { hideError, notice, showError } from "../view/notices.js";
import { larger, plain, sticker } from "./copies.js";
import { Menu } from "./menu.js";
import { fileOf } from "./names.js";
import { linkOf } from "./share.js";

/** @import { Stage } from "../view/stage.js" */
/** @import { Shown } from "../types.d.ts" */

/**
 * @typedef {object} ToolsOptions
 * @property {Stage} stage
 * @property {(picture: ImageData) => Promise<ArrayLike<number> | undefined>} thingsIn what the model finds in a picture, where it can
 * @property {(id: number) => void} onCompare
 * @property {(id: number) => void} onDelete
 */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Tools {
  #options;

  /** @param {ToolsOptions} options */
  constructor(options) {
    this.#options = options;
    element("save").addEventListener("click", () => this.save());
    /** @type {Record<string, (shown: Shown) => unknown>} */
    const tools = {
      plain: async (shown) => keep(await plain(shown.result.png), shown, "picture"),
      sticker: (shown) => this.#sticker(shown),
      double: async (shown) => keep(await larger(shown.result.png, 2), shown, "2x"),
      quadruple: async (shown) => keep(await larger(shown.result.png, 4), shown, "4x"),
      copy: copyPicture,
      link: (shown) => this.#link(shown),
      compare: ({ id }) => options.onCompare(id),
      delete: ({ id }) => options.onDelete(id),
    };
    new Menu(/** @type {HTMLButtonElement} */ (element("more-tools")), element("more-menu"), async (item) => {
      const { shown } = options.stage;
      if (!shown) return;
      hideError();
      try {
        await tools[item.dataset.tool ?? ""](shown);
      } catch (error) {
        showError(/** @type {Error} */ (error).message);
      }
    });
  }

  /** With the recipe inside. */
  save() {
    const { shown } = this.#options.stage;
    if (shown) keep(new Blob([shown.result.png], { type: "image/png" }), shown);
  }

  /** @param {Shown} shown */
  async #sticker(shown) {
    notice(say("gallery.cutting"));
    keep(await sticker(shown.result.png, this.#options.thingsIn), shown, "sticker", "gallery.stickerSaved");
  }

  /** @param {Shown} shown */
  async #link(shown) {
    const link = await linkOf(shown.result.recipe, location.href);
    const save = { label: say("gallery.savePng"), run: () => this.save() };
    if (!link) return notice(say("gallery.linkTooLong"), [save]);
    // On a phone the system's own sheet knows the visitor's messengers.
    if (matchMedia("(pointer: coarse)").matches && navigator.canShare?.({ url: link })) {
      return navigator.share({ url: link, title: document.title }).catch((error) => {
        if (error.name !== "AbortError") showLink(link);
      });
    }
    try {
      await navigator.clipboard.writeText(link);
      notice(say("gallery.linkCopied"));
    } catch {
      showLink(link);
    }
  }
}

/** @param {Shown} shown */
async function copyPicture({ result }) {
  try {
    // The promise goes in as it is: some browsers allow copying only at the very click.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": plain(result.png) })]);
    notice(say("gallery.copied"));
  } catch {
    throw new Error(say("gallery.copyRefused"));
  }
}

/** A link that the clipboard did not take, to be copied by hand. @param {string} link */
function showLink(link) {
  const dialog = /** @type {HTMLDialogElement} */ (element("link"));
  const field = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
  field.value = link;
  dialog.showModal();
  field.select();
}

/** @param {Blob} blob @param {Shown} shown @param {string} [kind] @param {string} [done] what is said then */
function keep(blob, { result: { recipe } }, kind, done = "gallery.saved") {
  const name = fileOf({ caption: saidIn(recipe) ?? "", task: recipe.task, seed: recipe.seed }, kind);
  download(blob, name);
  notice(say(done, { name }));
}

/** @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // The browser takes the file up within this time or asks the visitor meanwhile; either way it holds the data itself then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
