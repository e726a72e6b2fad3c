// @ts-check
// Finished pictures: kept, found again, compared, copied, shared, and made one after the other.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import zlib from "node:zlib";
import { unzipSync, zipSync } from "../../www/vendor/fflate.js";
import { enlarged } from "../../www/gallery/resample.js";
import { carrier, jsonIn, linkOf } from "../../www/gallery/share.js";
import { cutOut } from "../../www/gallery/sticker.js";
import { decodePng, difference } from "./png.mjs";
import { drop, errorText, eventually, generate, openStudio, pictureDone, profile, reload, said, savedPng, saysUses, setSteps, site } from "./studio.mjs";

/** @typedef {import("playwright-core").Page} Page */

const RUN_LONG = { prior: 2, base: 1000, upsampler: 2 };

/** A picture that is none of ours and hardly compresses. @param {Page} page */
const noise = async (page) => Buffer.from(await page.evaluate(async () => {
  const canvas = new OffscreenCanvas(200, 200);
  const pixels = new ImageData(200, 200);
  for (let i = 0, seed = 1; i < pixels.data.length; i++) pixels.data[i] = i % 4 === 3 ? 255 : (seed = (seed * 48271) % 0x7fffffff) & 255;
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
}));

/** Makes a picture of each caption. @param {Page} page @param {string[]} captions */
async function make(page, ...captions) {
  await setSteps(page);
  for (const caption of captions) {
    await page.locator("#caption").fill(caption);
    await generate(page);
  }
}

/** @param {Page} page @param {string} tool */
async function useTool(page, tool) {
  await page.locator("#more-tools").click();
  await page.locator(`[data-tool=${tool}]`).click();
}

/** @param {Page} page @param {() => Promise<unknown>} act */
async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), bytes: await fs.promises.readFile(await download.path()) };
}

/** Waits until the picture of some words is the one that is looked at. @param {Page} page @param {string} caption */
const looksAt = (page, caption) => page.locator(`#result[alt="Made from: ${caption}"]`).waitFor();

/** @param {Page} page @param {number} count */
const tiles = (page, count) => page.waitForFunction((count) => document.querySelectorAll("#gallery .tiles li").length === count, count);

/** Until nothing is on its way to the device any more. @param {Page} page @param {number} count */
const kept = (page, count) => eventually(page, (count) => new Promise((done) => {
  const open = indexedDB.open("composer-gallery");
  open.onsuccess = () => {
    const ask = open.result.transaction("files").objectStore("files").count();
    ask.onsuccess = () => done(ask.result === count), open.result.close();
  };
}), count);

test("pictures_survive_a_reload_with_their_recipes", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple", "a blue house");
  const png = await savedPng(page);
  await kept(page, 2);
  await reload(page);
  await page.waitForFunction(() => document.querySelectorAll("#recents li").length === 2);
  await looksAt(page, "a blue house");
  assert.deepEqual(await savedPng(page), png, "to the byte");
  await page.locator("#recents li button").nth(1).click();
  await looksAt(page, "a red apple");
  await page.locator("#reuse").click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === "a red apple");
});

test("a_picture_of_an_earlier_visit_shows_its_steps_again_and_is_gone_on_from", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, { base: 4 });
  await page.locator("#caption").fill("a red apple");
  await generate(page);
  const [steps, again] = [page.locator("#way li"), page.getByRole("button", { name: "Show its steps" })];
  const looks = () => steps.locator("canvas").evaluateAll((all) => all.map((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()));
  const before = await looks();
  assert.equal(before.length, 3);
  assert.ok(await again.isHidden());
  // The engine takes up the whole of the same run again.
  await page.locator("#seed").fill("7");
  await page.locator("#lock").click();
  await generate(page);
  await generate(page);
  assert.equal(await steps.count(), 3, "the second time, too");

  await kept(page, 3);
  await reload(page);
  await page.waitForFunction(() => document.querySelectorAll("#recents li").length === 3);
  await page.locator("#recents button").nth(2).click();
  await looksAt(page, "a red apple");
  const png = await savedPng(page);
  await page.locator("#caption").fill("something else");
  await generate(page, { act: () => again.click() });
  await steps.first().waitFor();
  assert.deepEqual(await looks(), before, "the very steps");
  assert.equal(await page.locator("#recents li").count(), 3, "it is no further picture");
  assert.deepEqual(await savedPng(page), png);
  assert.equal(await page.locator("#caption").inputValue(), "something else", "the inputs stay");
  await page.getByRole("button", { name: "Go on from step 2 of 4" }).click();
  assert.match(await page.locator("#branch").innerText(), /^Goes on from step 2\./);
});

