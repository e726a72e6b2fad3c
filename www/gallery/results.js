// @ts-check
// Puts the gallery together: what is kept, the row of the latest, the panel, the comparison and the tools of one picture.

import { say } from "../language.js";
import { closable } from "../view/dialogs.js";
import { notice, showError } from "../view/notices.js";
import { Compare } from "./compare.js";
import { Gallery } from "./gallery.js";
import { fileOf } from "./names.js";
import { Panel } from "./panel.js";
import { carrier, isLink, jsonIn } from "./share.js";
import { Strip } from "./strip.js";
import { Tools, download } from "./tools.js";
import { isZip, pack, unpack } from "./zip.js";

/** @import { Engine } from "../../pkg/engine.js" */
/** @import { Stage } from "../view/stage.js" */
/** @import { Recipe, Shown } from "../types.d.ts" */

/**
 * @typedef {object} ResultsOptions
 * @property {Engine} engine
 * @property {Stage} stage
 * @property {(shown: Shown) => void} onShow
 * @property {(recipe: Recipe, done: string) => Promise<void>} onRecipe a recipe comes from outside; `done` is said when it is there
 * @property {(ids: number[]) => void} onAdopt pictures shall join the visitor's
 * @property {() => boolean} canDecompose whether the model takes pictures apart right now, without a download
 */

/** The number of the picture that is looked at, as long as the tab is open. */
const lookedAt = {
  get id() {
    try {
      return Number(sessionStorage.getItem("composer-shown"));
    } catch {
      return 0; // No storage in this window.
    }
  },
  set id(id) {
    try {
      sessionStorage.setItem("composer-shown", String(id));
    } catch {
      // A reload begins with an empty stage, then.
    }
  },
};

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const message = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

export class Results {
  #options;
  #gallery;
  #panel;
  #strip;

  /** @param {ResultsOptions} options */
  constructor(options) {
    this.#options = options;
    const { engine, stage } = options;
    const gallery = (this.#gallery = new Gallery({ readRecipe: (png) => engine.readRecipe(png), onTrouble: notice }));
    const compare = new Compare(gallery);
    this.#strip = new Strip(gallery, { onPick: (id) => void this.#show(id), onAll: () => this.#panel.open() });
    this.#panel = new Panel(gallery, {
      onOpen: (id) => void this.#show(id),
      onAdopt: options.onAdopt,
      onCompare: (left, right) => void compare.open(left, right).catch((error) => notice(message(error))),
      onDelete: (ids) => this.#delete(ids),
      onExport: (ids) => void this.export(ids),
      onImport: async (file) => {
        if (!(await this.takes(file))) notice(say("gallery.noZip"));
      },
    });
    new Tools({
      stage,
      thingsIn: async (picture) => (options.canDecompose() ? (await engine.decompose(picture)).categories : undefined),
      onCompare: (id) => this.#panel.open([id], say("gallery.compareWith")),
      onDelete: (id) => this.#delete([id]),
    });
    // One picture has no other to be compared with.
    const compareItem = /** @type {HTMLElement} */ (document.querySelector("[data-tool=compare]"));
    gallery.listen(() => (compareItem.hidden = gallery.all.length < 2));
    closable(/** @type {HTMLDialogElement} */ (element("link")));
    addEventListener("hashchange", () => void this.openLink());
    lift(/** @type {HTMLDialogElement} */ (element("gallery")), element("notices"));
  }

  /** All finished pictures. */
  get gallery() {
    return this.#gallery;
  }

  /** A number for a picture that is about to be finished. */
  number() {
    return this.#gallery.number();
  }

  /** @param {Shown} shown */
  add(shown) {
    return this.#gallery.add(shown);
  }

  /** A kept picture as a file. @param {number} id */
  async file(id) {
    return new File([await this.#gallery.png(id)], "");
  }

  /** Marks the picture that is looked at. @param {Shown | undefined} shown */
  mark(shown) {
    this.#strip.mark(shown?.id);
    if (shown) lookedAt.id = shown.id;
  }

  /** The picture that was looked at before this page was reloaded, if it is still kept. @returns {Promise<Shown | undefined>} */
  async lookedAt() {
    const { id } = lookedAt;
    await this.#gallery.ready;
    const entry = this.#gallery.get(id);
    return entry && !entry.gone ? this.#gallery.open(id).catch(() => undefined) : undefined;
  }

  /** Takes up the recipe that this page's address brings along; the address loses it. */
  async openLink() {
    const { hash } = location;
    if (!isLink(hash)) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    try {
      const recipe = await this.#options.engine.readRecipe(carrier(await jsonIn(hash)));
      if (recipe) await this.#options.onRecipe(recipe, say("gallery.linkOpened"));
    } catch (error) {
      showError(say("gallery.linkRefused", { why: message(error).replace(/[^.!?]$/, "$&.") }));
    }
  }

  /** Takes a file for the gallery, if it is one. @param {File} file */
  async takes(file) {
    if (!(await isZip(file))) return false;
    await this.#import(file);
    return true;
  }

  /** @param {File} file */
  async #import(file) {
    const count = { added: 0, known: 0, foreign: 0 };
    notice(say("gallery.importing"));
    try {
      await unpack(file, async (png) => void count[await this.#gallery.take(png)]++, () => count.foreign++);
    } catch (error) {
      notice([message(error), count.added && say("gallery.imported", { n: count.added })].filter(Boolean).join(" "));
      return;
    } finally {
      this.#gallery.settled();
    }
    const said = [say("gallery.imported", { n: count.added })];
    if (count.known) said.push(say("gallery.importKnown", { n: count.known }));
    if (count.foreign) said.push(say("gallery.importForeign", { n: count.foreign }));
    notice(said.join(" "));
  }

  /** @param {number} id */
  async #show(id) {
    this.#panel.close();
    try {
      this.#options.onShow(await this.#gallery.open(id));
    } catch (error) {
      showError(message(error));
    }
  }

  /** @param {number[]} ids */
  #delete(ids) {
    const { stage, onShow } = this.#options;
    const seen = stage.shown && ids.includes(stage.shown.id) ? stage.shown : undefined;
    const back = this.#gallery.remove(ids);
    if (seen) stage.clear();
    const run = () => {
      back();
      if (seen && !stage.shown) onShow(seen);
    };
    notice(say("gallery.deleted", { n: ids.length }), [{ label: say("gallery.undo"), run }]);
  }

  /** All in one file. @param {number[]} ids */
  async export(ids) {
    const gallery = this.#gallery;
    let lost = 0;
    async function* files() {
      for (const id of ids) {
        const entry = gallery.get(id);
        const png = entry && (await gallery.png(id).catch(() => undefined));
        if (png) yield { name: fileOf(entry), time: entry.time, png };
        else lost++;
      }
    }
    try {
      download(await pack(files()), "composer-gallery.zip");
      notice([say("gallery.exported", { n: ids.length - lost }), lost && say("gallery.exportLost", { n: lost })].filter(Boolean).join(" "));
    } catch (error) {
      notice(say("gallery.exportFailed", { why: message(error) }));
    }
  }
}

/** Messages cannot be reached behind an open dialog; meanwhile they stand in it. @param {HTMLDialogElement} dialog @param {HTMLElement} notices */
function lift(dialog, notices) {
  const place = document.createComment("notices");
  notices.after(place);
  new MutationObserver(() => (dialog.open ? dialog.append(notices) : place.before(notices))).observe(dialog, { attributeFilter: ["open"] });
}
