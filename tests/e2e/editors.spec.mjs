// @ts-check
// Drawing and painting on the page: the large editor, and the palette's tools. Their arithmetic: editor-units.spec.mjs.

import assert from "node:assert/strict";
import test from "node:test";
import { toLch } from "../../www/controls/harmony.js";
import { decodePng } from "./png.mjs";
import { draw, drop, eventually, generate, openStudio, profile, saysUses, setSteps, site } from "./studio.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../www/types.d.ts").Recipe} Recipe */

const CANVAS = "#editor canvas";

/** What a reload would bring back. @param {Page} page @returns {Promise<Recipe>} */
const draft = (page) => page.evaluate(() => {
  // As when the page goes: what waits to be saved is saved.
  dispatchEvent(new Event("pagehide"));
  return JSON.parse(localStorage.getItem("composer-draft") ?? "{}").recipe;
});

/** A picture inside a recipe, place by place. @param {string | undefined} url */
function decoded(url = "") {
  const { width, rgb } = decodePng(Buffer.from(url.split(",")[1], "base64"));
  /** Red and green at a place of the model's 256. @param {number} x @param {number} y */
  return (x, y) => {
    const at = 3 * (Math.floor((y * width) / 256) * width + Math.floor((x * width) / 256));
    return [...rgb.slice(at, at + 2)];
  };
}

/** @param {Page} page @param {string} condition */
async function edit(page, condition) {
  await page.locator("#more").evaluate((fold) => fold.setAttribute("open", ""));
  await page.locator(`[data-condition=${condition}] .edit`).click();
  await page.locator("#editor[open]").waitFor();
  // The sheet is as large as the room for it from here on.
  await page.waitForFunction(() => /[1-9]/.test(document.querySelector("#editor [data-part=zoom]")?.textContent ?? ""));
}

/** A place of the sheet on the screen. @param {Page} page @param {[number, number]} place of the model's 256 */
async function at(page, [x, y]) {
  const box = await page.locator(CANVAS).boundingBox();
  assert.ok(box);
  const size = Math.min(box.width, box.height) - 32;
  return /** @type {const} */ ([box.x + (box.width - size) / 2 + (x / 256) * size, box.y + (box.height - size) / 2 + (y / 256) * size]);
}

/** @param {Page} page @param {[number, number][]} points */
async function paint(page, ...points) {
  await page.mouse.move(...(await at(page, points[0])));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...(await at(page, point)), { steps: 4 });
  await page.mouse.up();
}

/** Waits until the middle of the sheet is seen in a colour: a picture below it comes a moment later. @param {Page} page @param {"red" | "grey"} color */
async function sees(page, color) {
  const [x, y] = await at(page, [128, 128]);
  await page.waitForFunction(([x, y, color]) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#editor canvas"));
    const box = canvas.getBoundingClientRect();
    const into = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
    into.drawImage(canvas, -Math.floor((x - box.left) * (canvas.width / box.width)), -Math.floor((y - box.top) * (canvas.height / box.height)));
    const [red, , blue] = into.getImageData(0, 0, 1, 1).data;
    return color === "red" ? red > 180 && blue < 80 : red === blue;
  }, /** @type {const} */ ([x, y, color]));
}

/** A picture, dropped and taken apart. @param {Page} page @param {string} [color] */
async function add(page, color = "#d02020") {
  const bytes = await page.evaluate(async (color) => {
    const canvas = new OffscreenCanvas(64, 64);
    const into = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    into.fillStyle = "#2060f0";
    into.fillRect(0, 0, 64, 64);
    into.fillStyle = color;
    into.fillRect(16, 16, 32, 32);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())];
  }, color);
  await drop(page, "#shelf", Buffer.from(bytes));
  await page.locator(".picture[data-state=done]").waitFor();
}

const done = (/** @type {Page} */ page) => page.locator("#editor [data-act=done]").click();

