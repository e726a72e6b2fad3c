// @ts-check
// What the characters of an expression belong to, so that it can be coloured. Whether it is right is the engine's affair.

/** @typedef {"operator" | "picture" | "quoted" | "weight"} Part */

/** As the engine divides it, src/expression/lexer.rs; a representation of a picture is one piece here. */
const PIECES = /"(?:\\.|[^"\\])*"?|[“”„][^“”]*[“”]?|(?:AND|OR|NOT)(?![^\s()&|!^"“”„])|\^\s*[\d.]*|(?:style|semantics|palette|sketch|instances|depth|intensity)\s*\(\s*(?:image\s*)?\d+\s*\)|[()&|!]|[^\s()&|!^"“”„]+|\s+/giu;

/** @type {[Part, RegExp][]} */
const PARTS = [["operator", /^(?:AND|OR|NOT|[&|!])$/], ["quoted", /^["“”„]/], ["weight", /^\^/], ["picture", /^\w.*\(.*\d\s*\)$/s]];

/** One for each character, as people count them; nothing for plain words, parentheses and blanks. @param {string} text @returns {(Part | undefined)[]} */
export function partsOf(text) {
  return [...text.matchAll(PIECES)].flatMap(([piece]) => {
    const part = PARTS.find(([, fits]) => fits.test(piece))?.[0];
    return Array.from(piece, () => part);
  });
}
