// @ts-check
// Drawing and painting: the large editor's arithmetic without a browser, then the editor and the palette on the page.

import assert from "node:assert/strict";
import test from "node:test";
import { harmonised, toHex, toLch } from "../../www/controls/harmony.js";
import { curve, dab } from "../../www/editor/brush.js";
import { flood, inside } from "../../www/editor/fill.js";
import { History } from "../../www/editor/history.js";
import { KINDS } from "../../www/editor/kinds.js";
import { Pen } from "../../www/editor/pen.js";
import { Raster } from "../../www/editor/raster.js";
import { Sheet } from "../../www/editor/sheet.js";
import { Viewport } from "../../www/editor/viewport.js";
import en from "../../www/languages/en.js";
import de from "../../www/languages/de.js";
import { decodePng } from "./png.mjs";
import { draw, drop, generate, openStudio, profile, setSteps, site } from "./studio.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../../www/types.d.ts").Recipe} Recipe */

// Without a browser

const sum = (/** @type {Uint8Array} */ values) => values.reduce((total, value) => total + value, 0);

test("a_soft_brush_fades_and_a_hard_one_does_not", () => {
  const spot = { x: 16, y: 16, width: 16 };
  const [hard, soft] = [1, 0].map((hardness) => {
    const coverage = new Uint8Array(32 * 32);
    dab(coverage, 32, spot, spot, hardness);
    return coverage;
  });
  assert.equal(hard[16 * 32 + 16], 255);
  assert.equal(hard[16 * 32 + 22], 255, "inside, a hard brush covers fully");
  assert.equal(hard[16 * 32 + 26], 0, "outside, not at all");
  assert.ok(soft[16 * 32 + 22] > 0 && soft[16 * 32 + 22] < 80);
  assert.ok(Math.abs(sum(hard) / 255 - Math.PI * 64) < 8, "a disc has the area of a disc");
});

test("a_stroke_over_itself_covers_no_more", () => {
  const [once, twice] = [new Uint8Array(32 * 32), new Uint8Array(32 * 32)];
  const [from, to] = [{ x: 6, y: 16, width: 9 }, { x: 26, y: 16, width: 9 }];
  dab(once, 32, from, to, 0.3);
  dab(twice, 32, from, to, 0.3);
  dab(twice, 32, to, from, 0.3);
  assert.deepEqual(once, twice);
});

test("curves_join_where_they_end", () => {
  const spots = [[0, 0], [10, 0], [10, 10], [0, 10]].map(([x, y]) => ({ x, y, width: 2 }));
  assert.deepEqual(curve(spots[0], spots[1], spots[2]).at(-1), curve(spots[1], spots[2], spots[3])[0]);
});

test("a_fill_stops_at_lines_and_finds_its_way_around_corners", () => {
  const map = ["......", ".####.", ".#..#.", ".#.##.", ".###..", "......"].map((row) => [...row].map((place) => (place === "#" ? 200 : 0)));
  const values = Uint8Array.from(map.flat());
  const outer = flood(values, 6, 0, 0, 10);
  assert.equal(sum(outer), values.filter((value) => value === 0).length - 3);
  assert.equal(outer[2 * 6 + 2], 0, "the room in the middle is closed");
  assert.equal(sum(flood(values, 6, 2, 2, 10)), 3);
  assert.equal(sum(flood(values, 6, 0, 0, 200)), 36, "with so much tolerance lines are no obstacle");
});

test("an_outline_holds_the_places_whose_middle_is_inside", () => {
  const mask = inside([{ x: 2, y: 2 }, { x: 6, y: 2 }, { x: 6, y: 5 }, { x: 2, y: 5 }], 8);
  assert.equal(sum(mask), 12);
  assert.equal(mask[2 * 8 + 2] && mask[4 * 8 + 5], 1);
  assert.equal(sum(inside([{ x: -9, y: -9 }, { x: 99, y: -9 }, { x: 99, y: 99 }, { x: -9, y: 99 }], 8)), 64, "beyond the edge there is nothing to hold");
});

