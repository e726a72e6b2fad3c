// @ts-check
// Cuts what is in a picture out of its background. Pixels only, touches no DOM.
//
// What is background: everything that can be reached from the border over colours like the border's. Where somebody knows what
// is in the picture (64 x 64 categories), things are never eaten into that way, holes in them are found, and what is far from
// every thing goes too; before an uneven background only they can tell. Along the edge each pixel is a mixture of a thing's colour and the background's: how much of which is the
// pixel's alpha, and the background's share is taken out of its colour, so that no pale rim stays.

/** Side of the categories. */
const MAP = 64;
/** Difference to the border's colour that is still background, in steps of 1/255 (root of the mean square); more where the border itself varies, */
const LIKE = 14;
/** up to here, from where on it is no even background. */
const MOST_LIKE = 44;
/** Less of the border than that in its usual colour says nothing. */
const LEAST_BORDER = 0.6;
/** A thing counts as known from this share of the neighbouring categories on, and as absent up to that one. */
const SURE = 0.99;
const ABSENT = 0.35;
/** Fewer things than this share of the picture were not understood; they are not relied on. */
const LEAST_THINGS = 0.02;
/** Pixels around an edge from which the colours on either side are taken. */
const REACH = 4;
/** Less or more than that is no cutting out. */
const [LEAST_LEFT, MOST_LEFT] = [0.005, 0.985];

/** @typedef {{ width: number, height: number, data: Uint8ClampedArray<ArrayBuffer> }} Rgba */

/**
 * @param {Rgba} picture @param {ArrayLike<number>} [categories] 64 x 64, 0 is background
 * @returns {Uint8ClampedArray<ArrayBuffer> | undefined} the pixels with alpha, or nothing where there is no background to remove
 */
export function cutOut({ width, height, data }, categories) {
  const size = width * height;
  const { color, like, even } = border({ width, height, data });
  const near = Uint8Array.from({ length: size }, (_, i) => Number(distance(data, i * 4, color) <= like));
  const things = thingShare(width, height, categories);
  if (!even && !things) return undefined;
  const reached = flood(width, height, (i) => near[i] === 1 && !(things && things[i] >= SURE));
  const thing = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const hole = things !== undefined && near[i] === 1 && things[i] <= ABSENT;
    thing[i] = Number(even || !things ? !(reached[i] || hole) : things[i] > 0.5);
  }
  if (things) dropFar(width, height, thing, things);
  const left = thing.reduce((sum, is) => sum + is, 0) / size;
  if (left < LEAST_LEFT || left > MOST_LEFT) return undefined;
  return soften({ width, height, data }, thing, color);
}

/** @param {ArrayLike<number>} data @param {number} at @param {ArrayLike<number>} color */
const distance = (data, at, color) => Math.sqrt(((data[at] - color[0]) ** 2 + (data[at + 1] - color[1]) ** 2 + (data[at + 2] - color[2]) ** 2) / 3);

/** The border's usual colour, and how far from it the background goes, if it is even. @param {Rgba} picture */
function border({ width, height, data }) {
  /** @type {number[]} */ const ring = [];
  for (let x = 0; x < width; x++) ring.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) ring.push(y * width, y * width + width - 1);
  const middle = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const color = [0, 1, 2].map((c) => middle(ring.map((i) => data[i * 4 + c])));
  const far = ring.map((i) => distance(data, i * 4, color));
  const like = LIKE + 3 * middle(far);
  const even = like <= MOST_LIKE && far.filter((value) => value <= like).length >= LEAST_BORDER * far.length;
  return { color, like, even };
}

/** How much of a thing is at each pixel, smoothly, 0 to 1. @param {number} width @param {number} height @param {ArrayLike<number>} [categories] */
function thingShare(width, height, categories) {
  if (!categories) return undefined;
  let some = 0;
  for (let i = 0; i < MAP * MAP; i++) some += Number(categories[i] !== 0);
  if (some < LEAST_THINGS * MAP * MAP) return undefined;
  const inside = (/** @type {number} */ at) => Math.min(MAP - 1, Math.max(0, at));
  // The mean of the neighbourhood: a map this coarse is right about a place and wrong about its edge.
  const mean = Float32Array.from({ length: MAP * MAP }, (_, i) => {
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) sum += Number(categories[inside(Math.floor(i / MAP) + dy) * MAP + inside((i % MAP) + dx)] !== 0);
    }
    return sum / 9;
  });
  const share = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [across, down] = [((x + 0.5) / width) * MAP - 0.5, ((y + 0.5) / height) * MAP - 0.5];
      const [u, v] = [Math.floor(across), Math.floor(down)];
      const at = (/** @type {number} */ dx, /** @type {number} */ dy) => mean[inside(v + dy) * MAP + inside(u + dx)];
      const row = (/** @type {number} */ dy) => at(0, dy) * (u + 1 - across) + at(1, dy) * (across - u);
      share[y * width + x] = row(0) * (v + 1 - down) + row(1) * (down - v);
    }
  }
  return share;
}

