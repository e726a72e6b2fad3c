// @ts-check
// The sketch condition: dark lines on white paper.

import { dataUrl, squareFromFile, squareFromUrl } from "../pictures.js";
import { openEditor } from "../editor/editor.js";
import { say } from "../language.js";
import { BACKING, Painter } from "./painter.js";

/** @import { Picture, Pictures, Sourced } from "../types.d.ts" */

/** Width of a line in the model's pixels, about that of the drawings it has learnt from. */
const BRUSH = 3;

/**
 * @typedef {object} SketchOptions
 * @property {HTMLElement} pad
 * @property {HTMLElement} tools
 * @property {Pictures} pictures
 * @property {() => Picture | undefined} [below] the picture to draw over, where these are the lines of none
 * @property {() => void} onChange
 * @property {(error: unknown) => void} onError
 */

export class Sketch {
  #painter;
  #options;
  #note = Object.assign(document.createElement("span"), { className: "slot-note" });
  /** The picture whose lines these are, until somebody draws on them. @type {Picture | undefined} */ #picture;
  /** Whether the pad shows those lines: they are known a moment later than the picture. */ #shown = false;
  /** While the pad is filled from here, a change is nobody's drawing. */ #filling = false;

  /** @param {SketchOptions} options */
  constructor(options) {
    this.#options = options;
    const { pad, tools, pictures, onChange, onError } = options;
    this.#painter = new Painter({
      pad,
      tools,
      ink: "#17181c",
      size: BRUSH,
      largest: 12,
      onChange: () => {
        if (!this.#filling) this.#picture = undefined;
        this.#showSource();
        onChange();
      },
      onFile: (file) => this.take(file).catch(onError),
    });
    pad.append(this.#note);
    pictures.listen((changed) => {
      if (!this.#picture) return;
      if (pictures.numberOf(this.#picture) === 0) this.clear();
      else if (changed === this.#picture && !this.#shown) void this.#showLines().catch(onError);
      this.#showSource();
    });
  }

  /** A dropped or picked picture becomes the sketch. @param {Blob} file */
  async take(file) {
    this.#painter.show(await squareFromFile(file));
  }

  /** Lines to go on from, as if drawn. @param {HTMLCanvasElement} canvas */
  show(canvas) {
    this.#painter.show(canvas);
  }

  /** Draws prepared lines, each "x,y x,y ...", in place of what is there; undo brings that back. @param {string[]} lines */
  draw(lines) {
    this.#painter.draw(lines.map(parse));
  }

  /** The picture whose lines these are. */
  get picture() {
    return this.#picture;
  }

  /** @returns {Sourced | undefined} */
  get value() {
    if (this.#picture) return { of: this.#options.pictures.numberOf(this.#picture) };
    return this.#painter.isEmpty ? undefined : { image: dataUrl(this.#painter.export("#000", "#fff")) };
  }

  get isEmpty() {
    return this.#painter.isEmpty && !this.#picture;
  }

  /** The lines, in all the pixels of the pad. */
  look() {
    return dataUrl(this.#painter.export("#000", "#fff", false, BACKING));
  }

  /** @param {Sourced | undefined} value */
  async set(value) {
    const picture = this.#options.pictures.at(value?.of);
    if (picture) await this.link(picture);
    else if (value?.image) {
      const canvas = await squareFromUrl(value.image);
      this.#picture = undefined;
      this.#painter.show(canvas);
    } else this.clear();
  }

  /** The lines of one of the visitor's pictures, to be used as they are or drawn on. @param {Picture} picture */
  async link(picture) {
    this.#picture = picture;
    this.#shown = false;
    await this.#showLines();
    this.#showSource();
    this.#options.onChange();
  }

  clear() {
    this.#picture = undefined;
    this.#painter.clear();
    this.#showSource();
    this.#options.onChange();
  }

  /** Large, with more tools. On the pad, all of it is one step. */
  async edit() {
    const [picture, { pictures, below }] = [this.#picture, this.#options];
    let shown = false;
    const back = () => {
      if (shown) this.#painter.undo();
      shown = false;
    };
    await openEditor({
      kind: "sketch",
      source: { canvas: this.#painter.export("#000", "#fff", false, BACKING) },
      below: picture ?? below?.(),
      pictures,
      put: ({ lines }) => {
        back();
        if (!lines) return;
        this.#painter.show(lines);
        shown = true;
      },
      restore: () => {
        back();
        this.#picture = picture;
        this.#showSource();
        this.#options.onChange();
      },
    });
  }

  /** Whose lines these are, as other inputs say it of their pictures. */
  #showSource() {
    this.#note.textContent = this.#picture ? say("controls.slot.picture", { n: this.#options.pictures.numberOf(this.#picture) }) : "";
  }

  async #showLines() {
    const picture = this.#picture;
    const lines = picture?.parts && (await squareFromUrl(picture.parts.sketch));
    if (!picture || this.#picture !== picture) return;
    this.#filling = true;
    if (lines) this.#painter.show(lines);
    else this.#painter.clear();
    this.#filling = false;
    this.#shown = Boolean(lines);
    this.#options.pad.classList.toggle("awaiting", !lines);
  }
}

/** A line with so many points that the painter's smoothing leaves its corners alone. @param {string} line */
function parse(line) {
  const corners = line.split(" ").map((corner) => corner.split(",").map(Number));
  const points = [{ x: corners[0][0], y: corners[0][1], width: BRUSH }];
  for (let i = 1; i < corners.length; i++) {
    const [[fromX, fromY], [toX, toY]] = [corners[i - 1], corners[i]];
    const pieces = Math.max(1, Math.round(Math.hypot(toX - fromX, toY - fromY) / 3));
    for (let piece = 1; piece <= pieces; piece++) {
      points.push({ x: fromX + ((toX - fromX) * piece) / pieces, y: fromY + ((toY - fromY) * piece) / pieces, width: BRUSH });
    }
  }
  return points;
}
