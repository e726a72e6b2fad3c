// @ts-check
// The page's own arithmetic, without a browser.

import assert from "node:assert/strict";
import test from "node:test";
import { completed } from "../../www/controls/preset.js";
import { memoryShelf, patient } from "../../pkg/shelves.js";
import { Strokes } from "../../www/controls/strokes.js";
import { download } from "../../pkg/download.js";
import { duration, fileName, list, megabytes } from "../../www/view/format.js";
import { Pace } from "../../www/view/pace.js";

test("numbers_and_names_read_well", () => {
  assert.equal(megabytes(3_450_000), "3.5");
  assert.equal(megabytes(38_400_000), "38");
  assert.equal(duration(0.4), "1 s");
  assert.equal(duration(12.1), "13 s");
  assert.equal(duration(150), "3 min");
  assert.equal(list(["words"]), "words");
  assert.equal(list(["words", "sketch", "colours"]), "words, sketch and colours");
  assert.equal(fileName("A red  apple, née Äpfel/..", 7), "a-red-apple-née-äpfel-7.png");
  assert.equal(fileName("", 7), "composer-7.png");
});

test("time_left_counts_this_stage_until_the_next_ones_are_known", () => {
  const pace = new Pace({ prior: 2, base: 10, upsampler: 4 }, "cpu");
  assert.equal(pace.step("base", 1, 5000), undefined, "nothing is known after one step");
  assert.deepEqual(pace.step("base", 2, 6000), { seconds: 8, whole: false });
  pace.step("upsampler", 1, 20_000);
  assert.deepEqual(pace.step("upsampler", 2, 23_000), { seconds: 6, whole: true });
  assert.deepEqual(pace.step("base", 4, 30_000), { seconds: 6 * 1 + 4 * 3, whole: true }, "a stage that ran before is known");
});

test("a_preset_completes_only_words_that_leave_style_and_ground_open", async () => {
  const preset = { name: "3d", title: "3D", style: "3d emoji", ground: "on a white background" };
  const read = async () => assert.fail("nothing is an expression here");
  const asked = async (/** @type {any} */ conditions) => (await completed(/** @type {any} */ ({ version: 1, conditions }), preset, read)).conditions.caption?.text;
  assert.equal(await asked({ caption: { text: "a red apple", weight: 0.5 } }), "a red apple, 3d emoji on a white background");
  assert.equal(await asked({ caption: { text: "an apple, flat emoji" } }), "an apple, flat emoji on a white background");
  assert.equal(await asked({ caption: { text: "a boat on a blue background" } }), "a boat on a blue background, 3d emoji");
  for (const text of ["a photo of a cat", "a cat, flat emoji on a white background"]) assert.equal(await asked({ caption: { text } }), text);
  assert.equal(await asked({ caption: { text: "a red apple" }, semantics: { of: 1 } }), "a red apple", "the style comes from a picture");
  assert.equal(await asked({ caption: { text: "a red apple" }, masking: { of: 1 } }), "a red apple", "the surroundings come from a picture");
  assert.equal(await asked({ caption: { text: "a red apple" }, intensity: { of: 1 } }), "a red apple", "light and dark come from a picture");
  assert.equal(await asked({ caption: { text: "two emojis" } }), "two emojis on a white background");
  assert.equal(await asked({ caption: { text: "a watercolor painting of a boat" } }), "a watercolor painting of a boat on a white background");
  assert.equal(await asked({ caption: { text: "a cat on black" } }), "a cat on black, 3d emoji");
  assert.equal(await asked({}), undefined);
});

