// @ts-check
// The package on a page of somebody else: the element and the API, without anything of our own page.

import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { DIST, ROOT, TINY, profile } from "./studio.mjs";
import { serve } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../pkg/composer-canvas.d.ts").ComposerCanvas} ComposerCanvas */

/** A site that holds the package, a model and embedding.html, opened. @param {import("node:test").TestContext} t */
async function embedded(t) {
  const server = await serve({ mounts: { "": path.join(ROOT, "tests/e2e"), "pkg/": path.join(DIST, "pkg"), "models/tiny/": TINY } });
  t.after(() => server.close());
  const page = await (await profile(t)).newPage();
  /** @type {string[]} */ const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && !/404/.test(message.text()) && wrong.push(message.text()));
  t.after(() => assert.deepEqual(wrong, []));
  await page.goto(`${server.url}embedding.html`);
  await page.waitForFunction(() => customElements.get("composer-canvas"));
  return { page, server };
}

/** Presses the element's button and says which events came, the last one with what it says. @param {Page} page */
const pressed = (page) => page.evaluate(() => new Promise((resolve) => {
  const element = /** @type {ComposerCanvas} */ (document.querySelector("composer-canvas"));
  /** @type {string[]} */ const stages = [];
  element.addEventListener("progress", ({ detail }) => void (stages.includes(detail.stage) || stages.push(detail.stage)));
  for (const type of /** @type {const} */ (["result", "error"])) {
    element.addEventListener(type, ({ detail }) => resolve({ type, stages, detail: "rgba" in detail ? { width: detail.width, seed: detail.recipe.seed, text: detail.recipe.conditions.caption?.text } : detail }), { once: true });
  }
  element.shadowRoot?.querySelector("button")?.click();
}));

test("the_element_makes_a_picture_and_says_how_far_it_is", async (t) => {
  const { page, server } = await embedded(t);
  const { type, stages, detail } = await pressed(page);
  assert.equal(type, "result");
  assert.deepEqual(detail, { width: 256, seed: 7, text: "a red apple" });
  for (const stage of ["base", "upsampler"]) assert.ok(stages.includes(stage), `${stage} in ${stages}`);
  const picture = page.getByRole("img", { name: "a red apple" });
  assert.equal(await picture.evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).width), 256);
  const colors = await picture.evaluate((element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (element);
    return new Set(new Uint32Array(canvas.getContext("2d")?.getImageData(0, 0, 256, 256).data.buffer ?? new ArrayBuffer(0))).size;
  });
  assert.ok(colors > 100, `${colors} colours`);
  assert.deepEqual(server.requests.filter(({ file }) => file.startsWith("www/")), [], "nothing of our own page is needed");
});

test("a_model_that_is_not_there_is_an_error_that_is_shown_and_told", async (t) => {
  const { page } = await embedded(t);
  await page.locator("composer-canvas").evaluate((element) => element.setAttribute("src", "models/other/"));
  const { type, detail } = await pressed(page);
  assert.equal(type, "error");
  assert.equal(detail.code, "fetch");
  assert.match(detail.message, /no model at/);
  assert.equal(await page.getByRole("status").innerText(), detail.message);
  assert.equal(await page.getByRole("button").innerText(), "Generate", "it can be tried again");

  await page.locator("composer-canvas").evaluate((element) => element.setAttribute("src", "models/tiny/"));
  assert.equal((await pressed(page)).type, "result");
  assert.equal(await page.getByRole("status").innerText(), "");
});

test("conditions_are_joined_with_the_attributes_and_a_recipe_takes_their_place", async (t) => {
  const { page } = await embedded(t);
  const asked = await page.evaluate(() => {
    const element = /** @type {ComposerCanvas} */ (document.querySelector("composer-canvas"));
    element.conditions = { palette: { colors: [{ color: "#3060e0", weight: 1 }] } };
    const joined = element.recipe;
    element.recipe = { version: 1, seed: 9 };
    return [joined, element.recipe];
  });
  assert.deepEqual(asked, [
    { version: 1, seed: 7, steps: { base: 3 }, conditions: { caption: { text: "a red apple" }, palette: { colors: [{ color: "#3060e0", weight: 1 }] } } },
    { version: 1, seed: 9 },
  ]);
});

test("stop_ends_the_run_and_is_no_error", async (t) => {
  const { page } = await embedded(t);
  const element = page.locator("composer-canvas");
  await element.evaluate((element) => element.setAttribute("steps", "1000"));
  const ended = element.evaluate((element) => new Promise((resolve) => {
    const canvas = /** @type {ComposerCanvas} */ (element);
    canvas.addEventListener("error", () => resolve("error"));
    canvas.addEventListener("progress", ({ detail }) => detail.type === "step" && detail.stage === "base" && canvas.shadowRoot?.querySelector("button")?.click());
    canvas.generate().then(() => resolve("result"), ({ code }) => resolve(code));
  }));
  assert.equal(await ended, "cancelled");
  assert.equal(await page.getByRole("button").innerText(), "Generate");
});

test("the_api_makes_a_picture_in_a_few_lines", async (t) => {
  const { page } = await embedded(t);
  const made = await page.evaluate(async () => {
    // @ts-ignore: an address of the site, not of this file
    const { Engine } = /** @type {typeof import("../../pkg/engine.d.ts")} */ (await import("/pkg/engine.js"));
    const engine = new Engine(new URL("models/tiny/", location.href).href, "cpu");
    const { width, height, png } = await engine.generate({ version: 1, seed: 7, steps: { base: 3 }, conditions: { caption: { text: "a red apple" } } });
    const recipe = await engine.readRecipe(png);
    engine.close();
    return { width, height, seed: recipe?.seed };
  });
  assert.deepEqual(made, { width: 256, height: 256, seed: 7 });
});
