// @ts-check
// Colours that go together, worked out where hue, lightness and colourfulness are as people see them: OKLCH,
// <https://bottosson.github.io/posts/oklab/>. No DOM.

/** @import { Swatch } from "../types.d.ts" */
/** @typedef {{ l: number, c: number, h: number }} Lch lightness 0 to 1, chroma 0 to about 0.4, hue in degrees */
/** @typedef {keyof typeof SCHEMES | keyof typeof SHIFTS} Harmony */

/** Hues that go together, as seen from the main one. */
const SCHEMES = { complementary: [0, 180], analogous: [0, -30, 30], triadic: [0, 120, 240] };
/** Steps in lightness, and towards orange. */
const SHIFTS = { lighter: { l: 0.06, warm: 0 }, darker: { l: -0.06, warm: 0 }, warmer: { l: 0, warm: 0.025 }, cooler: { l: 0, warm: -0.025 } };
/** Warm is where fire is. */
const WARM_HUE = 60;
/** Less colour than this is a grey, which has no hue. */
const GREY = 0.02;
/** A colour that joins counts as much less than the main one. */
const JOINING = 0.5;

export const HARMONIES = /** @type {Harmony[]} */ ([...Object.keys(SCHEMES), ...Object.keys(SHIFTS)]);

/**
 * The colours brought into harmony. A scheme turns each to the nearest of its hues, seen from the heaviest colour, and adds the
 * hues that nobody has while there is room; a shift moves all of them a step. Shares stay.
 * @param {Swatch[]} swatches @param {Harmony} how @param {number} most colours there may be @returns {Swatch[]}
 */
export function harmonised(swatches, how, most) {
  const colors = swatches.map(({ color, weight }) => ({ weight, lch: toLch(color) }));
  if (how in SHIFTS) return colors.map(({ weight, lch }) => ({ color: toHex(shifted(lch, SHIFTS[/** @type {keyof typeof SHIFTS} */ (how)])), weight }));
  const colorful = colors.filter(({ lch }) => lch.c >= GREY);
  if (!colorful.length) return swatches;
  const main = colorful.reduce((best, each) => (each.weight > best.weight ? each : best));
  const hues = SCHEMES[/** @type {keyof typeof SCHEMES} */ (how)].map((turn) => (main.lch.h + turn + 360) % 360);
  /** @type {Set<number>} */ const taken = new Set();
  const turned = colors.map((each, i) => {
    if (each.lch.c < GREY) return swatches[i];
    const hue = hues.reduce((best, hue) => (apart(hue, each.lch.h) < apart(best, each.lch.h) ? hue : best));
    taken.add(hue);
    return each === main ? swatches[i] : { color: toHex({ ...each.lch, h: hue }), weight: each.weight };
  });
  const joining = hues.filter((hue) => !taken.has(hue)).map((h) => ({ color: toHex({ ...main.lch, h }), weight: main.weight * JOINING }));
  return [...turned, ...joining].slice(0, Math.max(most, swatches.length));
}

/** Whether a scheme has anything to go by. @param {Swatch[]} swatches */
export const hasHue = (swatches) => swatches.some(({ color }) => toLch(color).c >= GREY);

/** @param {Lch} lch @param {{ l: number, warm: number }} shift @returns {Lch} */
function shifted({ l, c, h }, { l: light, warm }) {
  const [a, b] = [c * cos(h) + warm * cos(WARM_HUE), c * sin(h) + warm * sin(WARM_HUE)];
  return { l: Math.min(1, Math.max(0, l + light)), c: Math.hypot(a, b), h: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360 };
}

/** @param {string} color #rrggbb @returns {Lch} */
export function toLch(color) {
  const number = parseInt(color.slice(1), 16);
  const [r, g, b] = [number >> 16, (number >> 8) & 255, number & 255].map((value) => linear(value / 255));
  const [long, medium, short] = [0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b, 0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b, 0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b].map(Math.cbrt);
  const l = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short;
  const across = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short;
  const down = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short;
  return { l, c: Math.hypot(across, down), h: ((Math.atan2(down, across) * 180) / Math.PI + 360) % 360 };
}

/** The colour, or the most colourful one of its lightness and hue that a screen can show. @param {Lch} lch */
export function toHex({ l, c, h }) {
  let rgb = toRgb({ l, c, h });
  for (let [low, high, i] = [0, c, 0]; i < 20 && rgb.some(outside); i++) {
    const middle = (low + high) / 2;
    if (toRgb({ l, c: middle, h }).some(outside)) high = middle;
    else low = middle;
    if (i === 19) rgb = toRgb({ l, c: low, h });
  }
  return `#${rgb.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))).toString(16).padStart(2, "0")).join("")}`;
}

/** @param {Lch} lch */
function toRgb({ l, c, h }) {
  const [a, b] = [c * cos(h), c * sin(h)];
  const [long, medium, short] = [l + 0.3963377774 * a + 0.2158037573 * b, l - 0.1055613458 * a - 0.0638541728 * b, l - 0.0894841775 * a - 1.291485548 * b].map((value) => value ** 3);
  return [4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short, -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short, -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short].map(gamma);
}

const outside = (/** @type {number} */ value) => value < -0.002 || value > 1.002;
const linear = (/** @type {number} */ value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const gamma = (/** @type {number} */ value) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
const cos = (/** @type {number} */ degrees) => Math.cos((degrees * Math.PI) / 180);
const sin = (/** @type {number} */ degrees) => Math.sin((degrees * Math.PI) / 180);
const apart = (/** @type {number} */ one, /** @type {number} */ other) => Math.min(Math.abs(one - other), 360 - Math.abs(one - other));
