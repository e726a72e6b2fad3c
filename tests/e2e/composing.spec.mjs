// @ts-check
// Pictures taken apart and put together: the shelf, tasks, expressions, batches, going on from a step, and recipes with pictures.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import zlib from "node:zlib";
import { TINY, drop, errorText, generate, openStudio, profile, reload, restore, said, savedPng, saysUses, setSteps, shapes, site } from "./studio.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Would leave a trace in the page if it were taken for markup. */
const MARKUP = '<img src=x onerror="struck = true">';

/** Adds a picture and waits until it has been taken apart. @param {Page} page @param {Buffer} bytes */
async function add(page, bytes) {
  const before = await page.locator(".picture").count();
  await drop(page, "#shelf", bytes);
  await page.locator(".picture").nth(before).waitFor();
  await page.waitForFunction((count) => document.querySelectorAll(".picture[data-state=done]").length === count, before + 1);
}

/** @param {Page} page @param {number} number of the picture, from 1 @param {string} part */
const card = (page, number, part) => page.locator(".picture").nth(number - 1).locator(`[data-part=${part}]`);

/** @param {Page} page */
const uses = (page) => page.locator("#uses").innerText();

/** @param {Page} page */
const makeTask = (page) => generate(page, { label: "Make it" });

/** @param {Page} page @param {string} task */
async function chooseTask(page, task) {
  await page.getByRole("radio", { name: /^Tasks/ }).check();
  await page.locator(`[data-task=${task}]`).click();
}

/** @param {Page} page @param {string} input @param {number} number */
const pick = (page, input, number) => page.locator(`[data-input=${input}] .thumb`).nth(number - 1).click();

test("a_dropped_picture_is_taken_apart_and_its_parts_are_used", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await add(page, await shapes(page, { width: 300, height: 120, type: "image/webp" }));
  for (const part of ["sketch", "instances", "depth", "intensity", "palette", "semantics", "masking", "caption"]) {
    assert.ok(await card(page, 1, part).isEnabled(), part);
    assert.equal(await card(page, 1, part).getAttribute("aria-pressed"), "false", part);
  }
  assert.match(await page.locator(".found").innerText(), /Things.*\n?Guesses.*\n?Depth relative pseudo-depth/s);

  await card(page, 1, "depth").click();
  await saysUses(page, "From your depth. Everything else is free.");
  assert.equal(await card(page, 1, "depth").getAttribute("aria-pressed"), "true");
  await card(page, 1, "depth").click();
  await saysUses(page, "Nothing given yet: the picture will be a surprise.");

  await add(page, await shapes(page, { color: "#2040d0", type: "image/jpeg" }));
  for (const part of ["sketch", "instances", "palette"]) await card(page, 1, part).click();
  for (const part of ["depth", "intensity", "semantics"]) await card(page, 2, part).click();
  await saysUses(page, "From your style, sketch, colours, things, depth and light and shade. Everything else is free.");
  // The lines are on the pad a moment after they are known.
  await page.locator("#sketch-pad.drawn").waitFor();
  await page.locator("#exact-intensity").check();
  await page.waitForFunction(() => localStorage.getItem("composer-draft")?.includes('"exact_intensity":true'));
  await page.locator("#exact-intensity").uncheck();
  await setSteps(page);
  await generate(page);

  // What is drawn over is a drawing of one's own, no longer the picture's lines.
  await page.locator("[data-condition=sketch] [data-act=undo]").click();
  assert.equal(await card(page, 1, "sketch").getAttribute("aria-pressed"), "false");
  // A picture that goes takes along what came from it.
  const used = await uses(page);
  await page.getByRole("button", { name: "Remove picture 2" }).click();
  await saysUses(page, "From your colours and things. Everything else is free.");
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await saysUses(page, used);
});