/** Pixels that are reached from the border over those that are `open`. @param {number} width @param {number} height @param {(i: number) => boolean} open */
function flood(width, height, open) {
  const reached = new Uint8Array(width * height);
  /** @type {number[]} */ const next = [];
  const visit = (/** @type {number} */ i) => {
    if (reached[i] || !open(i)) return;
    reached[i] = 1;
    next.push(i);
  };
  for (let x = 0; x < width; x++) [x, (height - 1) * width + x].forEach(visit);
  for (let y = 0; y < height; y++) [y * width, y * width + width - 1].forEach(visit);
  for (let i = next.pop(); i !== undefined; i = next.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i < width * (height - 1)) visit(i + width);
  }
  return reached;
}

/** Islands that hold no known thing are shadows and specks. @param {number} width @param {number} height @param {Uint8Array} thing @param {Float32Array} things */
function dropFar(width, height, thing, things) {
  const seen = new Uint8Array(width * height);
  for (let start = 0; start < seen.length; start++) {
    if (!thing[start] || seen[start]) continue;
    const island = [start];
    seen[start] = 1;
    for (let at = 0; at < island.length; at++) {
      const i = island[at];
      const x = i % width;
      for (const to of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
        if (to < 0 || to >= seen.length || seen[to] || !thing[to]) continue;
        seen[to] = 1;
        island.push(to);
      }
    }
    if (!island.some((i) => things[i] > ABSENT)) for (const i of island) thing[i] = 0;
  }
}

/**
 * Alpha and colour of each pixel. Those beside an edge are mixtures: C = a F + (1 - a) B.
 * @param {Rgba} picture @param {Uint8Array} thing 1 where a thing is @param {number[]} border
 */
function soften({ width, height, data }, thing, border) {
  const out = data.slice();
  const edge = thing.map((is, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (const [dx, dy] of [[-1, 0], [1, 0], [0, -1], [0, 1]]) {
      const [u, v] = [x + dx, y + dy];
      if (u >= 0 && v >= 0 && u < width && v < height && thing[v * width + u] !== is) return 1;
    }
    return 0;
  });
  for (let i = 0; i < thing.length; i++) {
    let alpha = thing[i];
    if (edge[i]) {
      const front = around(i, 1) ?? [data[i * 4], data[i * 4 + 1], data[i * 4 + 2]];
      const back = around(i, 0) ?? border;
      const span = front.map((value, c) => value - back[c]);
      const length = span.reduce((sum, value) => sum + value * value, 0);
      const along = span.reduce((sum, value, c) => sum + value * (data[i * 4 + c] - back[c]), 0);
      // Where both sides look alike no colour tells: half, as an edge that runs through the pixel.
      alpha = length > 300 ? Math.min(1, Math.max(0, along / length)) : 0.5;
      if (alpha > 0.05) for (let c = 0; c < 3; c++) out[i * 4 + c] = (data[i * 4 + c] - (1 - alpha) * back[c]) / alpha;
    }
    out[i * 4 + 3] = alpha <= 0.05 ? 0 : Math.round(alpha * 255);
    // What cannot be seen has no colour either, so that nothing of the background stays in the file.
    if (out[i * 4 + 3] === 0) out.fill(0, i * 4, i * 4 + 3);
  }
  return out;

  /** The mean colour of one side near a pixel, away from the edge. @param {number} i @param {number} side */
  function around(i, side) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const sum = [0, 0, 0];
    let count = 0;
    for (let reach = 2; reach <= REACH && !count; reach++) {
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
          const at = v * width + u;
          if (thing[at] !== side || edge[at]) continue;
          for (let c = 0; c < 3; c++) sum[c] += data[at * 4 + c];
          count++;
        }
      }
    }
    return count ? sum.map((value) => value / count) : undefined;
  }
}