test("the_gallery_finds_deletes_and_brings_back", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple", "a blue house", "a green apple");
  await page.locator("#open-gallery").click();
  await tiles(page, 3);
  await page.locator("#gallery-search").fill("apple red");
  await tiles(page, 1);
  assert.equal(await page.locator(".tile-name").textContent(), "a red apple");
  await page.locator("#gallery-search").fill("zebra");
  await page.locator("#gallery-empty").waitFor();
  await page.locator("#gallery-search").fill("");
  await page.getByRole("checkbox", { name: /a red apple/ }).check();
  await page.getByRole("checkbox", { name: /a blue house/ }).check();
  await page.getByRole("checkbox", { name: /a blue house/ }).press("Space");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("#gallery-count").innerText(), "2 chosen", "what is chosen by keyboard keeps the focus");
  await page.locator("#gallery [data-act=delete]").click();
  await tiles(page, 1);
  await page.locator("#notices").getByRole("button", { name: "Undo" }).press("Enter");
  await tiles(page, 3);
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""), /^Show a green apple/, "where it was before Undo");
  await page.getByRole("button", { name: /^Show a green apple/ }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Delete");
  await tiles(page, 2);
  assert.deepEqual(await page.locator(".tile-name").allInnerTexts(), ["a green apple", "a red apple"]);
  // The message goes, the page goes: now it is gone for good.
  await kept(page, 3);
  await reload(page);
  await page.waitForFunction(() => document.querySelectorAll("#recents li").length === 2);
  await kept(page, 2);
});

test("a_deleted_picture_is_out_of_sight_until_it_comes_back", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  await useTool(page, "delete");
  await page.locator("#result").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#result-tools").isHidden());
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await looksAt(page, "a red apple");
});

test("two_pictures_are_compared_by_pointer_and_by_keyboard", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple", "a blue house");
  await useTool(page, "compare");
  assert.match(await page.locator("#gallery-note").innerText(), /second picture/);
  assert.ok(await page.locator("#gallery [data-act=compare]").isDisabled());
  await page.getByRole("checkbox", { name: /a red apple/ }).check();
  await page.locator("#gallery [data-act=compare]").click();
  const slider = page.locator("#compare-slider");
  await slider.waitFor();
  const seen = () => page.locator(".compare-frame img").first().evaluate((image) => parseFloat(getComputedStyle(image).clipPath.split(" ")[1]) || 0);
  const before = await slider.inputValue();
  await page.keyboard.press("ArrowRight");
  assert.ok(Number(await slider.inputValue()) > Number(before), "the slider has the keyboard at once");
  const box = await slider.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + box.width * 0.25, box.y + box.height * 0.8);
  assert.ok(Math.abs(Number(await slider.inputValue()) - 25) < 2, "the line goes to where the pointer is");
  const quarter = await seen();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.getElementById("compare-slider")?.getAttribute("aria-valuetext") === "100 % of the left picture");
  assert.notEqual(await seen(), quarter);
  await page.keyboard.press("Escape");
  await page.locator("#compare").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#gallery").isVisible());
});

