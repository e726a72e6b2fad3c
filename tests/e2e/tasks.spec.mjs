// @ts-check
// Tasks as a first visitor meets them: a gallery, an example for each, and what the page says about inputs that do not do what they seem to.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { advice } from "../../www/advice.js";
import { firstMode } from "../../www/mode.js";
import { megabytes } from "../../www/view/format.js";
import { DEFAULT_MODEL, DIST, drop, errorText, generate, openStudio, profile, reload, saysUses, setSteps, site } from "./studio.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../www/types.d.ts").Recipe} Recipe */

const EXAMPLES = path.join(DIST, "www/examples");

/** @param {Partial<Recipe>} [parts] @returns {Recipe} */
const recipe = (parts) => ({ version: 1, seed: 1, guidance: 2, sampler: "dpm++2m", steps: { prior: 20, base: 20, upsampler: 1 }, conditions: {}, ...parts });

/** Makes the picture of the chosen task's example. @param {Page} page */
const tryExample = (page) => generate(page, { label: "Make it", act: () => page.getByRole("button", { name: "Try the example" }).click() });

/** Lays the chosen task's example out; the seed cannot be used and is kept, so that nothing is made of it. @param {Page} page @param {string} task */
async function layOut(page, task) {
  await page.locator(`[data-task=${task}]`).click();
  await page.locator("#seed").fill("");
  if ((await page.locator("#lock").getAttribute("aria-pressed")) === "false") await page.locator("#lock").click();
  await page.locator("[data-act=try]").click();
  await page.locator("[data-act=try]:enabled").waitFor();
}

/** @param {Page} page */
const shots = (page) => page.locator(".task img").evaluateAll((images) => images.map((image) => /** @type {HTMLImageElement} */ (image)).filter(({ complete, naturalWidth }) => complete && naturalWidth > 0).length);

test("a_first_visit_sees_all_tasks_before_and_after", async (t) => {
  const [server, context] = [await site(t), await profile(t, { viewport: { width: 1280, height: 1800 } })];
  const page = await openStudio(t, context, server, { mode: "" });
  await page.locator(".task").nth(11).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll(".task img")].every((image) => /** @type {HTMLImageElement} */ (image).naturalWidth === 332));
  assert.equal(await shots(page), 12);
  await page.locator("[data-task=palette-colorization] .task-given i").nth(2).waitFor();
  assert.equal(await page.locator("[data-task=text-to-image] q").innerText(), "a red apple");
});

test("the_studio_fetches_no_pictures_of_examples", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { query: "?backend=cpu&model=tests-tiny/&mode=studio" });
  await page.waitForFunction(() => document.querySelectorAll(".task").length === 12);
  assert.deepEqual(server.requests.filter(({ file }) => file.startsWith("www/examples/")), []);
});

test("the_next_visit_begins_where_this_one_was", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "" });
  assert.ok(await page.locator("#tasks").isVisible());
  await page.getByRole("radio", { name: /^Studio/ }).check();
  await reload(page);
  assert.ok(await page.locator("#caption").isVisible());
  assert.ok(await page.locator("#tasks").isHidden());
});

test("an_example_is_a_picture_in_two_clicks", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "" });
  await setSteps(page);
  await page.locator("[data-task=text-to-image]").click();
  await tryExample(page);
  assert.equal(await page.locator("[data-input=caption] textarea").inputValue(), "a red apple");
  const { seed } = JSON.parse(fs.readFileSync(path.join(EXAMPLES, "examples.json"), "utf8"))["text-to-image"];
  assert.equal(await page.locator("#seed").inputValue(), String(seed), "the picture on the card");
  await generate(page, { label: "Make it" });
  assert.notEqual(await page.locator("#seed").inputValue(), String(seed), "then others");
});

test("every_example_fills_what_its_task_needs", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  const tasks = await page.locator(".task").evaluateAll((cards) => cards.map((card) => String(/** @type {HTMLElement} */ (card).dataset.task)));
  const table = JSON.parse(fs.readFileSync(path.join(EXAMPLES, "examples.json"), "utf8"));
  for (const task of tasks) {
    await layOut(page, task);
    const { seed, ...inputs } = table[task];
    assert.ok(Number.isInteger(seed), task);
    for (const [input, value] of Object.entries(inputs)) {
      const field = page.locator(`[data-input=${input}]`);
      if (/\.(png|webp)$/.test(value)) await field.locator(":is(.thumb[aria-pressed=true], .pad.drawn)").waitFor();
      else if (input === "colors") assert.equal(await field.locator(".swatches li").count(), value.split(",").length, task);
      else assert.equal(await field.locator("textarea, select, input").first().inputValue(), String(value), `${task}, ${input}`);
    }
    await saysUses(page, "All is there that this needs.");
    await page.getByRole("button", { name: "All tasks" }).click();
  }
});

