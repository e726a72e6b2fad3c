// @ts-check
// The settings dialog: models, storage, what the engine runs on, the look, keys, and the check of the device.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { DIST, TINY, generate, openStudio, profile, reload, setSteps, site, started } from "./studio.mjs";

/** @typedef {import("./studio.mjs").Page} Page */
/** @typedef {import("./studio.mjs").BrowserContext} BrowserContext */

const NETWORK = [/Failed to load resource/];
const WEIGHTS = /safetensors$|tokenizer\.json$/;
const PANES = ["model", "running", "storage", "appearance", "check"];

/** @param {Page} page @param {string} pane */
async function open(page, pane) {
  await page.locator("#open-preferences").click();
  await page.locator(`#tab-${pane}`).click();
}

/** @param {Page} page @param {string} title of the model that the page speaks of */
const speaksOf = (page, title) => page.waitForFunction((title) => document.getElementById("model-line")?.textContent?.startsWith(title), title);

/** @param {Page} page @param {string} text */
async function writeAddress(page, text) {
  await page.locator("#model-address").fill(text);
  await page.locator("#model-address").press("Enter");
}

/** @param {Page} page */
async function problem(page) {
  await page.locator("#model-problem").waitFor();
  return page.locator("#model-problem").innerText();
}

test("a_model_is_changed_by_list_or_address_and_the_inputs_stay", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await speaksOf(page, "Random weights");
  server.requests.length = 0;
  await open(page, "model");
  await page.getByRole("button", { name: "Use Composer nano" }).click();
  await speaksOf(page, "Composer nano");
  await page.locator("#models [aria-current]", { hasText: "Composer nano" }).waitFor();
  assert.deepEqual(server.requests.filter(({ file }) => WEIGHTS.test(file)), [], "weights wait until they are needed");
  await reload(page);
  await speaksOf(page, "Composer nano");
  await open(page, "model");
  await writeAddress(page, "tests-tiny/manifest.json");
  await speaksOf(page, "Random weights");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#caption").inputValue(), "a boat");
  await generate(page);
});

test("a_wrong_model_is_refused_with_the_reason_and_the_old_one_stays", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  await setSteps(page);
  await open(page, "model");
  const manifest = fs.readFileSync(path.join(TINY, "manifest.json"), "utf8");
  server.break(/^later\/manifest/, { body: manifest.replace('"format": 1', '"format": 99') });
  server.break(/^page\/manifest/, { body: "<!doctype html><title>Home</title>" });
  for (const [address, reason] of /** @type {const} */ ([
    ["later/", /format.*99|99.*format/],
    ["page/manifest.json", /manifest cannot be used|not a manifest/],
    ["nowhere/", /no model at \/nowhere\//],
    ["ftp://example.com/model/", /not an address/],
    ["", /not an address/],
  ])) {
    await writeAddress(page, address);
    await page.waitForFunction(() => document.getElementById("pane-model")?.ariaBusy === "false");
    assert.match(await problem(page), reason);
    assert.match(await problem(page), /stays as it was\.$/);
  }
  await page.keyboard.press("Escape");
  assert.match(await page.locator("#model-line").innerText(), /^Random weights/);
  await generate(page);
});

test("a_model_comes_from_another_site_where_the_visitor_names_it_and_that_site_allows_it", async (t) => {
  const [server, closed, other, context] = [await site(t), await site(t), await site(t, { open: true }), await profile(t)];
  const page = await openStudio(t, context, server, { query: "?backend=cpu", expected: [...NETWORK, /blocked by CORS policy/], others: [other.origin, closed.origin] });
  await speaksOf(page, "Composer nano");
  await setSteps(page);
  // An address in a link is nobody's word: it is not followed to another site.
  const link = await context.newPage();
  await link.goto(`${server.url}?model=${encodeURIComponent(`${other.url}tests-tiny/`)}`);
  await link.locator("#alert", { hasText: "can only come from this site" }).waitFor();
  await link.close();
  assert.deepEqual(other.requests, []);
  await open(page, "model");
  await writeAddress(page, `${closed.url}tests-tiny/`);
  assert.match(await problem(page), /another site.*Access-Control-Allow-Origin.*stays as it was\.$/);
  await writeAddress(page, `${other.url}tests-tiny/`);
  await speaksOf(page, "Random weights");
  await page.locator("#models [aria-current]", { hasText: "Random weights" }).waitFor();
  await page.keyboard.press("Escape");
  await generate(page);
  assert.ok(other.requests.some(({ file }) => WEIGHTS.test(file)));
  await reload(page);
  await speaksOf(page, "Composer nano");
});