test("every_condition_is_seen_large_edited_and_removed_in_the_same_way", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const acts = (/** @type {string} */ condition) => page.locator(`[data-condition=${condition}] .acts`);
  const every = { caption: "Words", sketch: "Sketch", palette: "Colours", semantics: "Style", instances: "Things", depth: "Depth", intensity: "Light", masking: "Part of a picture" };
  for (const condition of Object.keys(every)) assert.equal(await acts(condition).locator(":is(.look, .remove):not([hidden])").count(), 0, `${condition}: nothing to see or remove yet`);
  await add(page, await shapes(page));
  for (const condition of Object.keys(every)) await card(page, 1, condition).click();
  await page.locator("#sketch-pad.drawn").waitFor();

  for (const [condition, name] of Object.entries(every)) {
    if (condition !== "caption") {
      await acts(condition).locator(".look").focus();
      await page.keyboard.press("Enter");
      await page.locator("#look[open] img").evaluate((/** @type {HTMLImageElement} */ image) => image.decode());
      assert.equal(await page.locator("#look h2").innerText(), name);
      assert.equal(await page.locator("#look figcaption").innerText(), "From picture 1: picture.png");
      assert.ok(((await page.locator("#look img").boundingBox())?.width ?? 0) > 500, "large");
      await page.keyboard.press("Escape");
      assert.ok(await acts(condition).locator(".look").evaluate((button) => button === document.activeElement), "back where it was opened");
    }
    await acts(condition).locator(".edit").click();
    if (["caption", "palette", "semantics"].includes(condition)) {
      assert.ok(await page.locator(`[data-condition=${condition}] :is(textarea, .swatches input, .popover input):focus`).isVisible(), `${name}: where it is changed`);
      await page.keyboard.press("Escape");
    } else {
      await page.locator("#editor[open]").waitFor();
      await page.locator("#editor [data-act=cancel]").click();
    }
  }
  await page.locator("#depth .slot-full img").click();
  await page.locator("#look[open]").waitFor();
  await page.mouse.click(5, 5);
  await page.locator("#look").waitFor({ state: "hidden" });

  // Undo brings back the picture's part, not a copy.
  await acts("depth").locator(".remove").click();
  assert.equal(await card(page, 1, "depth").getAttribute("aria-pressed"), "false");
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => document.querySelector(".picture [data-part=depth]")?.getAttribute("aria-pressed") === "true");
  const words = await page.locator("#caption").inputValue();
  for (const condition of Object.keys(every)) await acts(condition).locator(".remove").click();
  await saysUses(page, "Nothing given yet: the picture will be a surprise.");
  await acts("depth").getByText("Paint it").waitFor();
  await page.locator("#caption").fill(words);
  await acts("caption").locator(".remove").click();
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  assert.equal(await page.locator("#caption").inputValue(), words);
});

test("what_is_no_picture_is_refused_and_the_smallest_is_taken", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await drop(page, "body", Buffer.from("<svg onload=alert(1)>"), "notes.png");
  assert.match(await errorText(page), /not a picture/);
  assert.equal(await page.locator(".picture").count(), 0);
  await add(page, await shapes(page, { width: 1, height: 1 }));
});

test("a_picture_is_pasted", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const bytes = [...await shapes(page)];
  await page.evaluate((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, bytes);
  await page.locator(".picture[data-state=done]").waitFor();
});

test("hostile_pictures_are_refused_and_markup_in_names_and_words_stays_text", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  const whole = await shapes(page);
  /** A header that promises so many pixels a side, its check sum in order. @param {number} side */
  const promising = (side) => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32BE(side, 16);
    bytes.writeUInt32BE(side, 20);
    bytes.writeUInt32BE(zlib.crc32(bytes.subarray(12, 29)), 29);
    return bytes;
  };
  // The browser itself refuses what would not fit 2 GB.
  for (const [bytes, why] of /** @type {const} */ ([[promising(20_000), /400 megapixels; 50 are/], [promising(60_000), /not a picture/], [whole.subarray(0, 40), /not a picture/]])) {
    await drop(page, "body", bytes, MARKUP);
    assert.match(await errorText(page), why);
    await page.locator("#alert .close").click();
  }
  assert.equal(await page.locator(".picture").count(), 0);
  await drop(page, "body", whole, MARKUP);
  await page.locator(".picture[data-state=done]").waitFor();
  await page.locator("#caption").fill(MARKUP);
  await generate(page);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).struck), undefined);
});