test("a_menu_offers_the_same_picture_as_other_files", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  const whole = await savedPng(page);
  const plain = await downloaded(page, () => useTool(page, "plain"));
  assert.match(plain.name, /^a-red-apple-\d+-picture\.png$/);
  assert.ok(whole.includes("composer-recipe") && !plain.bytes.includes("composer-recipe"));
  assert.equal(difference(plain.bytes, whole).most, 0);
  const { width } = decodePng(whole);
  assert.equal(decodePng((await downloaded(page, () => useTool(page, "quadruple"))).bytes).width, 4 * width);

  // By keyboard: down from the button opens, End leads to the last, Escape leaves the picture alone. There is no other to compare with.
  const on = (/** @type {string} */ tool) => page.locator(`[data-tool=${tool}]:focus`).waitFor();
  await page.locator("#more-tools").press("ArrowDown");
  await on("copy");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowUp");
  await on("plain");
  await page.keyboard.press("Escape");
  await page.locator("#more-tools:focus").waitFor();
  assert.ok(await page.locator("#more-menu").isHidden());
  await page.keyboard.press("Enter");
  await on("copy");
  await page.keyboard.press("End");
  await on("delete");
  await page.keyboard.press("Enter");
  await said(page, /deleted/);
  assert.ok(await page.locator("#recents").isHidden());
});

test("a_sticker_is_saved_without_its_background", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  // Outside the hole a disc on white stays as it is, whatever the model paints.
  const disc = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 256, height: 256 });
    const into = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const shape = (/** @type {string} */ color, /** @type {number} */ radius, /** @type {string} */ ground) => {
      into.fillStyle = ground;
      into.fillRect(0, 0, 256, 256);
      into.fillStyle = color;
      into.beginPath();
      into.arc(128, 128, radius, 0, 7);
      into.fill();
      return canvas.toDataURL("image/png");
    };
    return { image: shape("#c02020", 90, "#fff"), mask: shape("#fff", 12, "#000") };
  });
  const recipe = { version: 1, seed: 7, conditions: { masking: disc } };
  await page.evaluate((hash) => void (location.hash = hash), new URL(/** @type {string} */ (await linkOf(/** @type {any} */ (recipe), server.url))).hash);
  await said(page, /link/i);
  await setSteps(page);
  await generate(page);
  const file = await downloaded(page, () => useTool(page, "sticker"));
  assert.match(file.name, /sticker\.png$/);
  const { width, alpha } = decodePng(file.bytes);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => alpha[y * width + x];
  assert.deepEqual([at(0, 0), at(255, 255), at(128, 10)], [0, 0, 0], "no background");
  assert.deepEqual([at(128, 60), at(60, 128), at(190, 128)], [255, 255, 255], "the whole disc");
});

test("copying_works_and_a_refusal_says_what_to_do", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  await useTool(page, "copy");
  await said(page, /on the clipboard/);
  assert.deepEqual(await page.evaluate(async () => (await navigator.clipboard.read())[0].types), ["image/png"]);
  await page.evaluate(() => Object.defineProperty(navigator.clipboard, "write", { value: () => Promise.reject(new DOMException("no", "NotAllowedError")) }));
  await useTool(page, "copy");
  assert.match(await errorText(page), /Save it as PNG instead/);
});

test("a_link_brings_the_inputs_to_another_browser", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.origin });
  const page = await openStudio(t, context, server);
  await page.locator("#seed").fill("4711");
  await page.locator("#palette [data-act=add]").click();
  await make(page, "ein schöner Apfel 🍎");
  await useTool(page, "link");
  await said(page, /link is on the clipboard/);
  const link = await page.evaluate(() => navigator.clipboard.readText());

  const other = await openStudio(t, await profile(t), server);
  await other.locator("#caption").fill("my own words");
  // As a link that somebody opens in a tab where the page is already.
  await other.evaluate((hash) => void (location.hash = hash), new URL(link).hash);
  await said(other, /of the link are here/);
  assert.equal(await other.locator("#caption").inputValue(), "ein schöner Apfel 🍎");
  assert.equal(await other.locator("#seed").inputValue(), "4711");
  assert.equal(await other.locator(".swatches li").count(), 2);
  assert.equal(await other.evaluate(() => location.hash), "", "a reload must not undo what is changed now");
  await other.getByRole("button", { name: "Undo", exact: true }).last().click();
  await other.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === "my own words");
  // And as the first address of a visit.
  const third = await openStudio(t, await profile(t), server, { query: `?backend=cpu&model=tests-tiny/${new URL(link).hash}` });
  await said(third, /of the link are here/);
});