test("undo_and_redo_restore_every_byte_and_keep_only_what_changed", () => {
  const raster = new Raster(128, 2);
  const history = new History(raster);
  const states = [raster.copy()];
  for (const [plane, at, value] of [[0, 5, 9], [1, 9000, 7], [0, 5, 200]]) {
    const before = raster.copy();
    raster.planes[plane][at] = value;
    assert.ok(history.remember(before));
    states.push(raster.copy());
  }
  assert.equal(history.bytes, 3 * 32 * 32, "one tile for each step");
  assert.ok(!history.remember(raster.copy()), "nothing has changed: no step");
  for (const state of states.slice(0, -1).reverse()) {
    history.undo();
    assert.deepEqual(raster.planes, state.planes);
  }
  assert.ok(!history.canUndo);
  for (const state of states.slice(1)) {
    history.redo();
    assert.deepEqual(raster.planes, state.planes);
  }
});

test("history_lets_the_oldest_steps_go_before_it_takes_too_much", () => {
  const raster = new Raster(64, 1);
  const history = new History(raster, 4 * 32 * 32);
  for (let i = 1; i <= 10; i++) {
    const before = raster.copy();
    raster.planes[0][0] = i;
    history.remember(before);
  }
  assert.ok(history.bytes <= 4 * 32 * 32);
  while (history.canUndo) history.undo();
  assert.equal(raster.planes[0][0], 6, "the last four can be taken back");
});

/** @param {import("../../www/editor/kinds.js").KindId} id */
function sheetOf(id) {
  const kind = KINDS[id];
  const sheet = new Sheet(kind, new Raster(kind.side, kind.planes), () => {});
  return { sheet, pen: new Pen(sheet, () => {}) };
}

/** @param {Pen} pen @param {[number, number][]} points */
function stroke(pen, ...points) {
  points.forEach(([x, y], i) => (i ? pen.move({ x, y }) : pen.press({ x, y })));
  pen.lift();
}

/** The kind at a place of the model's 256. @param {Sheet} sheet @param {number} x @param {number} y */
const kindAt = (sheet, x, y) => sheet.raster.planes[0][Math.floor(y / 4) * 64 + Math.floor(x / 4)];

test("two_things_of_one_kind_side_by_side_stay_two", () => {
  const { sheet, pen } = sheetOf("things");
  pen.size = 40;
  pen.value = 2;
  stroke(pen, [60, 60]);
  stroke(pen, [160, 60]);
  pen.tool = "lasso";
  stroke(pen, [60, 60]);
  pen.nudge(60, 0);
  sheet.drop();
  assert.equal(kindAt(sheet, 60, 60), 0, "where it was, there is what was around it");
  assert.equal(kindAt(sheet, 120, 60), 2);
  stroke(pen, [120, 60]);
  pen.nudge(0, 100);
  sheet.drop();
  assert.equal(kindAt(sheet, 120, 160), 2, "the moved one is taken again");
  assert.equal(kindAt(sheet, 160, 60), 2, "and its neighbour stays");
  assert.equal(kindAt(sheet, 160, 160), 0);
});

test("a_piece_is_moved_turned_mirrored_and_put_back_in_one_step", () => {
  const { sheet, pen } = sheetOf("mask");
  pen.tool = "line";
  pen.size = 6;
  stroke(pen, [40, 40], [80, 40]);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => sheet.raster.planes[0][y * 256 + x];
  assert.deepEqual([at(60, 40), at(60, 20)], [255, 0]);
  pen.tool = "lasso";
  stroke(pen, [30, 30], [90, 30], [90, 50], [30, 50]);
  pen.turn(Math.PI / 2);
  sheet.drop();
  assert.deepEqual([at(60, 20 + 5), at(60, 40), at(78, 40)], [255, 255, 0], "it stands upright");
  sheet.undo();
  assert.deepEqual([at(60, 25), at(78, 40)], [0, 255]);
  pen.tool = "lasso";
  stroke(pen, [30, 30], [60, 30], [60, 50], [30, 50]);
  sheet.remove();
  assert.deepEqual([at(50, 40), at(70, 40)], [0, 255], "a deleted piece leaves the rest");
  sheet.undo();
  stroke(pen, [30, 30], [90, 30], [90, 50], [30, 50]);
  sheet.undo();
  assert.ok(!sheet.float && at(50, 40) === 255, "undo puts a held piece back first");
});

