// @ts-check
// What is edited, and everything that can be done to it. Places are counted in the raster's own pixels. No DOM.

import { curve, dab, middle, pieces } from "./brush.js";
import { climbed, flood } from "./fill.js";
import { Float, bridge } from "./float.js";
import { History } from "./history.js";
import { Raster, joined } from "./raster.js";
import { around, bound, boundAround, soften, thingAt } from "./things-map.js";

/** @import { Spot } from "./brush.js" */
/** @import { Kind } from "./kinds.js" */
/** @import { Box } from "./raster.js" */
/** @typedef {{ value: number, hardness: number, opacity: number }} Ink */

const SIZE = 256;
/** How wide the soft edge of a line is that a fill goes up, in the model's pixels. */
const SOFT_EDGE = 4;

export class Sheet {
  #raster;
  #history;
  #origin;
  #onChange;
  /** What was there before the mark that is being made. @type {Raster | undefined} */ #before;
  /** @type {{ ink: Ink, coverage: Uint8Array, spots: Spot[], seen?: Box } | undefined} */ #stroke;
  /** @type {Float | undefined} */ #float;
  /** Where a piece was taken from, and what is there without it. @type {{ below: Raster, seen: Box } | undefined} */ #hole;

  /** @param {Kind} kind @param {Raster} raster @param {(box: Box) => void} onChange hears which part looks different */
  constructor(kind, raster, onChange) {
    this.kind = kind;
    this.#raster = raster;
    this.#origin = raster.copy();
    this.#history = new History(raster);
    this.#onChange = onChange;
  }

  get raster() {
    return this.#raster;
  }

  /** The piece that is being moved. */
  get float() {
    return this.#float;
  }

  /** Whether it is not what it was at first. */
  get isChanged() {
    return !this.#raster.equals(this.#origin);
  }

  get isEmpty() {
    return this.#raster.planes.every((plane) => plane.every((value) => value === 0));
  }

  get canUndo() {
    return this.#history.canUndo || Boolean(this.#float);
  }

  get canRedo() {
    return this.#history.canRedo && !this.#float;
  }

  // Marks

  /** @param {Ink} ink @param {Spot} spot */
  begin(ink, spot) {
    this.drop();
    this.#before = this.#raster.copy();
    this.#stroke = { ink, coverage: new Uint8Array(this.#raster.side ** 2), spots: [spot] };
    this.#cover(spot, spot);
  }

  /** @param {Spot} spot */
  extend(spot) {
    const spots = this.#stroke?.spots;
    if (!spots) return;
    spots.push(spot);
    if (spots.length === 2) return this.#cover(spots[0], middle(spots[0], spot));
    const way = curve(spots[spots.length - 3], spots[spots.length - 2], spot);
    for (let i = 1; i < way.length; i++) this.#cover(way[i - 1], way[i]);
  }

