// @ts-check
// The sketch condition: dark lines on white paper.

import { dataUrl, squareFromFile, squareFromUrl } from "../pictures.js";
import { Painter } from "./painter.js";

/** Width of a line in the model's pixels, about that of the drawings it has learnt from. */
const BRUSH = 3;

export class Sketch {
  #painter;

  /** @param {{ onChange: () => void, onError: (error: unknown) => void }} options */
  constructor({ onChange, onError }) {
    this.#painter = new Painter({
      pad: /** @type {HTMLElement} */ (document.getElementById("sketch-pad")),
      tools: /** @type {HTMLElement} */ (document.getElementById("sketch-tools")),
      ink: "#17181c",
      size: BRUSH,
      largest: 12,
      onChange,
      onFile: (file) => this.take(file).catch(onError),
    });
  }

  /** A dropped or picked picture becomes the sketch. @param {Blob} file */
  async take(file) {
    this.#painter.show(await squareFromFile(file));
  }

  /** Draws prepared lines, each "x,y x,y ...", in place of what is there; undo brings that back. @param {string[]} lines */
  draw(lines) {
    this.#painter.draw(lines.map(parse));
  }

  /** @returns {{ image: string } | undefined} */
  get value() {
    return this.#painter.isEmpty ? undefined : { image: dataUrl(this.#painter.export("#000", "#fff")) };
  }

  get isEmpty() {
    return this.#painter.isEmpty;
  }

  /** @param {{ image: string } | undefined} value */
  async set(value) {
    if (value) this.#painter.show(await squareFromUrl(value.image));
    else this.#painter.clear();
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
