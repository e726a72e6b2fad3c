// @ts-check
// What the engine says when something goes wrong, in the visitor's language. Its own English is looked up in its source.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import de from "../../www/languages/de.js";
import en from "../../www/languages/en.js";
import { retell } from "../../www/retell.js";
import { ROOT } from "./studio.mjs";

/** What a broken model is told, in detail: that stays English. */
const FOR_BUILDERS = /^src\/(bin|model|pipeline|self_test|weights|measures)\b|^src\/engine\.rs$/;
/** For the command line alone; what nobody is shown; what only stands behind others. */
const ELSEWHERE = ["{}: {}", "Stopped", ", found {}"];
const PACKAGE = ["download", "engine", "sources", "store", "worker"].map((name) => `pkg/${name}.js`);

/** The engine's source files, without their tests, by place. */
const rust = Object.fromEntries(/** @type {string[]} */ (fs.readdirSync(path.join(ROOT, "src"), { recursive: true }))
  .filter((file) => file.endsWith(".rs") && !file.endsWith("tests.rs"))
  .map((file) => [`src/${file}`, read(`src/${file}`).split(/#\[cfg\(test\)\]\s*mod tests/)[0].replace(/^\s*\/\/.*$/gm, "").replace(/\\\n\s*/g, "")]));

/** @param {string} file */
function read(file) {
  return fs.readFileSync(path.join(ROOT, file), "utf8");
}

/** With nothing in its places for names and numbers. @param {string} text */
const bare = (text) => text.replaceAll('\\"', '"').replace(/\$?\{[^{}]*\}/g, "{}");

test("every_sentence_about_an_error_has_german_words", () => {
  const german = new Set(Object.keys(de.engine).map(bare));
  /** What is part of a longer sentence is found in that. @param {string} text */
  const said = (text) => german.has(text) || german.has(text.replace(/\{\}$/, "")) || Object.keys(de.engine).some((key) => bare(key).endsWith(`: ${text}`));
  const missing = Object.entries(rust).filter(([file]) => !FOR_BUILDERS.test(file)).flatMap(([file, code]) => {
    const where = file === "src/error.rs" ? /#\[error\(\s*"((?:[^"\\]|\\.)*)"/g
      : /(?:Error::image|Error::recipe|Error::\w+ \{|let what =|map_err|\bfault|\blacking|\bwrong|message =)(?:[^";]|"[\w.{}]*")*?"((?:[^"\\]|\\.)* (?:[^"\\]|\\.)*)"/g;
    return [...code.matchAll(where)].map(([, text]) => bare(text)).filter((text) => !said(text) && !ELSEWHERE.includes(text)).map((text) => `${file}: ${text}`);
  });
  const around = PACKAGE.flatMap((file) => [...read(file).matchAll(/(?:fault\(|why = |problem = |const message = )["`](.*?)["`][);]/g)].map(([, text]) => bare(text)).filter((text) => !said(text)));
  assert.deepEqual([...missing, ...around], []);
});

test("no_words_are_kept_for_sentences_that_nobody_says", () => {
  const sources = [...Object.values(rust), ...PACKAGE.map(read)].join("\n").replaceAll('\\"', '"');
  for (const table of [de.engine, en.engine]) {
    const pieces = Object.keys(table).flatMap((english) => english.split(/(?:, found | after |: | \()?\{\w+\}(?:: |\))?/));
    assert.deepEqual(pieces.filter((piece) => !sources.includes(piece)), []);
  }
});

test("names_and_numbers_come_along", () => {
  for (const [english, own] of Object.entries(de.engine)) {
    const names = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const name of names(own)) assert.ok(names(english).includes(name), `${own}: {${name}}`);
  }
  const inGerman = (/** @type {string} */ text) => retell(text, de.engine);
  assert.equal(inGerman("Recipe: steps.base: 1001 steps; choose 1 to 1000"), "Rezept, steps.base: 1001 Schritte; nimm 1 bis 1000");
  assert.equal(inGerman("base-3.bin could not be fetched: the server answered 503. Check the connection and try again; what has arrived is kept"),
    "base-3.bin war nicht zu bekommen: der Server hat 503 geantwortet. Prüfe die Verbindung und versuche es noch einmal; was schon da ist, bleibt.");
  assert.equal(inGerman("expected a condition after AND, found OR"), "zwischen AND und OR fehlen Worte");
  assert.equal(inGerman("Recipe: colors: give colours, or a picture to take them from"), "Gib Farben an, oder ein Bild, aus dem sie kommen.");
  assert.equal(inGerman("Weights do not fit the model: `conv_in` is [4, 3], expected [4, 4]; export the model again"), "Die Gewichte passen nicht zum Modell: „conv_in“ ist [4, 3], erwartet war [4, 4]. Das Modell muss neu exportiert werden.");
  assert.equal(inGerman("Something quite new happened."), "Something quite new happened.", "what has no words stays as it came");
});