  /** In place of what has been drawn of the stroke: a straight line from its beginning. @param {Spot} spot */
  straight(spot) {
    const stroke = this.#stroke;
    if (!this.#before || !stroke) return;
    stroke.coverage.fill(0);
    if (stroke.seen) {
      this.#raster.take(this.#before, stroke.seen);
      this.#onChange(stroke.seen);
    }
    stroke.spots.length = 1;
    stroke.seen = undefined;
    const way = pieces(stroke.spots[0], spot);
    for (let i = 1; i < way.length; i++) this.#cover(way[i - 1], way[i]);
  }

  end() {
    const spots = this.#stroke?.spots;
    if (spots && spots.length > 1) this.#cover(middle(spots[spots.length - 2], spots[spots.length - 1]), spots[spots.length - 1]);
    this.#stroke = undefined;
    this.#remember();
  }

  /** As if the stroke that is being made had never begun. */
  cancel() {
    this.#stroke = undefined;
    this.#putBack();
  }

  /** @param {number} x @param {number} y @param {number} value @param {number} tolerance */
  fill(x, y, value, tolerance) {
    this.drop();
    const { side, planes } = this.#raster;
    const [column, row] = [x, y].map(Math.floor);
    if (column < 0 || row < 0 || column >= side || row >= side) return;
    const found = this.kind.id === "things" ? thingAt(this.#raster, column, row) : flood(planes[0], side, column, row, tolerance);
    const all = this.kind.sharp ? found : climbed(found, planes[0], side, value, (SOFT_EDGE * side) / SIZE);
    this.#change((at, mask) => (mask[at] ? value : planes[0][at]), all);
  }

  clear() {
    this.drop();
    this.#before = this.#raster.copy();
    // The boundaries of things, too, with the soft edges that no stroke has made.
    for (const plane of this.#raster.planes) plane.fill(0);
    this.#onChange(this.#raster.whole);
    this.#remember();
  }

  invert() {
    this.drop();
    this.#change((at) => 255 - this.#raster.planes[0][at]);
  }

  // A piece of it

  /** Takes a piece out, to be moved. @param {Uint8Array} mask */
  lift(mask) {
    this.drop();
    if (!mask.some(Boolean)) return;
    this.#before = this.#raster.copy();
    this.#float = new Float(this.#raster, mask, this.kind.over);
    this.#empty(mask);
    this.#hole = { below: this.#raster.copy(), seen: this.#float.box };
    this.moved();
  }

  /** Takes the thing at a place. @param {number} x @param {number} y @returns {boolean} whether there is one */
  liftThing(x, y) {
    this.drop();
    const [column, row] = [x, y].map(Math.floor);
    if (!this.#raster.planes[0][row * this.#raster.side + column]) return false;
    this.lift(thingAt(this.#raster, column, row));
    return true;
  }

  /** The piece lies elsewhere now. */
  moved() {
    if (!this.#float || !this.#hole) return;
    this.#raster.take(this.#hole.below, this.#hole.seen);
    const box = this.#float.lay(this.#raster);
    this.#onChange(joined(this.#hole.seen, box));
    this.#hole.seen = box;
  }

  /** Puts the piece down where it is. */
  drop() {
    const float = this.#float;
    if (!float) return;
    this.#float = this.#hole = undefined;
    if (this.kind.id === "things" && this.#before && !this.#raster.equals(this.#before)) {
      boundAround(this.#raster, float.outline(this.#raster.side));
      this.#onChange(this.#raster.whole);
    }
    this.#remember();
  }

  /** The piece goes; what was around it stays. */
  remove() {
    if (!this.#float || !this.#hole) return;
    this.#raster.take(this.#hole.below, this.#raster.whole);
    this.#float = this.#hole = undefined;
    this.#onChange(this.#raster.whole);
    this.#remember();
  }

  // Back and forth

  undo() {
    if (this.#stroke) return this.cancel();
    // A piece that is still in the air goes back to where it was taken from.
    if (this.#float) {
      this.#float = this.#hole = undefined;
      return this.#putBack();
    }
    this.#tell(this.#history.undo());
  }

  redo() {
    if (this.canRedo && !this.#stroke) this.#tell(this.#history.redo());
  }

  /** Covers a piece of the stroke's way. @param {Spot} from @param {Spot} to */
  #cover(from, to) {
    if (!this.#stroke || !this.#before) return;
    const { ink, coverage } = this.#stroke;
    const { side, planes: [values] } = this.#raster;
    const box = dab(coverage, side, from, to, ink.hardness);
    const below = this.#before.planes[0];
    for (let y = box.top; y < box.bottom; y++) {
      for (let at = y * side + box.left; at < y * side + box.right; at++) {
        if (!coverage[at]) continue;
        const share = this.kind.sharp ? Number(coverage[at] >= 128) : (coverage[at] / 255) * ink.opacity;
        values[at] = Math.round(below[at] + (ink.value - below[at]) * share);
      }
    }
    if (this.kind.id === "things") bound(this.#raster, this.#before, box);
    // A boundary may have come one place further.
    const changed = { ...box, right: Math.min(side, box.right + 1), bottom: Math.min(side, box.bottom + 1) };
    this.#stroke.seen = joined(this.#stroke.seen, changed);
    this.#onChange(changed);
  }

  /** One step for the whole sheet. @param {(at: number, mask: Uint8Array) => number} next @param {Uint8Array} [mask] */
  #change(next, mask = new Uint8Array()) {
    this.#before = this.#raster.copy();
    const values = this.#raster.planes[0];
    for (let at = 0; at < values.length; at++) values[at] = next(at, mask);
    if (this.kind.id === "things") bound(this.#raster, this.#before, this.#raster.whole);
    this.#onChange(this.#raster.whole);
    this.#remember();
  }

  /** What is left where a piece was. @param {Uint8Array} mask */
  #empty(mask) {
    if (this.kind.over === "mix") return bridge(this.#raster, mask);
    const left = this.kind.id === "things" ? around(this.#raster, mask) : 0;
    const before = this.#raster.copy();
    const values = this.#raster.planes[0];
    for (let at = 0; at < values.length; at++) if (mask[at]) values[at] = left;
    if (this.kind.id === "things") {
      bound(this.#raster, before, this.#raster.whole);
      soften(this.#raster, mask, left);
    }
  }

  #remember() {
    const before = this.#before;
    this.#before = undefined;
    if (before) this.#history.remember(before);
  }

  #putBack() {
    if (this.#before) this.#raster.take(this.#before, this.#raster.whole);
    this.#before = undefined;
    this.#onChange(this.#raster.whole);
  }

  /** @param {Box | undefined} box */
  #tell(box) {
    if (box) this.#onChange(box);
  }
}