test("every_task_goes_from_its_example_to_a_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await setSteps(page, { base: 2, upsampler: 1 });
  const tasks = await page.locator(".task").evaluateAll((cards) => cards.map((card) => String(/** @type {HTMLElement} */ (card).dataset.task)));
  assert.equal(tasks.length, 12);
  for (const task of tasks) {
    await page.locator(`[data-task=${task}]`).click();
    await tryExample(page);
    assert.ok(await page.locator("#alert").isHidden(), task);
    await page.getByRole("button", { name: "All tasks" }).click();
  }
});

test("an_example_with_pictures_and_maps_becomes_a_recipe_with_all_of_them", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await setSteps(page, { base: 2, upsampler: 1 });
  await page.locator("[data-task=reconfiguration]").click();
  await tryExample(page);
  for (const input of ["image", "instances", "depth"]) assert.equal(await page.locator(`[data-input=${input}] .thumb[aria-pressed=true]`).count(), 1, input);
  assert.equal(await page.locator("[data-input=depth] .thumb[aria-pressed=true]").getAttribute("title"), "From the example");
  await page.locator("#open-in-studio").click();
  await saysUses(page, "From your style, sketch, colours, things and depth. Everything else is free.");
});

test("an_example_takes_nothing_away_that_was_given", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await setSteps(page);
  await page.locator("[data-task=text-to-image]").click();
  const words = page.locator("[data-input=caption] textarea");
  await words.fill("my own words");
  await tryExample(page);
  assert.equal(await words.inputValue(), "a red apple");
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.querySelector("[data-input=caption] textarea")).value === "my own words");
});

test("pictures_of_an_example_give_way_to_those_of_the_next", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  const rows = () => page.locator("#shelf-list > *").count();
  const own = Buffer.from(fs.readFileSync(path.join(EXAMPLES, "apple.webp")));
  await drop(page, "body", own);
  await page.waitForFunction(() => document.querySelectorAll("#shelf-list > *").length === 1);
  const all = page.getByRole("button", { name: "All tasks" });
  await layOut(page, "style-transfer");
  assert.equal(await rows(), 3);
  await all.click();
  await layOut(page, "image-translation");
  assert.equal(await rows(), 2, "the visitor's own and the bird");
  await page.locator("#seed").fill("7");
  await page.locator("#open-in-studio").click();
  await saysUses(page, "From your words, sketch, things and depth. Everything else is free.");
  await page.locator("input[name=mode][value=tasks]").check();
  await all.click();
  await layOut(page, "palette-colorization");
  assert.equal(await rows(), 3, "the studio keeps what it is made of");
});

test("the_settings_sum_up_what_a_task_takes", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  const sums = (/** @type {string} */ start) => page.waitForFunction((start) => document.getElementById("settings-summary")?.textContent?.startsWith(start), start);
  await sums("20 + ");
  await layOut(page, "interpolation");
  // The way back from a picture's own noise takes as many.
  await sums("30 + ");
  await page.locator("#seed").fill("7");
  await page.locator("#open-in-studio").click();
  await saysUses(page, "From your style and colours. Everything else is free.");
  await sums("30 + ");
  await page.locator("input[name=mode][value=tasks]").check();
  await page.getByRole("button", { name: "All tasks" }).click();
  await sums("20 + ");
  assert.equal(await page.locator("#seed").inputValue(), "7");
  await page.locator("input[name=mode][value=studio]").check();
  await sums("30 + ");
  await page.locator("#steps-base").evaluate((field) => /** @type {HTMLInputElement} */ (field).closest("details")?.setAttribute("open", ""));
  await page.locator("input[name=mode][value=tasks]").check();
  await page.locator("#steps-base").fill("25");
  await reload(page);
  await sums("25 + ");
});

test("an_example_that_cannot_be_fetched_says_so", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  server.break(/^www\/examples\//, { status: 404 });
  const page = await openStudio(t, context, server, { mode: "tasks", expected: [/404/] });
  await page.locator("[data-task=variations]").click();
  await page.locator("[data-act=try]").click();
  await page.waitForFunction(() => /example could not be fetched/.test(document.getElementById("alert")?.textContent ?? ""));
  assert.ok(await page.locator("[data-act=try]").isEnabled());
});

