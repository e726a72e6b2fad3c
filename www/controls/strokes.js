// @ts-check
// What has been drawn, as a list of marks with undo and redo, and how it is put on a canvas of any size.
// Coordinates are in the model's pixels, 0 to 256.

import { SIZE } from "../pictures.js";

/** @typedef {{ x: number, y: number, width: number }} Point */
/** @typedef {{ kind: "stroke", erase: boolean, points: Point[] } | { kind: "picture", picture: HTMLCanvasElement } | { kind: "clear" }} Mark */

export class Strokes {
  /** @type {Mark[]} */ #done = [];
  /** @type {Mark[]} */ #undone = [];

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Whether nothing is to be seen. */
  get isEmpty() {
    return !this.#visible().some((mark) => mark.kind === "picture" || (mark.kind === "stroke" && !mark.erase));
  }

  /** @param {Mark} mark */
  add(mark) {
    this.#done.push(mark);
    this.#undone = [];
  }

  undo() {
    const mark = this.#done.pop();
    if (mark) this.#undone.push(mark);
  }

  redo() {
    const mark = this.#undone.pop();
    if (mark) this.#done.push(mark);
  }

  /** Draws everything. @param {CanvasRenderingContext2D} into square @param {string} ink */
  render(into, ink) {
    into.clearRect(0, 0, into.canvas.width, into.canvas.height);
    for (const mark of this.#visible()) {
      if (mark.kind === "picture") into.drawImage(mark.picture, 0, 0, into.canvas.width, into.canvas.height);
      if (mark.kind === "stroke") drawStroke(into, ink, mark.erase, mark.points);
    }
  }

  /** The marks since the last clearing, or since a picture took the place of everything; both can be undone. */
  #visible() {
    return this.#done.slice(Math.max(0, this.#done.findLastIndex((mark) => mark.kind !== "stroke")));
  }
}

/**
 * Draws a stroke, or only its end from point `from` on while it grows.
 * @param {CanvasRenderingContext2D} into @param {string} ink @param {boolean} erase @param {Point[]} points @param {number} [from]
 */
export function drawStroke(into, ink, erase, points, from = 0) {
  const scale = into.canvas.width / SIZE;
  into.save();
  into.scale(scale, scale);
  into.globalCompositeOperation = erase ? "destination-out" : "source-over";
  into.strokeStyle = into.fillStyle = ink;
  into.lineCap = into.lineJoin = "round";
  if (points.length === 1) {
    into.beginPath();
    into.arc(points[0].x, points[0].y, points[0].width / 2, 0, 2 * Math.PI);
    into.fill();
  }
  // Curves through the middles of neighbouring points are smooth. One path as long as the width stays the same: where two
  // paths meet their soft edges would add up to a visible bead.
  for (let i = Math.max(1, from); i < points.length; i++) {
    const [before, start, end] = [points[Math.max(0, i - 2)], points[i - 1], points[i]];
    if (i === Math.max(1, from) || end.width !== start.width) {
      into.lineWidth = end.width;
      into.beginPath();
      into.moveTo(i > 1 ? (before.x + start.x) / 2 : start.x, i > 1 ? (before.y + start.y) / 2 : start.y);
    }
    into.quadraticCurveTo(start.x, start.y, (start.x + end.x) / 2, (start.y + end.y) / 2);
    const last = i === points.length - 1;
    if (last) into.lineTo(end.x, end.y);
    if (last || points[i + 1].width !== end.width) into.stroke();
  }
  into.restore();
}