/** Leaves the editor as a keyboard does, which keeps everything. @param {Page} page */
async function leave(page) {
  await page.keyboard.press("Escape");
  await page.locator("#editor").waitFor({ state: "hidden" });
}

/** The studio with a part of a picture as a condition, open in the editor. @param {import("node:test").TestContext} t @param {string} part @param {string} uses what the page says of it */
async function editingPart(t, part, uses) {
  const page = await openStudio(t, await profile(t), await site(t));
  await add(page);
  await page.locator(`.picture [data-part=${part}]`).click();
  await saysUses(page, uses);
  await edit(page, part);
  return page;
}

test("a_drawing_goes_into_the_editor_and_comes_back_as_one_step", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await draw(page, "#sketch", [[40, 40], [40, 216]]);
  await edit(page, "sketch");
  await paint(page, [120, 120], [200, 120]);
  await page.keyboard.press("l");
  await paint(page, [60, 200], [220, 200]);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+Shift+z");
  await leave(page);
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(40, 128)[0] < 60, "the pad's line is still there");
  assert.ok(sketch(160, 120)[0] < 60, "the editor's line has come");
  assert.ok(sketch(140, 200)[0] > 240, "what was taken back has not");
  await page.locator("#sketch-tools [data-act=undo]").click();
  const before = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(before(40, 128)[0] < 60 && before(160, 120)[0] > 240, "one undo on the page takes the whole edit back");
});

test("cancel_brings_back_what_was_there_and_unchanged_maps_stay_linked", async (t) => {
  const page = await editingPart(t, "depth", "From your depth. Everything else is free.");
  await leave(page);
  assert.deepEqual((await draft(page)).conditions.depth, { of: 1 }, "nothing was painted");
  await edit(page, "depth");
  await paint(page, [100, 100], [150, 150]);
  await page.locator("#editor [data-act=cancel]").click();
  assert.deepEqual((await draft(page)).conditions.depth, { of: 1 });

  // The page may be about to go: what is painted is safe already, and can still be cancelled.
  await edit(page, "depth");
  await paint(page, [100, 100], [150, 150]);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  assert.ok((await draft(page)).conditions.depth?.image);
  await page.locator("#editor [data-act=cancel]").click();
  assert.deepEqual((await draft(page)).conditions.depth, { of: 1 });

  await edit(page, "depth");
  await page.keyboard.press("b");
  await page.locator("#editor [data-set=shade]").fill("100");
  await page.locator("#editor [data-set=hardness]").fill("100");
  await paint(page, [100, 100], [150, 150]);
  await done(page);
  const { depth } = (await draft(page)).conditions;
  assert.equal(depth?.of, undefined, "an edited map is the visitor's own");
  assert.equal(decoded(depth?.image)(125, 125)[0], 255);
  assert.equal(await page.locator("#depth img").getAttribute("src"), depth?.image, "and shown");
  assert.equal(await page.locator(".picture [data-part=depth]").getAttribute("aria-pressed"), "false");
});

test("the_picture_shines_through_as_much_as_wanted", async (t) => {
  const page = await editingPart(t, "depth", "From your depth. Everything else is free.");
  assert.equal(await page.locator("#editor [data-part=below]").inputValue(), "1", "the picture it was taken from");
  await page.locator("#editor [data-part=onion]").fill("100");
  await sees(page, "red");
  await page.locator("#editor [data-part=onion]").fill("0");
  await sees(page, "grey");
  await leave(page);
  await edit(page, "sketch");
  await page.locator("#editor [data-part=below]").selectOption("1");
  await page.locator("#editor [data-part=onion]").fill("100");
  // Any picture can be traced.
  await sees(page, "red");
});