test("the_examples_name_files_that_are_there", () => {
  const table = JSON.parse(fs.readFileSync(path.join(EXAMPLES, "examples.json"), "utf8"));
  assert.equal(Object.keys(table).length, 12);
  for (const [task, inputs] of Object.entries(table)) {
    const files = Object.values(inputs).filter((value) => /\.(png|webp)$/.test(value));
    for (const file of [`${task}.webp`, ...files]) assert.ok(fs.existsSync(path.join(EXAMPLES, file)), file);
  }
});

test("advice_is_shown_for_what_is_given", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const advised = (/** @type {string} */ start) => page.waitForFunction((start) => [...document.querySelectorAll("#advice li")].some(({ textContent }) => textContent?.startsWith(start)), start);
  await page.locator("#caption").fill("a red apple");
  const tuning = page.locator("[data-condition=caption] details.tuning");
  await tuning.locator("summary").click();
  await tuning.locator("[data-key=weight]").fill("0");
  await advised("Words: the weight is 0");
  await tuning.locator("[data-key=weight]").fill("1");
  await page.locator("#advice").waitFor({ state: "hidden" });

  const red = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
    canvas.getContext("2d")?.fillRect(4, 4, 20, 20);
    return canvas.toDataURL().split(",")[1];
  });
  await drop(page, "#masking", Buffer.from(red, "base64"));
  const veil = page.locator("[data-condition=masking] .veil");
  await veil.scrollIntoViewIfNeeded();
  await veil.click();
  await page.locator("[data-condition=caption] label.switch").click();
  await advised("Nothing says what the painted part shall become");
});

test("advice_goes_on_after_a_task_was_opened_in_the_studio", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.getByRole("radio", { name: /^Tasks/ }).check();
  await page.locator("[data-task=text-to-image]").click();
  await page.locator("[data-input=caption] textarea").fill("a boat");
  await page.locator("#open-in-studio").click();
  const tuning = page.locator("[data-condition=caption] details.tuning");
  await tuning.locator("summary").click();
  await tuning.locator("[data-key=weight]").fill("0");
  await page.locator("#advice li", { hasText: "Words: the weight is 0" }).waitFor();
});

test("the_note_counts_only_what_the_inputs_need", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  // The whole of the default model's manifest, and none of its weights: nothing is generated here.
  const page = await openStudio(t, context, server, { query: "?backend=cpu" });
  const manifest = JSON.parse(fs.readFileSync(path.join(DEFAULT_MODEL, "manifest.json"), "utf8"));
  const size = (/** @type {string[]} */ stages) => [...manifest.shards, { ...manifest.tokenizer, stage: "text_encoder" }].filter(({ stage }) => stages.includes(stage)).reduce((sum, { bytes }) => sum + bytes, 0);
  const says = (/** @type {string[]} */ stages) => page.waitForFunction((text) => document.getElementById("download-note")?.textContent?.includes(text), `First ${megabytes(size(stages))} MB`);
  // A surprise comes from words, too.
  await says(["base", "upsampler", "text_encoder", "prior"]);
  await page.locator("#preset select").selectOption("none");
  await says(["base", "upsampler"]);
  await page.locator("#caption").fill("a red apple");
  await says(["base", "upsampler", "text_encoder", "prior"]);
  await page.getByRole("radio", { name: /^Tasks/ }).check();
  await page.locator("[data-task=text-to-image]").click();
  await page.locator("[data-input=caption] textarea").fill("a boat");
  await says(["base", "upsampler", "text_encoder", "prior"]);
});

test("advice_names_what_says_the_same_twice", () => {
  const of = { of: 1 };
  assert.deepEqual(advice(recipe({ conditions: { caption: { text: "a cat" }, sketch: of, depth: of } })), []);
  assert.match(advice(recipe({ conditions: { intensity: of, depth: of } })).join(), /^Light and shade of picture 1 .*; depth of the same/);
  assert.match(advice(recipe({ conditions: { sketch: of, instances: of, palette: { of: 2 } } })).join(), /^Sketch of picture 1 .*; things of/);
  assert.match(advice(recipe({ conditions: { sketch: { of: 2 }, instances: of } })).join(), /^Sketch of picture 2 and things of picture 1 both tell/);
  assert.deepEqual(advice(recipe({ conditions: { sketch: of, palette: { of: 2 } } })), []);
  assert.match(advice(recipe({ conditions: { semantics: of, sketch: of, palette: of } })).join(), /^Everything comes from picture 1/);
  assert.match(advice(recipe({ conditions: { semantics: { of: 1, from: 1 } } })).join(), /mixed with itself/);
  assert.match(advice(recipe({ conditions: { palette: { of: 1, from: 2, strength: 0 } } })).join(), /at 0% only picture 2/);
});

