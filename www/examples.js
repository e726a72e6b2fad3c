// @ts-check
// What a first visitor can try with one click.

/** @import { Swatch } from "./types.d.ts" */

/**
 * @typedef {object} Example
 * @property {string} name of its label among the sentences
 * @property {string} caption in English, which the model reads
 * @property {string[]} [lines] a drawing, each line "x,y x,y ..." in the model's pixels
 * @property {Swatch[]} [colors] with lines, to show all three together
 */

/** @type {Example[]} */
export const EXAMPLES = [
  { name: "apple", caption: "a red apple" },
  { name: "cat", caption: "a smiling cat face" },
  { name: "boat", caption: "a sailing boat" },
  { name: "strawberry", caption: "a strawberry" },
  {
    name: "house",
    caption: "a house",
    lines: [
      "28,122 128,36 228,122",
      "48,108 48,214 208,214 208,108",
      "112,214 112,158 146,158 146,214",
      "66,142 96,142 96,172 66,172 66,142",
      "162,142 192,142 192,172 162,172 162,142",
      "166,66 166,40 186,40 186,84",
    ],
    colors: [{ color: "#3f8f5f", weight: 0.5 }, { color: "#f4efe6", weight: 0.4 }, { color: "#e2553d", weight: 0.25 }],
  },
];