test("a_task_goes_from_its_inputs_to_a_picture_and_on_to_the_studio", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  for (const color of ["#d02020", "#2040d0"]) await add(page, await shapes(page, { color }));
  await page.getByRole("radio", { name: /^Tasks/ }).check();
  await page.locator(".task").nth(11).waitFor();
  assert.equal(await page.locator(".task").count(), 12);
  await chooseTask(page, "style-transfer");
  assert.deepEqual(await page.locator(".field").evaluateAll((fields) => fields.map((field) => /** @type {HTMLElement} */ (field).dataset.input)), ["content", "style", "strength"]);
  await pick(page, "content", 1);
  await page.locator("#go").click();
  assert.match(await errorText(page), /missing: the picture whose style/);
  await pick(page, "style", 2);
  await page.locator("[data-input=strength] input").fill("0.5");
  await makeTask(page);

  await page.locator("#open-in-studio").click();
  await saysUses(page, "From your style, sketch, colours and depth. Everything else is free.");
  assert.equal(await page.locator("[data-condition=semantics] .mixture select").inputValue(), "1");
  assert.equal(await page.locator("[data-condition=semantics] .mixture output").innerText(), "50%");
  assert.equal(await page.locator(".picture").count(), 2, "no picture is there twice");
  await generate(page);
});

test("an_interpolation_is_a_strip_of_eight", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, { base: 2, upsampler: 1 });
  for (const color of ["#d02020", "#2040d0"]) await add(page, await shapes(page, { color }));
  await chooseTask(page, "interpolation");
  await pick(page, "first", 1);
  await pick(page, "second", 2);
  await makeTask(page);
  assert.equal(await page.locator("#grid button").count(), 8);
  // Each says in the studio where it begins, and is made there again.
  await page.locator("#grid button").nth(2).click();
  await page.locator("#reuse").click();
  await saysUses(page, "From your style and colours. Everything else is free.");
  const begin = () => page.locator("#begin").evaluate((/** @type {HTMLSelectElement} */ select) => select.selectedOptions[0].text);
  assert.equal(await begin(), "29 % of the way from picture 1's noise to picture 2's");
  await generate(page);
  assert.equal(await begin(), "29 % of the way from picture 1's noise to picture 2's");
});

test("a_mask_is_painted_on_the_task's_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await add(page, await shapes(page));
  await chooseTask(page, "region-editing");
  assert.ok(await page.locator("[data-input=mask] .veil").isHidden(), "nothing to paint on yet");
  await pick(page, "image", 1);
  const veil = page.locator("[data-input=mask] .veil");
  await veil.scrollIntoViewIfNeeded();
  await veil.click();
  await page.locator("[data-input=caption] textarea").fill("a cat");
  await makeTask(page);
  await page.locator("#reuse").click();
  await saysUses(page, "From your words and part of a picture. Everything else is free.");
});

test("things_are_painted_on_a_picture's_own_map", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, { base: 2, upsampler: 1 });
  await add(page, await shapes(page));
  await chooseTask(page, "reconfiguration");
  await pick(page, "image", 1);
  const field = page.locator("[data-input=instances]");
  await field.locator("[data-act=edit]").click();
  await page.getByRole("radio", { name: "food" }).check();
  await page.locator("#editor canvas").focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await field.getByTitle("Painted by hand").waitFor();
  await page.locator("#open-in-studio").click();
  await saysUses(page, "From your style, sketch, colours, things and depth. Everything else is free.");
  assert.equal(await card(page, 1, "instances").getAttribute("aria-pressed"), "false", "an edited map is not the picture's own");
  assert.equal(await page.locator("#begin").inputValue(), "1");
  assert.equal(await page.locator("#sampler").inputValue(), "ddim");
  await setSteps(page);
  await generate(page);
});

test("an_expression_shows_its_alternatives_or_its_error", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  const note = page.locator("#words-note");
  await page.locator("#caption").fill("cats and dogs");
  await page.locator("#caption").fill("été AND OR b");
  await page.waitForFunction(() => document.querySelector("#words-note.wrong"));
  assert.match(await note.innerText(), /^Column 9: write words between AND and OR\.$/);
  assert.equal(await page.locator(".words-back mark").innerText(), "OR");
  await page.locator("#go").click();
  assert.match(await errorText(page), /Column 9/);
  assert.equal(await page.evaluate(() => String(getSelection())), "OR");

  await page.locator("#caption").fill("\"style(image 9)\" AND depth(image 1)");
  await page.waitForFunction(() => /there is no image 1 yet/.test(document.getElementById("words-note")?.textContent ?? ""));
  assert.equal(await page.locator(".words-back mark").innerText(), "depth(image 1)");
  await add(page, await shapes(page));
  await page.waitForFunction(() => !document.querySelector("#words-note.wrong"));

  await page.locator("#caption").fill("a cat OR a dog");
  await page.waitForFunction(() => document.querySelectorAll("#words-note li").length === 2);
  assert.match(await note.innerText(), /^Each picture follows one of:/);
  await generate(page);
  assert.match(await page.locator("#result-clause").innerText(), /^It followed: "a (cat|dog)"$/);
  const png = await savedPng(page);

  const other = await openStudio(t, await profile(t), server);
  await restore(other, png);
  await other.waitForFunction(() => document.querySelectorAll("#words-note li").length === 2);
  assert.equal(await other.locator("#caption").inputValue(), "a cat OR a dog");
  await generate(other);
  assert.deepEqual(await savedPng(other), png);
});