test("a_model_is_read_from_a_folder_of_this_device", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { query: "?backend=cpu" });
  await speaksOf(page, "Composer nano");
  await setSteps(page);
  await open(page, "model");
  server.requests.length = 0;
  await page.locator("#model-files").setInputFiles(TINY);
  await speaksOf(page, "Random weights");
  await page.locator("#models [aria-current]", { hasText: "from the folder tiny" }).waitFor();
  await page.keyboard.press("Escape");
  await generate(page);
  assert.deepEqual(server.requests.filter(({ file }) => WEIGHTS.test(file)), []);
});

test("a_folder_is_opened_by_the_browser's_own_dialog_and_a_part_of_a_model_is_refused", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  // No test can press the buttons of the system's dialog: it answers with a folder of the origin's own file system.
  await context.addInitScript(() => Object.assign(window, { showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle("chosen") }));
  const page = await openStudio(t, context, server, { query: "?backend=cpu" });
  const put = (/** @type {string[]} */ names) => page.evaluate(async (names) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("chosen", { create: true });
    for (const name of names) {
      const writer = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await writer.write(await (await fetch(`tests-tiny/${name}`)).blob());
      await writer.close();
    }
  }, names);
  const names = fs.readdirSync(TINY);
  await put(["tokenizer.json"]);
  await open(page, "model");
  await page.locator("#model-folder").click();
  assert.match(await problem(page), /no manifest\.json in the folder chosen/);
  await put(["manifest.json"]);
  await page.locator("#model-folder").click();
  await page.waitForFunction(() => /lacks .+safetensors/.test(document.getElementById("model-problem")?.textContent ?? ""));
  await put(names);
  await page.locator("#model-folder").click();
  await speaksOf(page, "Random weights");
  await setSteps(page);
  await page.keyboard.press("Escape");
  await generate(page);
});

test("what_is_kept_is_shown_and_cleared_by_a_second_press", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  await open(page, "storage");
  const row = page.locator("#kept li", { hasText: "Random weights for tests" });
  await row.waitFor();
  assert.match(await row.innerText(), /\d MB, in use/);
  await row.getByRole("button").click();
  assert.match(await row.getByRole("button").innerText(), /^Really clear .+ MB\?$/);
  await page.locator("#tab-storage").focus();
  assert.equal(await row.getByRole("button").innerText(), "Clear", "looking away takes the question back");
  await row.getByRole("button").click();
  await row.getByRole("button").click();
  await page.getByText("No model is kept yet").waitFor();
  await page.waitForFunction(() => !/works offline/.test(document.getElementById("model-line")?.textContent ?? "works offline"));
  await page.keyboard.press("Escape");
  // What is loaded works on; after a reload it is downloaded again, and kept again.
  await generate(page);
  await reload(page);
  await generate(page);
  await open(page, "storage");
  await row.waitFor();
});

test("the_gallery's_pictures_are_counted_and_cleared_by_a_second_press", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  await generate(page);
  await page.locator("#recents li").nth(1).waitFor();
  await open(page, "storage");
  const row = page.locator("#kept li", { hasText: "Gallery" });
  assert.match(await row.innerText(), /2 pictures, \d\.\d MB/);
  await row.getByRole("button", { name: "Delete all pictures of the gallery" }).click();
  assert.match(await row.getByRole("button").innerText(), /^Really delete all 2 pictures\?$/);
  await row.getByRole("button").click();
  await row.waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#recents").isHidden());
  await reload(page);
  await open(page, "storage");
  await page.locator("#kept li", { hasText: "Random weights for tests" }).waitFor();
  assert.equal(await row.count(), 0, "also on the device");
});

