// @ts-check
// The large editor for everything that can be drawn or painted: one dialog, one canvas, the same tools. What is painted is handed
// over when the dialog closes, or when the page may be about to go; Cancel brings back what was there before.

import { say } from "../language.js";
import { kindName } from "../things.js";
import { rasterOf, linesOf, urlOf } from "./convert.js";
import { Gestures } from "./gestures.js";
import { KINDS } from "./kinds.js";
import { Panel, TOOLS } from "./panel.js";
import { Pen } from "./pen.js";
import { Screen } from "./screen.js";
import { Sheet } from "./sheet.js";
import { Viewport } from "./viewport.js";

/** @import { Picture, Pictures } from "../types.d.ts" */
/** @import { Source } from "./convert.js" */
/** @import { KindId, ToolId } from "./kinds.js" */
/** @import { Raster } from "./raster.js" */

const SIZE = 256;
const ZOOM_STEP = 1.25;
/** How many kinds of things there are where the model has not told their names yet. */
const KINDS_OF_THINGS = 16;

/**
 * @typedef {object} EditRequest
 * @property {KindId} kind
 * @property {Source} [source] what is begun with; nothing for an empty sheet
 * @property {Picture} [below] the picture that it was taken from
 * @property {string} [on] a picture that it always belongs to, as a URL
 * @property {Pictures} pictures that can be laid below
 * @property {string[]} [names] of kinds of things
 * @property {(edited: { url: string, lines: HTMLCanvasElement | undefined }) => void} put takes over what was painted; may be called again
 * @property {() => void} restore brings back what was there before `put`
 */

const dialog = () => /** @type {HTMLDialogElement} */ (document.getElementById("editor"));

/** Opens the editor; comes back when it has been closed. @param {EditRequest} request */
export async function openEditor(request) {
  if (dialog().open) return;
  const raster = await rasterOf(KINDS[request.kind], request.source);
  if (dialog().open) return;
  await new Promise((resolve) => new Session(request, raster, () => resolve(undefined)));
}

/** From opening to closing. */
class Session {
  #request;
  #dialog = dialog();
  #sheet;
  #pen;
  #viewport = new Viewport(SIZE);
  #screen;
  #panel;
  #end = new AbortController();
  #onEnd;
  #names;
  /** Whether the page has taken over something already. */ #put = false;

