// @ts-check
// Which places belong together: flood fill, and the inside of a drawn outline. Masks are 1 inside, 0 outside. No DOM.

/** The places around one that differ from it by no more than `tolerance`, without a gap. @param {Uint8Array} values @param {number} side @param {number} x @param {number} y @param {number} tolerance */
export function flood(values, side, x, y, tolerance) {
  const mask = new Uint8Array(side * side);
  const wanted = values[y * side + x];
  const fits = (/** @type {number} */ at) => !mask[at] && Math.abs(values[at] - wanted) <= tolerance;
  const waiting = [y * side + x];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (!fits(at)) continue;
    const row = at - (at % side);
    let [left, right] = [at, at];
    while (left > row && fits(left - 1)) left--;
    while (right < row + side - 1 && fits(right + 1)) right++;
    mask.fill(1, left, right + 1);
    for (const next of [left - side, left + side]) {
      if (next < 0 || next >= mask.length) continue;
      // One seed for each run of places above and below.
      for (let i = 0, before = false; i <= right - left; i++) {
        const now = fits(next + i);
        if (now && !before) waiting.push(next + i);
        before = now;
      }
    }
  }
  return mask;
}

/** The mask and the places beside it: a filled shape then reaches below the soft edge of the line around it. @param {Uint8Array} mask @param {number} side */
export function grown(mask, side) {
  const wide = mask.slice();
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue;
    if (at % side > 0) wide[at - 1] = 1;
    if (at % side < side - 1) wide[at + 1] = 1;
    if (at >= side) wide[at - side] = 1;
    if (at < mask.length - side) wide[at + side] = 1;
  }
  return wide;
}

/**
 * The mask and the soft edge around it, as far as that leads towards the value it is filled with: a fill that stopped where a soft line
 * begins would leave a seam.
 * @param {Uint8Array} mask @param {Uint8Array} values @param {number} side @param {number} value @param {number} reach how many places at most
 */
export function climbed(mask, values, side, value, reach) {
  const wide = mask.slice();
  /** @type {number[]} */ let edge = [];
  mask.forEach((set, at) => set && edge.push(at));
  for (let i = 0; i < reach && edge.length; i++) {
    /** @type {number[]} */ const next = [];
    for (const at of edge) {
      for (const to of beside(at, side)) {
        const [before, after] = [values[at], values[to]];
        const onTheWay = before < value ? after > before && after <= value : after < before && after >= value;
        if (wide[to] || !onTheWay) continue;
        wide[to] = 1;
        next.push(to);
      }
    }
    edge = next;
  }
  return wide;
}

/** @param {number} at @param {number} side */
const beside = (at, side) => [at % side > 0 ? at - 1 : at, at % side < side - 1 ? at + 1 : at, at >= side ? at - side : at, at < side * (side - 1) ? at + side : at];

/** The inside of an outline, which is closed by itself. @param {{ x: number, y: number }[]} corners @param {number} side */
export function inside(corners, side) {
  const mask = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    /** @type {number[]} */ const crossings = [];
    corners.forEach((corner, i) => {
      const next = corners[(i + 1) % corners.length];
      if (corner.y <= y + 0.5 === next.y <= y + 0.5) return;
      crossings.push(corner.x + ((y + 0.5 - corner.y) / (next.y - corner.y)) * (next.x - corner.x));
    });
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const [from, to] = [crossings[i], crossings[i + 1]].map((x) => Math.min(side, Math.max(0, Math.ceil(x - 0.5))));
      mask.fill(1, y * side + from, y * side + to);
    }
  }
  return mask;
}