test("depth_and_things_are_painted_from_nothing_and_lead_a_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await edit(page, "depth");
  await page.keyboard.press("g");
  await page.locator("#editor [data-set=shade]").fill("40");
  await paint(page, [20, 20]);
  await page.keyboard.press("b");
  await page.locator("#editor [data-set=hardness]").fill("100");
  await page.locator("#editor [data-set=shade]").fill("90");
  await paint(page, [128, 128]);
  await page.keyboard.press("i");
  await paint(page, [20, 20]);
  assert.equal(await page.locator("#editor [data-set=shade]").inputValue(), "40", "picked up");
  await done(page);
  const depth = decoded((await draft(page)).conditions.depth?.image);
  assert.deepEqual([depth(20, 20)[0], depth(128, 128)[0]], [102, 230]);

  await edit(page, "instances");
  await page.getByRole("searchbox").fill("vehi");
  assert.equal(await page.locator("#editor [data-part=kinds] label:visible").count(), 1);
  await page.getByRole("radio", { name: "vehicle" }).check();
  await paint(page, [60, 60], [90, 60]);
  await page.keyboard.press("s");
  await paint(page, [75, 60]);
  await paint(page, [75, 60], [75, 180]);
  await page.locator("#editor [data-act=drop]").click();
  await done(page);
  const things = decoded((await draft(page)).conditions.instances?.image);
  const vehicle = 9 * 16 + 8;
  assert.deepEqual([things(75, 180)[0], things(75, 60)[0]], [vehicle, 8], "the thing has moved and left background");
  await setSteps(page);
  await generate(page);
});

test("what_may_change_is_painted_filled_and_inverted", async (t) => {
  const page = await editingPart(t, "masking", "From your part of a picture. Everything else is free.");
  const found = (await draft(page)).conditions.masking?.mask;
  await page.locator("#editor [data-act=clear]").click();
  await paint(page, [128, 128]);
  await page.locator("#editor [data-act=invert]").click();
  await done(page);
  // The veil is laid a moment later.
  await eventually(page, async (found) => {
    dispatchEvent(new Event("pagehide"));
    return JSON.parse(localStorage.getItem("composer-draft") ?? "{}").recipe.conditions.masking?.mask !== found;
  }, found);
  const { masking } = (await draft(page)).conditions;
  const mask = decoded(masking?.mask);
  assert.equal(masking?.of, 1, "the picture below stays what it is");
  assert.deepEqual([mask(128, 128)[0], mask(20, 20)[0]], [0, 255]);
});

test("soft_brushes_are_offered_where_the_engine_takes_something_between", async (t) => {
  const page = await editingPart(t, "masking", "From your part of a picture. Everything else is free.");
  const offered = () => page.locator("#editor .editor-slider:visible input[data-set]").evaluateAll((sliders) => sliders.map((slider) => /** @type {HTMLElement} */ (slider).dataset.set));
  assert.deepEqual(await offered(), ["size"], "a place of the mask may change, or it may not");
  await leave(page);
  await edit(page, "instances");
  assert.deepEqual(await offered(), ["size"], "kinds have no halves");
  await leave(page);
  await edit(page, "sketch");
  assert.deepEqual(await offered(), ["size", "hardness", "opacity"]);
  await page.locator("#editor [data-set=opacity]").fill("50");
  await paint(page, [40, 128], [200, 128]);
  await done(page);
  const grey = decoded((await draft(page)).conditions.sketch?.image)(128, 128)[0];
  assert.ok(grey > 110 && grey < 150, `half as dark comes to the engine as ${grey}`);
});