test("a_hostile_or_broken_link_changes_nothing", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("my own words");
  const packed = (/** @type {string | Buffer} */ text) => `#r=${zlib.deflateRawSync(text).toString("base64url")}`;
  const recipe = { version: 1, seed: 1, guidance: 2, sampler: "ddim", steps: { prior: 2, base: 3, upsampler: 2 }, conditions: {} };
  for (const [hash, why] of /** @type {[string, RegExp][]} */ ([
    ["#r=%%%", /not complete/],
    ["#r=AAAA", /not complete/],
    [packed("no json"), /recipe/i],
    [packed("null"), /recipe/i],
    [packed(JSON.stringify({ ...recipe, seed: "one" })), /seed/],
    [packed(JSON.stringify({ ...recipe, conditions: { caption: { text: 7 } } })), /caption/],
    [packed(JSON.stringify({ ...recipe, images: ["https://example.com/a.png"] })), /picture/],
    [packed(JSON.stringify({ ...recipe, images: ["data:image/png;base64,AAAA"] })), /undamaged/],
    [packed(Buffer.alloc(50e6)), /longer than any/],
    [`#r=${"A".repeat(300_000)}`, /longer than any/],
  ])) {
    await page.evaluate((hash) => {
      /** @type {HTMLElement} */ (document.getElementById("alert")).hidden = true;
      location.hash = hash;
    }, hash);
    const text = await errorText(page);
    assert.match(text, why);
    assert.match(text, /Your inputs are as they were/);
    assert.equal(await page.locator("#caption").inputValue(), "my own words");
  }
  await setSteps(page);
  await generate(page);
});

test("inputs_too_large_for_a_link_are_offered_as_a_png", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#more > summary").click();
  await drop(page, "[data-drop=intensity]", await noise(page));
  await saysUses(page, "From your light and shade. Everything else is free.");
  await make(page, "a red apple");
  await useTool(page, "link");
  await said(page, /too much for a link/);
  const { bytes } = await downloaded(page, () => page.locator("#notices").getByRole("button", { name: "Save PNG" }).click());
  assert.ok(bytes.includes("composer-recipe"));
});

test("a_zip_takes_the_gallery_elsewhere_and_takes_in_only_pictures_of_ours", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple", "a red apple");
  await page.locator("#open-gallery").click();
  const { name, bytes } = await downloaded(page, () => page.getByRole("button", { name: "Save all as zip" }).click());
  assert.equal(name, "composer-gallery.zip");
  const files = unzipSync(bytes);
  assert.equal(Object.keys(files).length, 2);
  assert.ok(Object.values(files).every((file) => Buffer.from(file).includes("composer-recipe")));

  const other = await openStudio(t, await profile(t), server);
  await drop(other, "body", bytes, "gallery.zip");
  await said(other, /^2 pictures are new in the gallery\.$/);
  const [first] = Object.entries(files);
  const mixed = zipSync({ [first[0]]: first[1], "notes.txt": Buffer.from("hello"), "foreign.png": await noise(page), "bomb.png": new Uint8Array(60e6), "folder/": new Uint8Array() }, { level: 9 });
  await drop(other, "body", mixed, "mixed.zip");
  await said(other, /^0 pictures are new in the gallery\. 1 was here already\. 3 files were left out/);
  await other.locator("#notices .close").click();
  await drop(other, "body", Buffer.concat([mixed.subarray(0, 40), Buffer.alloc(400, 7)]), "broken.zip");
  await said(other, /damaged|0 pictures are new/);
  await other.locator("#open-gallery").click();
  await tiles(other, 2);
  await other.locator(".tile-open").first().click();
  await looksAt(other, "a red apple");
  const saved = await savedPng(other);
  assert.ok(Object.values(files).some((file) => saved.equals(file)), "to the byte");
});

test("without_a_database_pictures_live_in_memory_and_one_sentence_says_so", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await context.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  await said(page, /does not keep pictures .* Save those you like/);
  await page.locator("#caption").fill("a blue house");
  await page.locator("#notices .close").click();
  await generate(page);
  await page.locator("#open-gallery").click();
  await tiles(page, 2);
  await page.getByRole("button", { name: /^Show a red apple/ }).click();
  await looksAt(page, "a red apple");
  assert.equal(await page.locator("#notices p").count(), 0, "once is enough");
});