test("a_batch_takes_seeds_one_after_the_other", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await page.locator("#seed").fill("100");
  await page.locator("#sampler").selectOption("unipc");
  await page.locator("#caption").fill("a boat");
  await page.locator("#against").selectOption("caption");
  await page.locator("#against-caption").fill("blurred");
  await page.locator("#count").fill("3");
  await generate(page, { label: "Generate 3" });
  const names = await page.locator("#grid button").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
  assert.deepEqual(names, ["Picture 1, seed 100", "Picture 2, seed 101", "Picture 3, seed 102"]);
  await page.locator("#grid button").nth(1).click();
  assert.match(await page.locator("#result-note").innerText(), /^seed 101/);
  await page.getByRole("button", { name: "All", exact: true }).click();
  assert.ok(await page.locator("#grid").isVisible());
  await page.locator("#grid button").nth(1).click();
  const png = await savedPng(page);

  const other = await openStudio(t, await profile(t), server);
  await restore(other, png);
  assert.equal(await other.locator("#seed").inputValue(), "101");
  assert.equal(await other.locator("#against-caption").inputValue(), "blurred");
  assert.equal(await other.locator("#sampler").inputValue(), "unipc");
  await generate(other);
  assert.deepEqual(await savedPng(other), png);

  await setSteps(other);
  await other.locator("#count").fill("17");
  await other.locator("#go").click();
  assert.match(await errorText(other), /from 1 to 16/);
});

test("a_run_is_gone_on_from_a_step_with_other_inputs", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, { base: 6 });
  await add(page, await shapes(page));
  await card(page, 1, "semantics").click();
  await saysUses(page, "From your style. Everything else is free.");
  await generate(page);
  assert.equal(await page.locator("#way li").count(), 5);
  const seed = await page.locator("#seed").inputValue();
  await page.getByRole("button", { name: "Go on from step 4 of 6" }).click();
  assert.match(await page.locator("#branch").innerText(), /^Goes on from step 4\./);
  await card(page, 1, "semantics").click();
  await page.locator("#caption").fill("a dog");
  await saysUses(page, "From your words. Everything else is free.");
  await generate(page);
  assert.equal(await page.locator("#seed").inputValue(), seed);
  assert.equal(await page.locator("#way li").count(), 5, "the steps before the branch are still there");
  const png = await savedPng(page);

  // Made anew from the first step on, elsewhere, it is the same picture.
  const other = await openStudio(t, await profile(t), server);
  await restore(other, png);
  await other.locator("#branch").waitFor();
  assert.equal(await uses(other), "From your words. Everything else is free.");
  await generate(other);
  assert.deepEqual(await savedPng(other), png);
  await other.getByRole("button", { name: "From the first step instead" }).click();
  assert.ok(await other.locator("#branch").isHidden());
});

test("a_recipe_brings_its_pictures_along", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await add(page, await shapes(page));
  await add(page, await shapes(page, { color: "#2f9e6e", width: 60, height: 96 }));
  for (const [number, part] of /** @type {[number, string][]} */ ([[2, "sketch"], [1, "instances"], [2, "depth"], [1, "palette"], [2, "semantics"], [1, "masking"]])) await card(page, number, part).click();
  await page.locator("[data-condition=semantics] .tuning summary").click();
  await page.locator("[data-condition=semantics] [data-key=weight]").fill("0.6");
  const mixture = page.locator("[data-condition=semantics] .mixture");
  await mixture.locator("select").selectOption("1");
  assert.equal(await mixture.locator("output").innerText(), "50%", "a second picture counts at once");
  await mixture.locator("select").selectOption("0");
  const all = "From your style, sketch, colours, things, depth and part of a picture. Everything else is free.";
  await saysUses(page, all);
  await generate(page);
  const png = await savedPng(page);

  const other = await openStudio(t, await profile(t), server);
  await restore(other, png);
  await saysUses(other, all);
  await other.waitForFunction(() => document.querySelectorAll(".picture[data-state=done]").length === 2);
  assert.equal(await card(other, 2, "depth").getAttribute("aria-pressed"), "true");
  assert.equal(await other.locator("[data-condition=semantics] [data-key=weight]").inputValue(), "0.6");
  await generate(other);
  assert.deepEqual(await savedPng(other), png);

  // So does the draft, over a reload.
  await other.waitForFunction(() => localStorage.getItem("composer-draft")?.includes("\"images\""));
  await reload(other);
  await saysUses(other, all);
  assert.equal(await other.locator(".picture").count(), 2);
});