test("a_finger_draws_and_two_only_move_and_zoom", async (t) => {
  const [server, context] = [await site(t), await profile(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })];
  const page = await openStudio(t, context, server);
  await edit(page, "sketch");
  const dialog = await page.locator("#editor").boundingBox();
  assert.ok(dialog && dialog.width === 390 && dialog.height === 844, "on a phone it is the whole screen");
  const client = await context.newCDPSession(page);
  const touch = async (/** @type {string} */ type, /** @type {[number, number][]} */ ...places) => {
    const touchPoints = await Promise.all(places.map(async (place, id) => {
      const [x, y] = await at(page, place);
      return { x, y, id };
    }));
    await client.send("Input.dispatchTouchEvent", { type: /** @type {any} */ (type), touchPoints });
  };
  await touch("touchStart", [60, 128]);
  for (const x of [100, 140, 180]) await touch("touchMove", [x, 128]);
  await touch("touchEnd");
  const zoom = await page.locator("#editor [data-part=zoom]").innerText();
  await touch("touchStart", [100, 60]);
  await touch("touchStart", [100, 60], [150, 60]);
  for (const x of [170, 190, 210]) await touch("touchMove", [100 - (x - 150), 60], [x, 60]);
  await touch("touchEnd");
  await page.waitForFunction((zoom) => document.querySelector("#editor [data-part=zoom]")?.textContent !== zoom, zoom);
  await done(page);
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(140, 128)[0] < 60, "the finger's line");
  for (const x of [60, 80, 100, 120, 150]) assert.ok(sketch(x, 60)[0] > 240, "the pinch has left no mark");
});

test("zoomed_and_moved_the_brush_still_paints_where_it_points", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await edit(page, "sketch");
  const zoom = page.locator("#editor [data-part=zoom]");
  const fitted = await zoom.innerText();
  const [x, y] = await at(page, [64, 64]);
  await page.mouse.move(x, y);
  for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -200);
  await page.waitForFunction((fitted) => parseInt(document.querySelector("#editor [data-part=zoom]")?.textContent ?? "") > 2 * parseInt(fitted), fitted);
  // What is below the pointer stays there, and moves along when the sheet is moved.
  await page.keyboard.down("Space");
  await page.mouse.down();
  await page.mouse.move(x + 80, y + 40, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up("Space");
  await page.mouse.down({ button: "middle" });
  await page.mouse.move(x + 100, y + 40, { steps: 3 });
  await page.mouse.up({ button: "middle" });
  await page.mouse.down();
  await page.mouse.up();
  await page.keyboard.press("0");
  assert.equal(await zoom.innerText(), fitted);
  await leave(page);
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(64, 64)[0] < 60, "the dab");
  for (const place of [[70, 64], [64, 70], [80, 72], [128, 128]]) assert.ok(sketch(place[0], place[1])[0] > 240, "and nothing else");
});

test("everything_is_done_with_the_keyboard_alone", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("[data-condition=sketch] .edit").focus();
  await page.keyboard.press("Enter");
  await page.locator("#editor[open]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "CANVAS");
  await page.keyboard.press("]");
  await page.keyboard.press("Space");
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.keyboard.press("+");
  await page.keyboard.press("0");
  // From the canvas Tab reaches the settings, and back from it the tools.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.set), "size");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value), "brush");
  await leave(page);
  assert.ok(await page.locator("[data-condition=sketch] .edit").evaluate((button) => button === document.activeElement), "back where it was opened");
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(150, 128)[0] < 60 && sketch(100, 128)[0] > 240);
});

test("colours_are_picked_up_from_pictures_and_harmonised", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await context.addInitScript(() => void (/** @type {any} */ (window).EyeDropper = undefined));
  const page = await openStudio(t, context, server);
  await add(page);
  const pipette = page.locator("#palette [data-act=pipette]");
  await pipette.click();
  await page.locator(".picture .whole img").click();
  assert.deepEqual((await draft(page)).conditions.palette?.colors?.map(({ color }) => color), ["#d02020", "#ffffff"]);
  await pipette.click();
  await page.keyboard.press("Escape");
  await page.locator("#palette [data-act=harmony]").selectOption("complementary");
  const colors = (await draft(page)).conditions.palette?.colors ?? [];
  // The ground, which came with the first colour, is no part of the harmony.
  assert.deepEqual([colors.length, colors[2].color], [3, "#ffffff"]);
  assert.ok(Math.abs(toLch(colors[0].color).h - toLch(colors[1].color).h) > 170);
  await page.locator("#palette [data-act=back]").click();
  assert.equal((await draft(page)).conditions.palette?.colors?.length, 2);
  // A browser with an eyedropper of its own is asked first.
  await page.evaluate(() => void (/** @type {any} */ (window).EyeDropper = class {
    async open() {
      return { sRGBHex: "#123456" };
    }
  }));
  await pipette.click();
  await page.locator("#palette .swatches li").nth(1).waitFor();
  assert.equal((await draft(page)).conditions.palette?.colors?.[1].color, "#123456");
});

