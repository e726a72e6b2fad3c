// @ts-check
// What the page says: every sentence in both languages, each of them said somewhere. Without a browser.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { SENTENCES } from "../../www/controls/template.js";
import de from "../../www/languages/de.js";
import en from "../../www/languages/en.js";
import { ROOT, TINY } from "./studio.mjs";

/** Where English needs no words, since the engine's own are English: other languages have more there. */
const ENGINES_OWN = /^(engine|taskTexts\.(about|inputs|options|labels))\./;

/** All sentences by their keys. @param {any} at @param {string} [before] @returns {[string, string][]} */
const flat = (at, before = "") => Object.entries(at).flatMap(([key, value]) => (typeof value === "string" ? [/** @type {[string, string]} */ ([before + key, value])] : flat(value, `${before}${key}.`)));
const [english, german] = [en, de].map((sentences) => new Map(flat(sentences)));

/** @param {string} folder @param {RegExp} kind @returns {string} all files of it, one after the other */
const source = (folder, kind) => fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
  .filter((file) => kind.test(file) && !/^(languages|models|vendor)\b/.test(file))
  .map((file) => fs.readFileSync(path.join(ROOT, folder, file), "utf8")).join("\n");
const html = fs.readFileSync(path.join(ROOT, "index.html"), "utf8");

test("both_languages_have_the_same_sentences_in_the_same_order", () => {
  const shared = (/** @type {Map<string, string>} */ sentences) => [...sentences.keys()].filter((key) => !ENGINES_OWN.test(key));
  assert.deepEqual(shared(german), shared(english));
  for (const key of english.keys()) assert.ok(german.has(key) || key.startsWith("engine."), key);
});

test("both_languages_fill_in_the_same_values_and_count_alike", () => {
  const places = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const [key, text] of english) {
    const own = german.get(key);
    if (own === undefined) continue;
    assert.deepEqual(places(own), places(text), key);
    assert.equal(own.split(" || ").length, text.split(" || ").length, key);
  }
});

test("no_sentence_is_kept_that_nobody_says", () => {
  const page = `${html}\n${source("www", /\.js$/)}`;
  // Members of a family have names: words of the page's own, the engine's, or a model's.
  const words = new Set(`${page}\n${source("src", /\.rs$/)}\n${fs.readFileSync(path.join(TINY, "manifest.json"), "utf8")}`.match(/[\w-]+/g));
  const families = [...page.matchAll(/["`]([a-z]\w*(?:\.\w+)*)(?:\.\$\{|", )/gi)].map(([, family]) => family);
  const unsaid = [...english.keys()].filter((key) => !ENGINES_OWN.test(key) && !page.includes(`"${key}"`)).filter((key) => {
    const [, family, member] = /** @type {RegExpExecArray} */ (/^(.+?)\.([^.]+)$/.exec(key));
    return !families.includes(family) || !(member.match(/[\w-]+/g) ?? []).every((word) => words.has(word));
  });
  assert.deepEqual(unsaid, []);
});

test("english_stands_in_the_page_before_any_script_has_run", () => {
  let count = 0;
  for (const [tag, text] of html.matchAll(/<\w[^>]*\bdata-say[^>]*>([^<]*)/g)) {
    const attribute = (/** @type {string} */ name) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
    for (const [says, shown] of [["data-say", text], ["data-say-title", attribute("title")], ["data-say-label", attribute("aria-label")], ["data-say-placeholder", attribute("placeholder")]]) {
      const key = attribute(/** @type {string} */ (says));
      if (key === undefined) continue;
      assert.equal(shown, english.get(key), key);
      count++;
    }
  }
  assert.ok(count > 200, `${count} sentences`);
});

test("what_a_template_says_in_english_is_what_stands_in_it", () => {
  for (const [id, said] of Object.entries(SENTENCES)) {
    const template = html.split(`<template id="${id}">`)[1].split("</template>")[0];
    for (const { text, title, label } of Object.values(said)) {
      for (const [key, around] of /** @type {[string | undefined, (sentence: string) => string][]} */ ([[text, (sentence) => sentence], [title, (sentence) => `title="${sentence}"`], [label, (sentence) => `aria-label="${sentence}"`]])) {
        if (key) assert.ok(template.includes(around(english.get(key) ?? key)), key);
      }
    }
  }
});

test("every_task_input_and_choice_of_the_engine_has_german_words", () => {
  /** @param {string} file */
  const rust = (file) => fs.readFileSync(path.join(ROOT, "src", file), "utf8");
  const { titles, about, inputs, options, labels } = de.taskTexts;
  const tasks = [...rust("recipe/task.rs").matchAll(/=> "([a-z-]+)",/g)].map(([, name]) => name);
  assert.equal(tasks.length, 12);
  for (const said of [titles, about, inputs]) assert.deepEqual(Object.keys(said), tasks);
  const shared = Object.fromEntries([...rust("tasks/inputs.rs").matchAll(/const ([A-Z]+): Input = optional\("(\w+)"/g)].map(([, constant, name]) => [constant, name]));
  const table = rust("tasks/inputs.rs").split("pub fn inputs_of")[1].split("/// The value of an input")[0];
  const taken = table.split(/Task::[A-Za-z]+ =>/).slice(1).map((part) => [...part.matchAll(/(?:needed|optional)\(\s*"(\w+)"|\b(STYLE|COLORS|PALETTE|SKETCH)\b/g)].map(([, name, constant]) => name ?? shared[constant]));
  assert.deepEqual(Object.values(inputs).map((each) => Object.keys(each)), taken);
  for (const name of new Set(taken.flat())) assert.ok(name in labels, name);
  const choices = [...table.matchAll(/options: &\[([^\]]+)\]/g)].flatMap(([, list]) => [...list.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name));
  assert.deepEqual(Object.keys(options).sort(), [...new Set(choices)].sort());
});
