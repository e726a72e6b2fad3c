// @ts-check
// Shows the sheet, the picture it belongs to, and what the tool is about to do.

import { say } from "../language.js";
import { picture } from "./kinds.js";

/** @import { Pen, Place } from "./pen.js" */
/** @import { Box } from "./raster.js" */
/** @import { Sheet } from "./sheet.js" */
/** @import { Viewport } from "./viewport.js" */

const SIZE = 256;
/** Two strokes, so that a line can be seen on anything. */
const LIGHT = "rgb(255 255 255 / 90%)";
const DARK = "#3646c9";

export class Screen {
  #canvas;
  #into;
  #sheet;
  #pen;
  #viewport;
  #layer = document.createElement("canvas");
  #image;
  #frame = 0;
  /** @type {HTMLImageElement | undefined} */ #below;
  /** How much of the picture is seen, 0 to 1. */ onion = 0;
  /** Where the pen hangs; nowhere while it is not over the sheet. @type {{ at: Place, keys: boolean } | undefined} */ #hover;

  /** @param {HTMLCanvasElement} canvas @param {Sheet} sheet @param {Pen} pen @param {Viewport} viewport */
  constructor(canvas, sheet, pen, viewport) {
    this.#canvas = canvas;
    this.#sheet = sheet;
    this.#pen = pen;
    this.#viewport = viewport;
    const into = canvas.getContext("2d");
    if (!into) throw new Error(say("run.noCanvas"));
    this.#into = into;
    this.#layer.width = this.#layer.height = sheet.kind.side;
    this.#image = new ImageData(sheet.kind.side, sheet.kind.side);
    this.changed(sheet.raster.whole);
  }

  /** A part of the sheet looks different. @param {Box} box */
  changed(box) {
    const [wide, high] = [box.right - box.left, box.bottom - box.top];
    if (wide <= 0 || high <= 0) return;
    picture(this.#sheet.kind, this.#sheet.raster, this.#image.data, box);
    this.#layer.getContext("2d")?.putImageData(this.#image, 0, 0, box.left, box.top, wide, high);
    this.draw();
  }

  /** @param {string | undefined} url of the picture below */
  async lay(url) {
    const image = url ? Object.assign(new Image(), { src: url }) : undefined;
    this.#below = image;
    await image?.decode().catch(() => undefined);
    this.draw();
  }

  /** @param {{ at: Place, keys: boolean } | undefined} hover */
  set hover(hover) {
    this.#hover = hover;
    this.draw();
  }

  /** The canvas as large as its place on the screen. */
  resize() {
    const { clientWidth, clientHeight } = this.#canvas;
    const sharp = devicePixelRatio || 1;
    this.#canvas.width = Math.max(1, Math.round(clientWidth * sharp));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * sharp));
    this.#viewport.resize(clientWidth, clientHeight);
    this.draw();
  }

  /** Soon, and once for all that changes until then. */
  draw() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  close() {
    cancelAnimationFrame(this.#frame);
    // Nothing more is drawn, whatever may still be on its way.
    this.#frame = -1;
  }

  #draw() {
    this.#frame = 0;
    const [into, { x, y, scale }] = [this.#into, this.#viewport];
    this.#pen.zoom = scale;
    const sharp = devicePixelRatio || 1;
    into.setTransform(sharp, 0, 0, sharp, 0, 0);
    into.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const size = SIZE * scale;
    into.fillStyle = "#fff";
    into.fillRect(x, y, size, size);
    const layers = [() => this.#drawBelow(x, y, size), () => this.#drawSheet(x, y, size)];
    // What covers all of the picture lets it shine through; lines and veils lie on it.
    const { kind } = this.#sheet;
    if (kind.shaded || kind.id === "things") layers.reverse();
    for (const layer of layers) layer();
    this.#drawPiece();
    this.#drawOutline();
    this.#drawHover();
  }

  /** @param {number} x @param {number} y @param {number} size */
  #drawBelow(x, y, size) {
    if (!this.#below?.complete || !this.#below.naturalWidth || this.onion === 0) return;
    this.#into.globalAlpha = this.onion;
    this.#into.imageSmoothingEnabled = true;
    this.#into.drawImage(this.#below, x, y, size, size);
    this.#into.globalAlpha = 1;
  }

  /** @param {number} x @param {number} y @param {number} size */
  #drawSheet(x, y, size) {
    const { kind } = this.#sheet;
    this.#into.imageSmoothingEnabled = !kind.sharp;
    this.#into.imageSmoothingQuality = "high";
    this.#into.drawImage(this.#layer, x, y, size, size);
  }

  /** The frame of a piece that is being moved, and the handle that turns it. */
  #drawPiece() {
    const { float, kind } = this.#sheet;
    const handle = this.#pen.handle;
    if (!float || !handle) return;
    const corners = float.corners.map(({ x, y }) => this.#viewport.toScreen((x * SIZE) / kind.side, (y * SIZE) / kind.side));
    this.#path([...corners, corners[0]], true);
    const { x, y } = this.#viewport.toScreen(handle.x, handle.y);
    this.#ring(x, y, 8, true);
  }

  #drawOutline() {
    const { outline } = this.#pen;
    if (outline.length > 1) this.#path(outline.map(({ x, y }) => this.#viewport.toScreen(x, y)), true);
  }

  #drawHover() {
    if (!this.#hover) return;
    const { at, keys } = this.#hover;
    const { x, y } = this.#viewport.toScreen(at.x, at.y);
    const { size } = this.#pen;
    if (size && !this.#sheet.float) this.#ring(x, y, Math.max(2, (size * this.#viewport.scale) / 2), false);
    if (keys) this.#ring(x, y, 6, this.#pen.isDown);
  }

  /** @param {{ x: number, y: number }[]} points @param {boolean} dashed */
  #path(points, dashed) {
    const into = this.#into;
    into.beginPath();
    points.forEach(({ x, y }, i) => (i ? into.lineTo(x, y) : into.moveTo(x, y)));
    for (const [style, dash] of /** @type {const} */ ([[LIGHT, []], [DARK, dashed ? [6, 5] : []]])) {
      into.strokeStyle = style;
      into.lineWidth = 1.5;
      into.setLineDash([...dash]);
      into.stroke();
    }
    into.setLineDash([]);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {boolean} filled */
  #ring(x, y, radius, filled) {
    const into = this.#into;
    into.beginPath();
    into.arc(x, y, radius, 0, 2 * Math.PI);
    into.fillStyle = DARK;
    if (filled) into.fill();
    for (const [style, width] of /** @type {const} */ ([[LIGHT, 3], [DARK, 1.5]])) {
      into.strokeStyle = style;
      into.lineWidth = width;
      into.stroke();
    }
  }
}
