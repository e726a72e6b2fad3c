// @ts-check
// The large editor's arithmetic and that of colours, without a browser.

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

test("a_fill_leaves_no_seam_at_a_soft_line_and_goes_up_no_slope", () => {
  for (const id of /** @type {const} */ (["sketch", "depth", "light"])) {
    const { sheet, pen } = sheetOf(id);
    pen.hardness = 0.5;
    pen.sizes.brush = 8;
    stroke(pen, [60, 60], [180, 60], [180, 180], [60, 180], [60, 60]);
    pen.tool = "fill";
    stroke(pen, [120, 120]);
    const { side, planes: [values] } = sheet.raster;
    const way = values.slice(side * (side / 2) + (side * 60) / 256, side * (side / 2) + side / 2);
    assert.ok(Math.min(...way) > pen.value - 6, `${id}: even from the line to the middle`);
    assert.equal(values[side * 10 + 10], 0, `${id}: nothing outside`);
  }
  const { sheet, pen } = sheetOf("depth");
  sheet.raster.planes[0].forEach((_, at, values) => (values[at] = at % 256));
  pen.tool = "fill";
  stroke(pen, [2, 128]);
  assert.equal(sheet.raster.planes[0][40], 40, "what the picture itself has is no line");
});

test("clear_leaves_nothing_of_the_things_a_picture_had", () => {
  const { sheet } = sheetOf("things");
  // As the engine finds boundaries: soft, and beside the thing, too.
  sheet.raster.planes[0].fill(2, 2000, 2030);
  sheet.raster.planes[1].fill(90, 1990, 2040);
  sheet.clear();
  assert.deepEqual(sheet.raster.planes.map(sum), [0, 0]);
  sheet.undo();
  assert.deepEqual(sheet.raster.planes.map(sum), [60, 4500]);
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
  assert.ok(history.bytes < 32 * 32, `${history.bytes}: one tile for each step, and little of that`);
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

test("a_thousand_steps_can_be_taken_back_and_take_little", () => {
  const raster = new Raster(64, 2);
  const history = new History(raster);
  for (let i = 1; i <= 1000; i++) {
    const before = raster.copy();
    raster.planes[i % 2].fill(i % 251, 0, 64 * (i % 60));
    history.remember(before);
  }
  assert.ok(history.bytes < 1000 * 64 * 64 / 20, `${history.bytes} bytes`);
  while (history.canUndo) history.undo();
  assert.equal(sum(raster.planes[0]) + sum(raster.planes[1]), 0, "back at the beginning");
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