test("a_full_device_costs_no_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await context.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  await said(page, /no room left .* delete some/);
  await useTool(page, "delete");
  await page.locator("#notices").getByRole("button", { name: "Undo" }).click();
  await page.locator("#recents button").first().click();
  assert.ok((await savedPng(page)).includes("composer-recipe"));
});

test("queued_runs_follow_with_the_inputs_they_were_queued_with", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page, RUN_LONG);
  await page.locator("#caption").fill("the first");
  await page.locator("#go").click();
  await page.locator("#queue-add").waitFor();
  await setSteps(page);
  for (const caption of ["the second", "the third", "the fourth"]) {
    await page.locator("#caption").fill(caption);
    await page.locator("#queue-add").click();
  }
  await page.locator("#caption").fill("not asked for");
  await page.waitForFunction(() => document.querySelectorAll("#queued li").length === 3);
  assert.equal(await page.locator("#queue-add").innerText(), "Add to queue (3)");
  await page.getByRole("button", { name: "Take off the queue: the third" }).click();
  assert.equal(await page.locator("#queued li").count(), 2);
  // Leaving now would lose the run; the browser asks.
  assert.ok(await page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true }))));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelectorAll("#recents li").length === 2);
  await pictureDone(page);
  const names = await page.locator("#recents button").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
  assert.match(names.join(), /the fourth.*the second/);
  assert.ok(await page.locator("#queue-add").isHidden() && await page.locator("#queued").isHidden());
  assert.ok(await page.evaluate(() => dispatchEvent(new Event("beforeunload", { cancelable: true }))), "nothing to lose any more");
});

test("an_older_picture_can_be_looked_at_during_a_run", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await make(page, "a red apple");
  await setSteps(page, RUN_LONG);
  await page.locator("#go").click();
  await page.locator("#stage[data-state=forming]").waitFor();
  await page.locator("#recents button").first().click();
  await page.locator("#to-run").click();
  assert.equal(await page.locator("#stage").getAttribute("data-state"), "forming");
  await page.keyboard.press("Escape");
  await page.locator("#stage[data-state=stopped]").waitFor();
  await page.locator("#recents button").first().click();
  await looksAt(page, "a red apple");
});

// Pixels, without a browser

/** Opaque pixels from a colour for each place. @param {(x: number, y: number) => number[]} color */
function painted(color, side = 256) {
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let i = 0; i < side * side; i++) data.set(color(i % side, Math.floor(i / side)), i * 4);
  return { width: side, height: side, data };
}

/** How much of a disc of some radius covers a pixel. @param {number} x @param {number} y @param {number} radius */
const disc = (x, y, radius) => Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - 127.5, y - 127.5)));
/** @param {number[]} over @param {number[]} under @param {number} share */
const mixed = (over, under, share) => over.map((value, c) => value * share + under[c] * (1 - share));
const [WHITE, RED] = [[255, 255, 255], [200, 30, 40]];

test("a_sticker_has_clean_soft_edges_and_keeps_what_is_inside", () => {
  // A red disc with a white eye, on white.
  const picture = painted((x, y) => mixed(WHITE, mixed(RED, WHITE, disc(x, y, 80)), disc(x, y, 20)));
  const cut = cutOut(picture);
  assert.ok(cut);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => [...cut.subarray((y * 256 + x) * 4, (y * 256 + x) * 4 + 4)];
  assert.deepEqual(at(3, 3), [0, 0, 0, 0], "nothing of the background stays, not even its colour");
  assert.deepEqual(at(128, 70), [...RED, 255]);
  assert.deepEqual(at(128, 128), [...WHITE, 255], "the eye cannot be reached from the border");
  let soft = 0;
  for (let i = 0; i < 256 * 256; i++) {
    const [r, g, b, alpha] = cut.subarray(i * 4, i * 4 + 4);
    const [x, y] = [i % 256, Math.floor(i / 256)];
    if (Math.abs(Math.hypot(x - 127.5, y - 127.5) - 80) > 3) continue;
    assert.ok(Math.abs(alpha / 255 - disc(x, y, 80)) < 0.12, `alpha ${alpha} at ${x}, ${y}`);
    if (alpha === 0 || alpha === 255) continue;
    soft++;
    assert.ok(Math.max(Math.abs(r - RED[0]), Math.abs(g - RED[1]), Math.abs(b - RED[2])) < 30, `a pale rim: ${r}, ${g}, ${b}`);
  }
  assert.ok(soft > 200, "the whole edge is soft");
});

