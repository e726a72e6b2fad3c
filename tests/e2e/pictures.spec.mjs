// @ts-check
// The browser's picture is the native program's picture, whichever backend makes it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { DEFAULT_MODEL, ROOT, TINY, generate, openStudio, profile, restore, savedPng, site } from "./studio.mjs";
import { contrast, difference } from "./png.mjs";

const NATIVE = process.env.COMPOSER_NATIVE ?? path.join(ROOT, "target/release/composer");
/**
 * In steps of 1/255. The same arithmetic runs on both sides, in another order of additions; a sampling loop carries such
 * differences along, so single pixels at an edge may move further than the mean.
 */
const NEAR = { mean: 0.5, most: 12 };

/** Draws a condition picture in the page, where there is a canvas. @param {import("playwright-core").Page} page @param {string} kind */
const picture = (page, kind) => page.evaluate((kind) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 256, height: 256 });
  const into = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const fill = (/** @type {string | CanvasGradient} */ style, /** @type {[number, number, number, number]} */ box) => {
    into.fillStyle = style;
    into.fillRect(...box);
  };
  fill(kind === "mask" ? "#000" : "#fff", [0, 0, 256, 256]);
  if (kind === "mask") fill("#fff", [64, 64, 128, 128]);
  if (kind === "sketch") {
    into.lineWidth = 4;
    into.beginPath();
    into.arc(128, 128, 80, 0, 7);
    into.stroke();
  }
  if (kind === "photo") {
    const ramp = into.createLinearGradient(0, 0, 256, 256);
    ramp.addColorStop(0, "#20407f");
    ramp.addColorStop(0.6, "#d0a040");
    ramp.addColorStop(1, "#f0f0f0");
    fill(ramp, [0, 0, 256, 256]);
  }
  return canvas.toDataURL("image/png");
}, kind);

/**
 * The native CPU picture of a recipe; it carries the recipe, so dropping it on the page asks for the same.
 * @param {import("node:test").TestContext} t @param {string} model @param {object} recipe
 */
function native(t, model, recipe) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "composer-e2e-"));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const [input, output] = [path.join(folder, "recipe.json"), path.join(folder, "out.png")];
  fs.writeFileSync(input, JSON.stringify(recipe));
  execFileSync(NATIVE, ["generate", "--model", model, "--backend", "cpu", "--recipe", input, "--output", output], { stdio: "pipe" });
  return fs.readFileSync(output);
}

/** @param {import("playwright-core").Page} page @param {Uint8Array} png */
async function remake(page, png) {
  await restore(page, png);
  await generate(page);
  return savedPng(page);
}

/** @param {Uint8Array} ours @param {Uint8Array} theirs */
function assertNear(ours, theirs) {
  const { mean, most } = difference(ours, theirs);
  assert.ok(mean <= NEAR.mean && most <= NEAR.most, `differs by ${mean.toFixed(3)} on average and ${most} at most`);
  assert.ok(contrast(ours) > 2, "the picture shows something");
}

const short = { version: 1, seed: 7, guidance: 3, sampler: "dpm++2m", steps: { prior: 4, base: 6, upsampler: 3 } };

test("the_CPU_in_the_browser_paints_what_the_CPU_natively_paints", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { query: "?backend=cpu" });
  const conditions = { caption: { text: "a red apple" }, palette: { colors: [{ color: "#d02020", weight: 0.7 }, { color: "#f0f0f0", weight: 0.3 }] }, sketch: { image: await picture(page, "sketch") } };
  const theirs = native(t, DEFAULT_MODEL, { ...short, conditions });
  assertNear(await remake(page, theirs), theirs);
});

test("every_condition_means_the_same_in_the_browser_and_natively", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const conditions = {
    caption: { text: "a red apple", weight: 0.8 },
    palette: { colors: [{ color: "#d02020", weight: 0.7 }, { color: "#f0f0f0", weight: 0.3 }], end: 0.5 },
    sketch: { image: await picture(page, "sketch"), start: 0.25 },
    intensity: { image: await picture(page, "photo"), weight: 0.5 },
    masking: { image: await picture(page, "photo"), mask: await picture(page, "mask") },
    semantics: { of: 1, weight: 0.7 },
    instances: { of: 1 },
    depth: { of: 1, end: 0.8 },
  };
  const images = [await picture(page, "photo")];
  for (const sampler of ["dpm++2m", "ddim"]) {
    const theirs = native(t, TINY, { ...short, sampler, images, conditions });
    assertNear(await remake(page, theirs), theirs);
  }
});

test("WebGPU_paints_what_the_CPU_paints", async (t) => {
  const [server, context] = [await site(t), await profile(t, { gpu: true })];
  const page = await openStudio(t, context, server, { query: "?backend=webgpu&model=tests-tiny/" });
  assert.match(await page.locator("#backend-line").innerText(), /^Runs on WebGPU \(.+\): /);
  const [photo, sketch] = [await picture(page, "photo"), await picture(page, "sketch")];
  const words = { caption: { text: "a red apple" }, palette: { colors: [{ color: "#2040d0", weight: 1 }] }, sketch: { image: sketch } };
  const found = { semantics: { of: 1 }, sketch: { of: 1 }, instances: { of: 1 }, depth: { of: 1 }, intensity: { of: 1 } };
  for (const recipe of [{ conditions: words }, { images: [photo], conditions: found }]) {
    const theirs = native(t, TINY, { ...short, steps: { prior: 2, base: 3, upsampler: 2 }, ...recipe });
    assertNear(await remake(page, theirs), theirs);
  }
});
