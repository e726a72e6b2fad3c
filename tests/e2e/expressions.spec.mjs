// @ts-check
// The words box where it holds an expression: its pieces are told apart by colour.

import assert from "node:assert/strict";
import test from "node:test";
import { partsOf } from "../../www/controls/expression-parts.js";
import { openStudio, profile, site } from "./studio.mjs";

/** @param {string} text */
const parts = (text) => partsOf(text).map((part) => part?.[0] ?? ".").join("");

test("operators_pictures_captions_and_weights_are_told_apart", () => {
  assert.equal(parts("a AND NOT b"), "..ooo.ooo..");
  assert.equal(parts("BAND and ORB"), "............", "words that only contain or resemble them are words");
  assert.equal(parts("style(image 2)^1.5|x"), `${"p".repeat(14)}wwwwo.`);
  assert.equal(parts('"a AND b" & „ä OR“'), `${"q".repeat(9)}.o.${"q".repeat(6)}`);
  assert.equal(parts("🍎 OR 🍐"), "..oo..", "counted as people count");
  assert.equal(parts("mystyle(image 1) \"open"), `${".".repeat(17)}${"q".repeat(5)}`);
});

test("an_expression_is_coloured_where_it_stands_and_a_caption_is_not", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a sandy beach");
  assert.equal(await page.locator(".words-back span").count(), 0);
  await page.locator("#caption").fill("a beach AND NOT \"people\"");
  await page.locator(".words-back .expr-quoted").waitFor();
  assert.deepEqual(await page.locator(".words-back .expr-operator").allInnerTexts(), ["AND", "NOT"]);
  assert.equal(await page.locator(".words-back").first().evaluate((back) => back.textContent), "a beach AND NOT \"people\"", "so that it lies exactly over the words");
});