  /** @param {EditRequest} request @param {Raster} raster @param {() => void} onEnd */
  constructor(request, raster, onEnd) {
    this.#request = request;
    this.#onEnd = onEnd;
    const kind = KINDS[request.kind];
    const sheet = (this.#sheet = new Sheet(kind, raster, (box) => this.#screen?.changed(box)));
    const pen = (this.#pen = new Pen(sheet, () => this.#refresh()));
    const canvas = /** @type {HTMLCanvasElement} */ (this.#dialog.querySelector("canvas"));
    const { signal } = this.#end;
    this.#screen = new Screen(canvas, sheet, pen, this.#viewport);
    const names = (this.#names = request.names?.length ? request.names : Array.from({ length: KINDS_OF_THINGS }, (_, n) => say("editor.kind", { n })));
    this.#panel = new Panel({ root: this.#dialog, sheet, pen, names, signal, onChange: () => this.#refresh() });
    const screen = this.#screen;
    new Gestures({ canvas, sheet, pen, viewport: this.#viewport, screen, signal, onWork: () => this.#refresh(), onView: () => this.#showZoom() });
    this.#listen();
    this.#offerPictures();
    this.#words();
    this.#dialog.dataset.kind = kind.id;
    this.#dialog.showModal();
    canvas.focus();
    const sized = new ResizeObserver(() => {
      screen.resize();
      this.#showZoom();
    });
    sized.observe(canvas);
    signal.addEventListener("abort", () => sized.disconnect());
    this.#refresh();
  }

  /** What says which of the five it is. */
  #words() {
    const { kind } = this.#sheet;
    this.#part("title").textContent = say(`editor.titles.${kind.id}`);
    this.#part("about").textContent = say(`editor.about.${kind.id}`);
    const canvas = /** @type {HTMLElement} */ (this.#dialog.querySelector("canvas"));
    canvas.setAttribute("aria-label", say("editor.canvas", { what: say(`editor.titles.${kind.id}`) }));
    this.#act("invert").hidden = !kind.inverts;
  }

  #listen() {
    const { signal } = this.#end;
    /** @type {Record<string, () => void>} */
    const acts = {
      undo: () => this.#sheet.undo(), redo: () => this.#sheet.redo(), clear: () => this.#sheet.clear(), invert: () => this.#sheet.invert(),
      "zoom-in": () => this.#viewport.zoom(ZOOM_STEP), "zoom-out": () => this.#viewport.zoom(1 / ZOOM_STEP), fit: () => this.#viewport.fit(),
      done: () => this.#done(), cancel: () => this.#cancel(),
    };
    for (const [act, run] of Object.entries(acts)) {
      this.#act(act).addEventListener("click", () => {
        run();
        this.#refresh();
      }, { signal });
    }
    this.#dialog.addEventListener("keydown", (event) => this.#key(event), { signal });
    // After a click beside everything no element of the dialog has the focus; its keys work all the same.
    document.addEventListener("keydown", (event) => {
      if (event.target === document.body) this.#key(event);
    }, { signal, capture: true });
    // Escape, and a phone's way back.
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#done();
    }, { signal });
    this.#dialog.addEventListener("close", () => this.#done(), { signal });
    // The page may not come back from there.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#keep();
    }, { signal });
  }

  /** The pictures that can lie below, and how much of one is seen. */
  #offerPictures() {
    const { below, on, pictures } = this.#request;
    const { kind } = this.#sheet;
    const { signal } = this.#end;
    const select = /** @type {HTMLSelectElement} */ (this.#part("below"));
    const slider = /** @type {HTMLInputElement} */ (this.#part("onion"));
    select.replaceChildren(new Option(say("editor.noPicture"), ""), ...pictures.all.map((_, i) => new Option(say("editor.picture", { n: i + 1 }), String(i + 1))));
    select.value = below && pictures.numberOf(below) ? String(pictures.numberOf(below)) : "";
    /** @type {HTMLElement} */ (select.parentElement).hidden = on !== undefined || pictures.all.length === 0;
    this.#part("underlay").hidden = on === undefined && pictures.all.length === 0;
    slider.value = String(kind.onion * 100);
    const show = () => {
      this.#screen.onion = slider.valueAsNumber / 100;
      this.#part("onion-shown").textContent = `${slider.value}%`;
      slider.disabled = on === undefined && select.value === "";
      this.#screen.draw();
    };
    const lay = () => {
      void this.#screen.lay(on ?? (select.value ? pictures.at(Number(select.value))?.url : undefined));
      show();
    };
    slider.addEventListener("input", show, { signal });
    select.addEventListener("change", () => {
      // One that was chosen just now is meant to be seen.
      if (slider.valueAsNumber === 0) slider.value = "35";
      lay();
    }, { signal });
    lay();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // The page behind has keys of its own.
    event.stopPropagation();
    const { key, target } = event;
    if (key === "Escape" || (target instanceof HTMLInputElement && target.type === "text")) return;
    const letter = key.toUpperCase();
    if (event.ctrlKey || event.metaKey) {
      if (letter === "Z" && event.shiftKey) this.#sheet.redo();
      else if (letter === "Z") this.#sheet.undo();
      else if (letter === "Y") this.#sheet.redo();
      else return;
    } else if (!event.altKey && !this.#plainKey(key, letter)) return;
    event.preventDefault();
    this.#refresh();
  }

  /** @param {string} key @param {string} letter @returns {boolean} whether it means something here */
  #plainKey(key, letter) {
    const [pen, held] = [this.#pen, Boolean(this.#sheet.float)];
    const tool = /** @type {ToolId | undefined} */ (Object.entries(TOOLS).find(([, { key }]) => key === letter)?.[0]);
    if (tool) pen.tool = tool;
    else if (key === "[" || key === "]") {
      const more = key === "]";
      if (held) pen.turn(((more ? 1 : -1) * Math.PI) / 12);
      else if (pen.size) pen.size = more ? Math.max(pen.size + 1, Math.round(pen.size * 1.15)) : Math.min(pen.size - 1, Math.round(pen.size / 1.15));
    } else if (key === "+" || key === "=") this.#viewport.zoom(ZOOM_STEP);
    else if (key === "-" || key === "_") this.#viewport.zoom(1 / ZOOM_STEP);
    else if (key === "0") this.#viewport.fit();
    else if (held && (key === "Delete" || key === "Backspace")) this.#sheet.remove();
    else if (held && letter === "M") pen.mirror("x");
    else if (held && key === "Enter" && document.activeElement?.tagName === "CANVAS") this.#sheet.drop();
    else return false;
    return true;
  }

  #refresh() {
    // Called while the parts are still being put together, too.
    if (!this.#panel) return;
    this.#panel.refresh();
    for (const [act, able] of /** @type {const} */ ([["undo", this.#sheet.canUndo], ["redo", this.#sheet.canRedo], ["clear", !this.#sheet.isEmpty]])) {
      /** @type {HTMLButtonElement} */ (this.#act(act)).disabled = !able;
    }
    const { kind } = this.#sheet;
    const what = kind.id === "things" && this.#pen.tool !== "eraser" && this.#pen.tool !== "lasso" ? `, ${kindName(this.#names[this.#pen.value] ?? "")}` : "";
    const status = `${say(`editor.tools.${this.#pen.tool}`)}${what}`;
    if (this.#part("status").textContent !== status) this.#part("status").textContent = status;
    this.#dialog.dataset.tool = this.#pen.tool;
    this.#screen.draw();
    this.#showZoom();
  }

  #showZoom() {
    this.#part("zoom").textContent = `${Math.round(this.#viewport.scale * 100)}%`;
  }

  /** Hands over what there is now. */
  #keep() {
    if (this.#sheet.isChanged) {
      const { kind, raster } = this.#sheet;
      this.#request.put({ url: urlOf(kind, raster), lines: kind.id === "sketch" ? linesOf(raster) : undefined });
      this.#put = true;
    } else if (this.#put) {
      this.#request.restore();
      this.#put = false;
    }
  }

  #done() {
    if (this.#end.signal.aborted) return;
    this.#pen.lift();
    this.#sheet.drop();
    this.#keep();
    this.#close();
  }

  #cancel() {
    if (this.#put) this.#request.restore();
    this.#close();
  }

  #close() {
    this.#end.abort();
    this.#screen.close();
    if (this.#dialog.open) this.#dialog.close();
    this.#onEnd();
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`[data-part=${name}]`));
  }

  /** @param {string} name */
  #act(name) {
    return /** @type {HTMLElement} */ (this.#dialog.querySelector(`.editor-bar [data-act=${name}]`));
  }
}

/**
 * Says on such a button what it will do.
 * @param {HTMLButtonElement} button @param {Picture | false | undefined} picture whose representation is gone on from @param {boolean} isEmpty
 */
export function sayEdit(button, picture, isEmpty) {
  // What the engine is still looking for cannot be painted over yet.
  button.disabled = picture ? picture.state === "waiting" || picture.state === "working" : false;
  button.title = say(button.disabled ? "editor.wait" : "editor.openTitle");
  /** @type {HTMLElement} */ (button.querySelector("span")).textContent = say(isEmpty ? "editor.paint" : "editor.open");
}

/** A button that opens the editor. @param {string} what is edited, for those who do not see where it stands @param {() => Promise<void>} run @param {(error: unknown) => void} onError */
export function editButton(what, run, onError) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "soft small edit" });
  button.dataset.act = "edit";
  button.innerHTML = '<svg aria-hidden="true"><use href="#i-edit"/></svg>';
  button.append(...[{ textContent: say("editor.open") }, { textContent: `: ${what}`, className: "sr" }].map((part) => Object.assign(document.createElement("span"), part)));
  button.title = say("editor.openTitle");
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => {
    run().catch(onError);
  });
  return button;
}