test("known_things_are_not_eaten_into_and_their_holes_are_found", () => {
  // A white body that reaches the white ground through its open outline, and a red ring whose middle shows the ground.
  const body = (/** @type {number} */ x, /** @type {number} */ y) => Math.hypot(x - 127.5, y - 127.5) < 80;
  const outline = (/** @type {number} */ x, /** @type {number} */ y) => Math.abs(Math.hypot(x - 127.5, y - 127.5) - 80) < 3 && x < 200;
  const open = painted((x, y) => (outline(x, y) ? RED : WHITE));
  const map = Uint8Array.from({ length: 4096 }, (_, i) => Number(body((i % 64) * 4 + 2, Math.floor(i / 64) * 4 + 2)));
  const middle = (128 * 256 + 128) * 4 + 3;
  assert.equal(cutOut(open)?.[middle], 0, "colours alone cannot know better");
  assert.equal(cutOut(open, map)?.[middle], 255);

  const ring = painted((x, y) => mixed(WHITE, mixed(RED, WHITE, disc(x, y, 80)), disc(x, y, 40)));
  const ringMap = map.map((is, i) => (Math.hypot((i % 64) - 31.5, Math.floor(i / 64) - 31.5) < 10 ? 0 : is));
  assert.equal(cutOut(ring)?.[middle], 255);
  assert.equal(cutOut(ring, ringMap)?.[middle], 0);
});

test("where_nothing_or_everything_would_go_there_is_no_sticker", () => {
  assert.equal(cutOut(painted(() => WHITE)), undefined);
  const wild = painted((x, y) => (x % 2 === y % 2 ? [0, 0, 0] : WHITE));
  assert.equal(cutOut(wild), undefined);
  // There only what is known to be a thing stays.
  const map = Uint8Array.from({ length: 4096 }, (_, i) => Number(i % 64 < 32));
  const cut = cutOut(wild, map);
  assert.equal(cut?.[(128 * 256 + 30) * 4 + 3], 255);
  assert.equal(cut?.[(128 * 256 + 220) * 4 + 3], 0);
});

test("a_larger_copy_is_smooth_and_keeps_flat_colours", () => {
  const flat = enlarged(painted(() => RED, 8), 4);
  assert.deepEqual([flat.width, flat.height], [32, 32]);
  for (let i = 0; i < flat.data.length; i += 4) assert.deepEqual([...flat.data.subarray(i, i + 4)], [...RED, 255]);
  const slope = enlarged(painted((x) => [x * 16, x * 16, x * 16], 16), 2);
  const row = Array.from({ length: 20 }, (_, x) => slope.data[(16 * 32 + x + 6) * 4]);
  assert.ok(row.every((value, x) => x === 0 || Math.abs(value - row[x - 1] - 8) <= 2), `no steps: ${row}`);
});

test("a_recipe_comes_back_out_of_its_link", async () => {
  const recipe = /** @type {any} */ ({ version: 1, seed: 7, conditions: { caption: { text: "née Äpfel 🍎" } } });
  const link = await linkOf(recipe, "https://host.test/studio/?backend=cpu&model=other/#old");
  assert.ok(link);
  assert.ok(link.startsWith("https://host.test/studio/?model=other%2F#r="), link);
  assert.deepEqual(JSON.parse(await jsonIn(new URL(link).hash)), recipe);
  const incompressible = Buffer.from(Float64Array.from({ length: 8000 }, (_, i) => Math.sin(i * i)).buffer).toString("base64");
  assert.equal(await linkOf({ ...recipe, images: [incompressible] }, "https://host.test/"), undefined);
  assert.ok(Buffer.from(carrier("{}")).includes("composer-recipe"));
});