test("a_preset_of_the_model_completes_the_words", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const manifest = JSON.parse(fs.readFileSync(path.join(TINY, "manifest.json"), "utf8"));
  manifest.card.presets = ["3d", "flat"].map((name) => ({ name, title: name, style: `${name} emoji`, ground: "on a white background" }));
  server.break(/^tests-tiny\/manifest/, { body: JSON.stringify(manifest) });
  const page = await openStudio(t, context, server);
  await setSteps(page);
  const [words, presets] = [page.locator("#caption"), page.locator("#preset select")];
  /** What the picture was made from. @param {string} text */
  const asked = async (text) => {
    await words.fill(text);
    await generate(page);
    assert.equal(await words.inputValue(), text, "what is typed stays as it is");
    await page.locator("#reuse").click();
    await page.waitForFunction((text) => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value !== text || document.querySelector("#notices p"), text);
    return words.inputValue();
  };
  assert.equal(await asked("a red apple"), "a red apple, 3d emoji on a white background");
  assert.equal(await asked("an apple OR a fish"), '"an apple, 3d emoji on a white background" OR "a fish, 3d emoji on a white background"');
  await page.locator("#preset small", { hasText: "your words say it" }).waitFor();
  await presets.selectOption("flat");
  await reload(page);
  assert.equal(await presets.inputValue(), "flat");
  assert.equal(await asked("a red apple"), "a red apple, flat emoji on a white background");
  await generate(page);
  await words.fill("");
  await page.locator("#reuse").click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value !== "");
  assert.equal(await words.inputValue(), "a red apple, flat emoji on a white background", "it is not said twice");
  await presets.selectOption("none");
  await words.fill("a green apple");
  await generate(page);
  await words.fill("");
  await presets.selectOption("3d");
  await page.locator("#reuse").click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === "a green apple");
  assert.equal(await presets.inputValue(), "none", "a recipe is asked for as it stands");
  await page.locator("#notices").getByRole("button", { name: "Undo" }).last().click();
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("#preset select")).value === "3d");
  await page.locator("#reuse").click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === "a green apple");
  await reload(page);
  assert.equal(await presets.inputValue(), "none", "also after a reload");
  await page.locator("#start-over").click();
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("#preset select")).value === "3d");
  await page.getByRole("radio", { name: /^Tasks/ }).check();
  await page.locator("[data-task=text-to-image]").click();
  assert.equal(await page.locator("#task-form [data-input=caption] #preset select").inputValue(), "3d", "it stands with the words of the task");
});

test("of_nothing_a_thing_is_made_that_the_model_draws_well", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const manifest = JSON.parse(fs.readFileSync(path.join(TINY, "manifest.json"), "utf8"));
  manifest.card.presets = [{ name: "3d", title: "3d", style: "3d emoji", ground: "on a white background" }];
  manifest.card.examples = ["a boat", "a tree", "a star"];
  server.break(/^tests-tiny\/manifest/, { body: JSON.stringify(manifest) });
  const page = await openStudio(t, context, server);
  const picture = page.locator("#result");
  await setSteps(page);
  await page.locator("#seed").fill("7");
  await generate(page);
  await said(page, /A surprise: a tree\./);
  assert.equal(await picture.getAttribute("alt"), "Made from: a tree, 3d emoji on a white background");
  // Who wants no more than is said gets that.
  await page.locator("#preset select").selectOption("none");
  await generate(page);
  assert.equal(await picture.getAttribute("alt"), "The picture that was made");
});