test("a_preset_completes_each_wanted_caption_of_an_expression", async () => {
  const preset = { name: "3d", title: "3D", style: "3d emoji", ground: "on a white background" };
  /** @param {string} expression @param {[number, number, string][]} captions as the engine finds them */
  const asked = async (expression, captions) => {
    const read = async () => ({ isExpression: true, clauses: [], captions: captions.map(([start, end, text]) => ({ start, end, text })) });
    return (await completed(/** @type {any} */ ({ version: 1, conditions: {}, expression }), preset, read)).expression;
  };
  assert.equal(await asked('(🐈 OR "a fish") AND NOT red', [[2, 3, "🐈"], [7, 15, "a fish"]]), '("🐈, 3d emoji on a white background" OR "a fish, 3d emoji on a white background") AND NOT red');
  assert.equal(await asked("a photo of a cat AND hat", [[1, 17, "a photo of a cat"], [22, 25, "hat"]]), 'a photo of a cat AND "hat, 3d emoji on a white background"');
  assert.equal(await asked("a cat AND style(image 1)", [[1, 6, "a cat"]]), "a cat AND style(image 1)", "the style comes from a picture");
});

test("storage_that_does_not_answer_is_given_up", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const deaf = { ...memoryShelf(), write: () => new Promise(() => {}) };
  const shelf = patient(deaf);
  assert.equal(await shelf.read("a"), undefined);
  const writing = shelf.write("a", new Uint8Array(1));
  t.mock.timers.tick(10_000);
  await assert.rejects(writing, /does not answer/);
  await assert.rejects(shelf.read("a"), /does not answer/, "and is not asked again");
  assert.equal(await shelf.size("a"), 0);
});

test("clearing_can_be_undone", () => {
  const strokes = new Strokes();
  assert.ok(strokes.isEmpty && !strokes.canUndo);
  strokes.add({ kind: "stroke", erase: true, points: [] });
  assert.ok(strokes.isEmpty, "an eraser alone draws nothing");
  strokes.add({ kind: "stroke", erase: false, points: [{ x: 1, y: 1, width: 3 }] });
  strokes.add({ kind: "clear" });
  assert.ok(strokes.isEmpty);
  strokes.undo();
  assert.ok(!strokes.isEmpty && strokes.canRedo);
  strokes.redo();
  assert.ok(strokes.isEmpty);
  strokes.undo();
  strokes.add({ kind: "stroke", erase: false, points: [] });
  assert.ok(!strokes.canRedo, "what is drawn after an undo replaces what was undone");
});

/** @param {(from: number) => Response} answer @param {Uint8Array} [part] */
async function fetched(answer, part) {
  /** @type {(string | null)[]} */ const ranges = [];
  const usual = globalThis.fetch;
  globalThis.fetch = async (_url, options) => {
    const range = new Headers(options?.headers).get("range");
    ranges.push(range);
    return answer(range ? Number(/\d+/.exec(range)?.[0]) : 0);
  };
  try {
    const bytes = await download({ url: "https://host.test/a", bytes: 6, part, onBytes: () => {}, keep: async () => {} });
    return { bytes: [...bytes], ranges };
  } finally {
    globalThis.fetch = usual;
  }
}
const FILE = [1, 2, 3, 4, 5, 6];

test("a_part_is_continued_and_a_refused_part_is_dropped", async () => {
  const partial = (/** @type {number} */ from) => new Response(new Uint8Array(FILE.slice(from)), { status: 206, headers: { "content-range": `bytes ${from}-5/6` } });
  assert.deepEqual(await fetched(partial, new Uint8Array([1, 2, 3])), { bytes: FILE, ranges: ["bytes=3-"] });
  const whole = () => new Response(new Uint8Array(FILE), { status: 200 });
  assert.deepEqual(await fetched(whole, new Uint8Array([9, 9, 9])), { bytes: FILE, ranges: ["bytes=3-"] }, "status 200 means from the start");
  const refusing = (/** @type {number} */ from) => (from ? new Response(null, { status: 416 }) : whole());
  assert.deepEqual(await fetched(refusing, new Uint8Array([9, 9, 9])), { bytes: FILE, ranges: ["bytes=3-", null] });
});

test("a_file_that_is_too_long_is_refused", async () => {
  await assert.rejects(fetched(() => new Response(new Uint8Array(7))), { code: "fetch", message: /longer than its manifest says/ });
});