test("a_hole_in_depth_is_bridged", () => {
  const { sheet, pen } = sheetOf("depth");
  pen.value = 100;
  pen.tool = "fill";
  stroke(pen, [5, 5]);
  pen.tool = "brush";
  [pen.value, pen.hardness] = [250, 1];
  stroke(pen, [100, 100]);
  pen.tool = "lasso";
  stroke(pen, [70, 70], [130, 70], [130, 130], [70, 130]);
  sheet.remove();
  assert.equal(sheet.raster.planes[0][100 * 256 + 100], 100);
});

test("zoom_keeps_what_is_below_the_pointer_and_the_sheet_in_sight", () => {
  const view = new Viewport(256);
  view.resize(600, 400);
  const before = view.toSheet(420, 130);
  view.zoom(3, 420, 130);
  const after = view.toSheet(420, 130);
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-9);
  view.pan(1e5, -1e5);
  const middle = view.toSheet(300, 200);
  assert.ok(middle.x >= 0 && middle.y <= 256, "it cannot be pushed out of sight");
  view.fit();
  assert.deepEqual([view.toScreen(128, 128).x, view.toScreen(128, 128).y], [300, 200]);
});

test("harmony_turns_hues_adds_missing_ones_and_keeps_shares", () => {
  const red = toLch("#ff0000");
  assert.ok(Math.abs(red.l - 0.628) < 0.001 && Math.abs(red.c - 0.2577) < 0.001 && Math.abs(red.h - 29.23) < 0.05, "as the definition of OKLCH says");
  for (const color of ["#e2553d", "#204060", "#808080", "#ffffff", "#000000"]) assert.equal(toHex(toLch(color)), color);
  const palette = [{ color: "#b05040", weight: 0.6 }, { color: "#404a80", weight: 0.3 }, { color: "#888888", weight: 0.1 }];
  const hue = (/** @type {string} */ color) => toLch(color).h;
  const opposites = harmonised(palette, "complementary", 8);
  assert.equal(opposites[0].color, palette[0].color, "the heaviest leads");
  assert.ok(Math.abs(((hue(opposites[1].color) - hue(palette[0].color) + 540) % 360)) < 3);
  assert.deepEqual(opposites[2], palette[2], "greys have no hue to turn");
  assert.deepEqual(opposites.map(({ weight }) => weight), [0.6, 0.3, 0.1]);
  assert.equal(harmonised(palette.slice(0, 1), "triadic", 8).length, 3);
  assert.equal(harmonised(palette.slice(0, 1), "triadic", 2).length, 2, "no more than there is room for");
  const [lighter] = harmonised(palette, "lighter", 8);
  assert.ok(toLch(lighter.color).l > toLch(palette[0].color).l && Math.abs(hue(lighter.color) - hue(palette[0].color)) < 3);
  const warm = harmonised([{ color: "#888888", weight: 1 }], "warmer", 8)[0].color;
  assert.ok(parseInt(warm.slice(1, 3), 16) > parseInt(warm.slice(5), 16), "a warm grey is redder than blue");
});

test("both_languages_say_the_same_things_in_the_editor", () => {
  /** @param {object} from @param {string} path @returns {string[]} */
  const keys = (from, path = "") => Object.entries(from).flatMap(([key, value]) => (typeof value === "object" ? keys(value, `${path}${key}.`) : [path + key]));
  assert.deepEqual(keys(de.editor), keys(en.editor));
});

// On the page

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