test("the_page_says_what_it_runs_on_and_another_choice_takes_effect", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#change-backend").click();
  assert.match(await page.locator("#running-facts").innerText(), /CPU[\s\S]*You chose it\.[\s\S]*f32[\s\S]*One/);
  for (const fact of ["Precision", "Threads"]) {
    const text = await page.locator("#running-facts dt", { hasText: fact }).locator("+ dd").innerText();
    assert.match(text, /so there is no choice/, `${fact}: why there is nothing to choose`);
  }
  await page.getByRole("radio", { name: "Automatic" }).check({ force: true });
  await page.waitForFunction(() => /no WebGPU adapter/.test(document.getElementById("running-facts")?.textContent ?? ""));
  assert.match(await page.locator("#backend-line").innerText(), /^Runs on the CPU: there is no WebGPU adapter/);
  assert.ok(await page.locator("#software").isHidden());
});

test("a_software_adapter_is_warned_of", async (t) => {
  const [server, context] = [await site(t), await profile(t, { gpu: true })];
  const page = await openStudio(t, context, server, { query: "?backend=webgpu&model=tests-tiny/" });
  assert.match(await page.locator("#backend-line").innerText(), /WebGPU \(.+\).*software/);
  await page.locator("#change-backend").click();
  assert.match(await page.locator("#software").innerText(), /software.*more slowly/);
});

