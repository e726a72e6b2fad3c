// @ts-check
// Which part of the sheet is seen, and how large. No DOM.

/** Room around a fitted sheet. */
const MARGIN = 16;
/** One place of the model's 256 is at most as many pixels of the screen wide. */
const LARGEST = 24;

export class Viewport {
  /** Pixels of the screen for one of the model's 256. */ scale = 1;
  /** Where the sheet's corner is on the screen. */ x = 0;
  y = 0;
  #width = 1;
  #height = 1;
  /** Whether nobody has zoomed or moved it. */ #fitted = true;
  #side;

  /** @param {number} side of the sheet, in the model's pixels */
  constructor(side) {
    this.#side = side;
  }

  /** The screen's size. @param {number} width @param {number} height */
  resize(width, height) {
    [this.#width, this.#height] = [Math.max(1, width), Math.max(1, height)];
    if (this.#fitted) this.fit();
    else this.#keep();
  }

  /** All of the sheet. */
  fit() {
    this.scale = this.#fit;
    this.x = (this.#width - this.#side * this.scale) / 2;
    this.y = (this.#height - this.#side * this.scale) / 2;
    this.#fitted = true;
  }

  /** What is below a point of the screen stays there. @param {number} factor @param {number} [x] @param {number} [y] */
  zoom(factor, x = this.#width / 2, y = this.#height / 2) {
    const scale = Math.min(LARGEST, Math.max(this.#fit / 2, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.#fitted = false;
    this.#keep();
  }

  /** @param {number} x @param {number} y pixels of the screen */
  pan(x, y) {
    this.x += x;
    this.y += y;
    this.#fitted = false;
    this.#keep();
  }

  /** @param {number} x @param {number} y of the screen */
  toSheet(x, y) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /** @param {number} x @param {number} y of the sheet */
  toScreen(x, y) {
    return { x: this.x + x * this.scale, y: this.y + y * this.scale };
  }

  get #fit() {
    return Math.max(0.1, (Math.min(this.#width, this.#height) - 2 * MARGIN) / this.#side);
  }

  /** The middle of the screen stays on the sheet, so that it cannot be lost. */
  #keep() {
    const size = this.#side * this.scale;
    this.x = Math.min(this.#width / 2, Math.max(this.#width / 2 - size, this.x));
    this.y = Math.min(this.#height / 2, Math.max(this.#height / 2 - size, this.y));
  }
}