/** Opens the editor of a task's input with the keyboard, and paints a little. @param {Page} page @param {string} input */
async function paintInput(page, input) {
  const button = page.locator(`[data-input=${input}] .edit`);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.locator("#editor[open]").waitFor();
  const found = await page.locator("#editor").evaluate((dialog) => ({
    kind: dialog.dataset.kind,
    below: /** @type {HTMLSelectElement} */ (dialog.querySelector("[data-part=below]")).value,
    isEmpty: /** @type {HTMLButtonElement} */ (dialog.querySelector("[data-act=clear]")).disabled,
  }));
  await page.keyboard.press("Space");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  assert.ok(await button.evaluate((button) => button === document.activeElement), "back where it was opened");
  return found;
}

test("every_drawn_input_of_a_task_is_edited_large_over_its_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await page.locator("[data-task=reconfiguration]").click();
  await add(page);
  await page.locator("[data-input=image] .thumb").first().click();
  assert.deepEqual(await paintInput(page, "sketch"), { kind: "sketch", below: "1", isEmpty: true });
  assert.deepEqual(await paintInput(page, "instances"), { kind: "things", below: "1", isEmpty: false }, "it begins with the picture's things");
  assert.deepEqual(await paintInput(page, "depth"), { kind: "depth", below: "1", isEmpty: false });
  await page.locator("[data-input=sketch] .pad.drawn").waitFor();
  for (const input of ["instances", "depth"]) await page.locator(`[data-input=${input}] .thumb[aria-pressed=true][title="Painted by hand"]`).waitFor();
  assert.equal((await paintInput(page, "sketch")).isEmpty, false, "what is there is gone on from");
  await page.locator("[data-input=depth] .edit").click();
  await page.locator("#editor [data-act=clear]").click();
  await page.locator("#editor [data-act=cancel]").click();
  await page.locator("#open-in-studio").click();
  await page.locator("#uses", { hasText: "sketch, colours, things and depth" }).waitFor();
  const { sketch, instances, depth } = (await draft(page)).conditions;
  assert.ok(decoded(sketch?.image)(130, 128)[0] < 60);
  assert.equal(decoded(instances?.image)(130, 128)[0], 16 + 8, "the brush's first kind");
  assert.equal(decoded(depth?.image)(130, 128)[0], 204, "what a brush paints, and Cancel has kept");
});

test("a_task's_mask_is_painted_large_on_its_picture", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { mode: "tasks" });
  await page.locator("[data-task=inpainting]").click();
  assert.ok(await page.locator("[data-input=mask] .edit").isHidden(), "there is no picture yet");
  await add(page);
  await page.locator("[data-input=image] .thumb").first().click();
  assert.deepEqual(await paintInput(page, "mask"), { kind: "mask", below: "", isEmpty: true });
  await page.locator("[data-input=mask] .pad.drawn").waitFor();
  assert.equal((await paintInput(page, "mask")).isEmpty, false);
  await page.locator("#open-in-studio").click();
  await page.waitForFunction(() => document.querySelector("#masking")?.classList.contains("linked"));
  const { masking } = (await draft(page)).conditions;
  const mask = decoded(masking?.mask);
  assert.deepEqual([masking?.of, mask(130, 128)[0], mask(20, 20)[0]], [1, 255, 0]);
});