test("the_chosen_look_is_there_before_any_module_has_run", async (t) => {
  const [server, context] = [await site(t), await profile(t, { colorScheme: "light" })];
  const page = await openStudio(t, context, server);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await open(page, "appearance");
  await page.getByRole("radio", { name: "Dark", exact: true }).check({ force: true });
  await page.getByRole("radio", { name: "As little as can be" }).check({ force: true });
  await page.waitForFunction((light) => getComputedStyle(document.body).backgroundColor !== light, light);
  const dark = await ground();
  /** @type {() => void} */ let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  server.break(/^www\/main\.js$/, { hold: held });
  await page.reload({ waitUntil: "commit" });
  await page.locator("#studio").waitFor();
  await page.waitForFunction(() => [.../** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll("link[rel=stylesheet]"))].every(({ sheet }) => sheet));
  assert.equal(await ground(), dark);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.motion), "less");
  assert.equal(await page.evaluate(() => document.querySelector("meta[name=theme-color][media=all]")?.getAttribute("data-theme")), "dark");
  release();
  await started(page);
  await open(page, "appearance");
  assert.ok(await page.getByRole("radio", { name: "Dark", exact: true }).isChecked());
  await page.getByRole("radio", { name: "As the device" }).first().check({ force: true });
  await page.waitForFunction((light) => getComputedStyle(document.body).backgroundColor === light, light);
});

test("another_language_is_chosen_and_nothing_is_lost", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await open(page, "appearance");
  await page.locator("#language").selectOption({ label: "Deutsch" });
  await page.getByRole("button", { name: "Einstellungen" }).waitFor();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === "a boat");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await open(page, "appearance");
  await page.locator("#language").selectOption({ label: "English" });
  await page.getByRole("button", { name: "Settings", exact: true }).waitFor();
});

test("a_question_mark_lists_the_keys_but_not_while_typing", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").focus();
  await page.keyboard.type("what?");
  assert.ok(await page.locator("#keys").isHidden());
  await page.locator("#sketch").focus();
  await page.keyboard.press("?");
  assert.match(await page.locator("#keys").innerText(), /Ctrl\s*Enter\s*Make the picture/);
  // The page's own keys wait while a dialog is open.
  await page.keyboard.press("Control+Enter");
  assert.equal(await page.locator("#go .go-label").innerText(), "Generate");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#keys").isHidden());
  assert.ok(await page.locator("#sketch").evaluate((canvas) => canvas === document.activeElement));
});

test("escape_closes_the_settings_and_the_run_goes_on", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, { prior: 2, base: 1000, upsampler: 2 });
  await page.locator("#go").click();
  await page.waitForFunction(() => /Painting/.test(document.querySelector(".progress-what")?.textContent ?? ""));
  await open(page, "running");
  assert.ok(await page.locator("#backend-busy").isVisible());
  await page.locator("#tab-model").click();
  await writeAddress(page, "tests-tiny/");
  assert.match(await problem(page), /A picture is being made/);
  await page.keyboard.press("Escape");
  await page.locator("#preferences").waitFor({ state: "hidden" });
  assert.equal(await page.locator("#go .go-label").innerText(), "Stop", "the run goes on");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("#go .go-label")?.textContent === "Generate");
});

test("the_settings_are_used_by_keyboard_and_fit_a_small_phone_in_both_languages", async (t) => {
  const [server, context] = [await site(t), await profile(t, { viewport: { width: 360, height: 640 }, locale: "de-DE" })];
  const page = await openStudio(t, context, server);
  await page.getByRole("button", { name: "Einstellungen" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#tab-model").focus();
  /** What a pane shows a moment after it has been opened. @type {Record<string, string>} */
  const filled = { model: "#models li", storage: "#kept li", running: "#running-facts dd" };
  for (const pane of PANES) {
    assert.ok(await page.locator(`#pane-${pane}`).isVisible(), pane);
    if (pane in filled) await page.locator(filled[pane]).first().waitFor();
    assert.ok(await page.locator(`#pane-${pane}`).evaluate((box) => box.scrollWidth <= box.clientWidth), `${pane} is too wide`);
    await page.keyboard.press("ArrowRight");
  }
  assert.ok(await page.locator("#pane-model").isVisible(), "after the last comes the first");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#open-preferences").evaluate((button) => button === document.activeElement), "back where it was opened");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

/**
 * Puts a method of ours in the place of the engine's self-test, or takes it away.
 * @param {BrowserContext} context @param {string} definition
 */
async function replaceSelfTest(context, definition) {
  const body = `${fs.readFileSync(path.join(DIST, "pkg/composer.js"), "utf8")}\n${definition}`;
  await context.route("**/pkg/composer.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
}

const NAMES = ["convolution", "group norm", "attention", "int8 weights", "int4 weights", "f16 weights"];
/** @param {string} wrong */
const standIn = (wrong) => `Composer.prototype.selfTest = async function () {
  return { backend: this.backend, adapter: this.adapter, rows: ${JSON.stringify(NAMES)}.map((name) => ({ name, error: name === "${wrong}" ? 0.5 : 1e-7, tolerance: 1e-5, ok: name !== "${wrong}", milliseconds: 1.5 })) };
};`;

test("a_device_that_computes_correctly_is_told_so_with_a_report_to_copy", async (t) => {
  const [server, context] = [await site(t), await profile(t, { permissions: ["clipboard-read", "clipboard-write"] })];
  // An engine that has no self-test of its own yet gets a stand-in.
  if (!/\bselfTest\(/.test(fs.readFileSync(path.join(DIST, "pkg/composer.js"), "utf8"))) await replaceSelfTest(context, standIn(""));
  const page = await openStudio(t, context, server);
  await open(page, "check");
  await page.locator("#check-device").click();
  await page.waitForFunction(() => document.getElementById("verdict")?.textContent === "This device computes correctly.");
  assert.equal(await page.locator("#check-rows tbody tr").count(), NAMES.length);
  assert.ok(await page.locator("#check-cpu").isHidden());
  await page.waitForFunction(() => /attention: right/.test(/** @type {HTMLTextAreaElement} */ (document.getElementById("report")).value));
  await page.locator("#copy-report").click();
  await page.getByText("Copied.", { exact: true }).waitFor();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  for (const part of [/Browser: Mozilla/, /Runs on: cpu, CPU; you chose it/, /Model: Random weights for tests/, /Storage: .+ of .+/, /simd yes, relaxed simd yes/, /engine: composer-studio \d/]) assert.match(report, part);
});

test("a_device_that_computes_wrongly_is_told_what_to_do", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  // No device at hand computes wrongly, so a stand-in does.
  await replaceSelfTest(context, standIn("attention"));
  const page = await openStudio(t, context, server);
  await open(page, "check");
  await page.locator("#check-device").click();
  await page.waitForFunction(() => /wrong on the CPU: attention\. Update the browser/.test(document.getElementById("verdict")?.textContent ?? ""));
  assert.match(await page.locator("#check-rows .wrong").innerText(), /attention.*5\.0e-1.*wrong/s);
});

test("an_engine_without_a_self_test_says_so", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await replaceSelfTest(context, "delete Composer.prototype.selfTest;");
  const page = await openStudio(t, context, server);
  await open(page, "check");
  await page.locator("#check-device").click();
  await page.waitForFunction(() => document.getElementById("verdict")?.textContent === "This engine has no self-test.");
});
