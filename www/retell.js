// @ts-check
// The engine speaks English. Its sentences are found again in a table, with {names} for what changes in them, and said in other words.

/** English sentences and what is said instead; the first that fits counts. @typedef {Record<string, string>} Table */

/** Each table is read once. @type {WeakMap<Table, { fits: RegExp, said: string }[]>} */
const known = new WeakMap();

/** What is put into a sentence may be one of the table's, too. @param {string} text @param {Table} table @returns {string} */
export function retell(text, table) {
  if (!known.has(table)) known.set(table, Object.entries(table).map(([english, said]) => ({ fits: patternOf(english), said })));
  for (const { fits, said } of known.get(table) ?? []) {
    const found = fits.exec(text);
    if (found) return said.replace(/\{(\w+)\}/g, (whole, name) => (found.groups?.[name] === undefined ? whole : retell(found.groups[name], table)));
  }
  return text;
}

/** @param {string} sentence */
const patternOf = (sentence) => new RegExp(`^${sentence.split(/\{(\w+)\}/).map((part, i) => (i % 2 ? `(?<${part}>.+?)` : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))).join("")}$`, "s");