test("advice_names_what_does_not_count", () => {
  assert.match(advice(recipe({ conditions: { depth: { of: 1, weight: 0 } } })).join(), /^Depth: the weight is 0/);
  const narrow = { text: "a cat", start: 0.51, end: 0.54 };
  assert.match(advice(recipe({ conditions: { caption: narrow } })).join(), /^Words: from and until/);
  assert.deepEqual(advice(recipe({ conditions: { caption: narrow }, steps: { prior: 1, base: 100, upsampler: 1 } })), []);
  assert.deepEqual(advice(recipe({ conditions: { caption: { text: "a cat", start: 0.95 } } })), [], "the last step is one of the run");
  assert.match(advice(recipe({ conditions: { masking: { of: 1 } } }), { free: 0 }).join(), /stays as it is/);
  assert.match(advice(recipe({ conditions: { masking: { of: 1 }, caption: { text: "a cat" } } }), { free: 1 }).join(), /nothing of it stays/);
  assert.match(advice(recipe({ conditions: { intensity: { of: 1 } }, exact_intensity: true })).join(), /^Exact light/);
});

test("advice_names_what_is_wanted_and_unwanted", () => {
  const against = { conditions: { caption: { text: "apples, a Cat" } } };
  assert.match(advice(recipe({ conditions: { caption: { text: "a cat on a mat" } }, against })).join(), /^“cat” is both/);
  assert.deepEqual(advice(recipe({ conditions: { caption: { text: "a dog" } }, against })), []);
  assert.match(advice(recipe({ guidance: 1, against })).join(), /guidance is 1/);
  assert.match(advice(recipe({ against: "locals", conditions: { caption: { text: "a dog" } } })).join(), /no drawing yet/);
});

test("a_link_says_where_to_begin_and_a_draft_leads_to_the_studio", () => {
  const draft = { recipe: recipe({ conditions: { caption: { text: "a cat" } } }), off: [] };
  assert.equal(firstMode("tasks", draft), "tasks");
  assert.equal(firstMode(null, draft), "studio");
  assert.equal(firstMode(null, { recipe: recipe(), off: [] }), "tasks");
  assert.equal(firstMode("elsewhere", undefined), "tasks");
});

test("a_task_says_that_one_of_several_is_needed_before_anything_is_made", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await page.locator("[data-task=palette-colorization]").click();
  await page.locator("[data-input=image] input[type=file]").setInputFiles(path.join(EXAMPLES, "cat.webp"));
  const line = page.locator("#uses");
  await page.locator("#uses", { hasText: "One thing is missing: Colours by hand or Colours of a picture." }).waitFor();
  await page.locator("#go").click();
  assert.match(await errorText(page), /^One thing is missing/);
  await page.locator("[data-input=palette] .thumb").first().click();
  assert.equal(await line.innerText(), "All is there that this needs.");
});

test("tasks_that_need_one_of_several_are_those_that_the_engine_refuses_without", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  const cards = await page.locator(".task").evaluateAll((cards) => cards.map((card) => String(/** @type {HTMLElement} */ (card).dataset.task)));
  const url = `data:image/png;base64,${fs.readFileSync(path.join(EXAMPLES, "clothes.png")).toString("base64")}`;
  for (const task of cards) {
    const refused = await page.evaluate(async ([task, url]) => {
      const { Engine } = await import(new URL("pkg/engine.js", document.baseURI).href);
      const engine = new Engine(new URL("tests-tiny/", document.baseURI).href, "cpu");
      try {
        const { inputs } = (await engine.tasks()).find((/** @type {{ name: string }} */ each) => each.name === task);
        const given = inputs.filter((/** @type {any} */ { required }) => required).map((/** @type {any} */ { name, kind }) => [name, kind === "words" ? "a cat" : url]);
        return await engine.taskRecipes(task, Object.fromEntries(given)).then(() => false, () => true);
      } finally {
        engine.close();
      }
    }, [task, url]);
    await page.locator(`[data-task=${task}]`).click();
    const title = await page.locator(".fields-title").allInnerTexts();
    assert.equal(title.some((each) => /one of these$/.test(each)), refused, task);
    await page.getByRole("button", { name: "All tasks" }).click();
  }
});