/** What is seen at a place of the sheet, once it has been drawn. @param {Page} page @param {[number, number]} place */
async function seen(page, place) {
  const [x, y] = await at(page, place);
  return page.evaluate(([x, y]) => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#editor canvas"));
    const box = canvas.getBoundingClientRect();
    const into = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
    into.drawImage(canvas, -Math.floor((x - box.left) * (canvas.width / box.width)), -Math.floor((y - box.top) * (canvas.height / box.height)));
    resolve([...into.getImageData(0, 0, 1, 1).data].slice(0, 3));
  }))), [x, y]);
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
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#editor").isHidden());
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(40, 128)[0] < 60, "the pad's line is still there");
  assert.ok(sketch(160, 120)[0] < 60, "the editor's line has come");
  assert.ok(sketch(140, 200)[0] > 240, "what was taken back has not");
  await page.locator("#sketch-tools [data-act=undo]").click();
  const before = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(before(40, 128)[0] < 60 && before(160, 120)[0] > 240, "one undo on the page takes the whole edit back");
});

test("cancel_brings_back_what_was_there_and_unchanged_maps_stay_linked", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await add(page);
  await page.locator(".picture [data-part=depth]").click();
  await edit(page, "depth");
  await page.keyboard.press("Escape");
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
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await add(page);
  await page.locator(".picture [data-part=depth]").click();
  await edit(page, "depth");
  assert.equal(await page.locator("#editor [data-part=below]").inputValue(), "1", "the picture it was taken from");
  await page.locator("#editor [data-part=onion]").fill("100");
  const [red] = /** @type {number[][]} */ ([await seen(page, [128, 128])]);
  assert.ok(red[0] > 180 && red[2] < 80, `the picture's own red, not ${red}`);
  await page.locator("#editor [data-part=onion]").fill("0");
  const grey = /** @type {number[]} */ (await seen(page, [128, 128]));
  assert.equal(grey[0], grey[2], "only the map");
  await page.keyboard.press("Escape");
  await edit(page, "sketch");
  await page.locator("#editor [data-part=below]").selectOption("1");
  await page.locator("#editor [data-part=onion]").fill("100");
  const traced = /** @type {number[]} */ (await seen(page, [128, 128]));
  assert.ok(traced[0] > 180 && traced[2] < 80, "any picture can be traced");
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
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await add(page);
  await page.locator(".picture [data-part=masking]").click();
  await edit(page, "masking");
  await page.locator("#editor [data-act=clear]").click();
  await paint(page, [128, 128]);
  await page.locator("#editor [data-act=invert]").click();
  await done(page);
  await page.locator("#uses", { hasText: "part of a picture" }).waitFor();
  await page.waitForFunction(() => document.querySelector("#masking")?.classList.contains("linked"));
  const { masking } = (await draft(page)).conditions;
  const mask = decoded(masking?.mask);
  assert.equal(masking?.of, 1, "the picture below stays what it is");
  assert.deepEqual([mask(128, 128)[0], mask(20, 20)[0]], [0, 255]);
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
  assert.notEqual(await page.locator("#editor [data-part=zoom]").innerText(), zoom);
  await done(page);
  const sketch = decoded((await draft(page)).conditions.sketch?.image);
  assert.ok(sketch(140, 128)[0] < 60, "the finger's line");
  for (const x of [60, 80, 100, 120, 150]) assert.ok(sketch(x, 60)[0] > 240, "the pinch has left no mark");
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
  await page.keyboard.press("Escape");
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
  assert.deepEqual((await draft(page)).conditions.palette?.colors?.map(({ color }) => color), ["#d02020"]);
  await pipette.click();
  await page.keyboard.press("Escape");
  await page.locator("#palette [data-act=harmony]").selectOption("complementary");
  const colors = (await draft(page)).conditions.palette?.colors ?? [];
  assert.equal(colors.length, 2);
  assert.ok(Math.abs(toLch(colors[0].color).h - toLch(colors[1].color).h) > 170);
  await page.locator("#palette [data-act=back]").click();
  assert.equal((await draft(page)).conditions.palette?.colors?.length, 1);
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
