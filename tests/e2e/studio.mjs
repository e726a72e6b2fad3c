// @ts-check
// What every spec needs: the built site, a browser, and a page that is watched for anything that should not happen.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(here, "../..");
export const DIST = process.env.COMPOSER_DIST ?? path.join(ROOT, "dist");
export const TINY = path.join(ROOT, "tests/fixtures/models/tiny");
export const DEFAULT_MODEL = path.join(DIST, "www/models/default");

/** A picture with the tiny model takes seconds; a busy machine may need much longer. */
const PATIENCE_MS = 300_000;

const BASE_FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
// Without these Chromium has no WebGPU adapter on a machine without a GPU.
const SOFTWARE_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan", "--use-vulkan=swiftshader", "--use-angle=swiftshader"];

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {Awaited<ReturnType<typeof serve>>} Site */

/** @type {WeakMap<import("node:test").TestContext, (() => unknown)[]>} */
const cleanups = new WeakMap();

/**
 * Runs at the end of a test, the last one given first: pages are checked before browsers close, and browsers close before servers.
 * @param {import("node:test").TestContext} t @param {() => unknown} cleanup
 */
function atEnd(t, cleanup) {
  const known = cleanups.get(t);
  if (known) return void known.push(cleanup);
  const all = [cleanup];
  cleanups.set(t, all);
  t.after(async () => {
    /** @type {unknown[]} */ const errors = [];
    for (const run of all.reverse()) await Promise.resolve().then(run).catch((error) => errors.push(error));
    if (errors.length) throw errors[0];
  });
}

/** The built site, with the tiny model beside it. @param {import("node:test").TestContext} t @param {{ base?: string, plain?: boolean, open?: boolean }} [options] */
export async function site(t, options) {
  assert.ok(fs.existsSync(path.join(DIST, "index.html")), "There is no dist/ yet: run `cargo xtask build` first.");
  const server = await serve({ mounts: { "": DIST, "tests-tiny/": TINY }, ...options });
  atEnd(t, () => server.close());
  return server;
}

/**
 * A fresh browser profile.
 * @param {import("node:test").TestContext} t
 * @param {import("playwright-core").BrowserContextOptions & { gpu?: boolean }} [options]
 */
export async function profile(t, { gpu = false, ...options } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: false,
    args: [...BASE_FLAGS, ...(gpu ? SOFTWARE_GPU : [])],
    timeout: PATIENCE_MS,
  });
  atEnd(t, () => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(() => {
    // Messages stay until a slow machine has read them, too.
    const plainly = window.setTimeout;
    window.setTimeout = /** @type {any} */ ((/** @type {any} */ run, /** @type {number} */ ms, /** @type {any[]} */ ...rest) => plainly(run, ms > 5000 ? 1e9 : ms, ...rest));
    // What goes between page and worker, for specs that count steps.
    const log = /** @type {any[]} */ ((/** @type {any} */ (window)).workerLog = []);
    const Plain = window.Worker;
    window.Worker = class extends Plain {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        this.addEventListener("message", ({ data }) => log.push({ received: data.type, step: data.progress?.step, bytes: data.progress?.received, stage: data.progress?.stage, at: data.progress?.at, code: data.code }));
      }
      /** @param {any} message @param {any} rest */
      postMessage(message, rest) {
        log.push({ sent: message.type, at: performance.timeOrigin + performance.now() });
        super.postMessage(message, rest);
      }
    };
  });
  return context;
}

/**
 * Opens the studio and fails the test at its end when anything was printed as an error, thrown, refused by the
 * content security policy, or asked of another site.
 * @param {import("node:test").TestContext} t @param {BrowserContext} context @param {Site} server
 * @param {{ query?: string, expected?: RegExp[], mode?: "studio" | "tasks" | "", others?: string[] }} [options]
 * expected: errors on the console that the test itself causes; others: origins that may be asked, too; mode: none to stay where the page begins
 */
export async function openStudio(t, context, server, { query = "?backend=cpu&model=tests-tiny/", expected = [], mode = "studio", others = [] } = {}) {
  const page = await context.newPage();
  /** @type {string[]} */ const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !expected.some((each) => each.test(message.text()))) wrong.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.message}`));
  page.on("crash", () => wrong.push("the tab crashed"));
  context.on("request", (request) => {
    const url = request.url();
    if (![server.origin, ...others].some((origin) => url.startsWith(origin)) && !/^(blob|data):/.test(url)) wrong.push(`request to ${url}`);
  });
  atEnd(t, () => assert.deepEqual(wrong, []));
  await page.goto(server.url + query);
  await started(page);
  // A first visit begins in the gallery of tasks.
  if (mode) await page.locator(`input[name=mode][value=${mode}]`).check();
  return page;
}

/** Waits until the page listens, its engine answers and its model is known, or why not is said. @param {Page} page */
export const started = (page) => page.waitForFunction(() => {
  const dot = /** @type {HTMLElement | null} */ (document.querySelector("#backend-line .dot"));
  return Boolean(dot?.dataset.backend) && document.getElementById("model-line")?.textContent !== "";
});

/** @param {Page} page */
export async function reload(page) {
  await page.reload();
  await started(page);
}

/**
 * Waits until a promise made in the page comes to something true. waitForFunction alone would take any promise for that.
 * @template Arg @param {Page} page @param {(arg: Arg) => Promise<unknown>} ask @param {Arg} arg
 */
export async function eventually(page, ask, arg) {
  const asking = /** @type {import("playwright-core").JSHandle<{ ask: (arg: Arg) => Promise<unknown>, answer: any }>} */ (await page.evaluateHandle(`({ ask: ${ask}, answer: undefined })`));
  return page.waitForFunction(([asking, arg]) => {
    const { ask } = /** @type {any} */ (asking);
    void ask(arg).then((/** @type {unknown} */ answer) => ((/** @type {any} */ (asking)).answer = answer));
    return (/** @type {any} */ (asking)).answer;
  }, /** @type {const} */ ([asking, arg]), { polling: 100 });
}

/** Waits until the page is kept for use without a network; the fingerprint of what is kept. @param {Page} page @returns {Promise<string>} */
export async function keptOffline(page) {
  const list = await eventually(page, async () => (await caches.match(new URL(".page/list", document.baseURI).href))?.json(), undefined);
  return (await list.jsonValue()).version;
}

/** The host has a new version of the page, to be known by its title. @param {Site} server */
export function deploy(server) {
  const html = fs.readFileSync(path.join(DIST, "index.html"), "utf8");
  server.break(/^$|^index\.html$/, { body: html.replace("<title>", "<title>New: ") });
}

/** Closes the page and takes the network away; then opens the page once more. @param {import("node:test").TestContext} t @param {Page} page @param {Site} server */
export async function reopenedOffline(t, page, server) {
  await keptOffline(page);
  await page.close();
  await server.close();
  return openStudio(t, page.context(), server, { expected: [/Failed to load resource/] });
}

/** Few steps, so that a test takes no longer than it must. @param {Page} page @param {{ prior?: number, base?: number, upsampler?: number }} [steps] */
export async function setSteps(page, { prior = 2, base = 3, upsampler = 2 } = {}) {
  await page.locator("#settings").evaluate((fold) => fold.setAttribute("open", ""));
  await page.locator("#steps-prior").fill(String(prior));
  await page.locator("#steps-base").fill(String(base));
  await page.locator("#steps-upsampler").fill(String(upsampler));
}

/**
 * Waits for the end of a run, and for a picture if it is to end well.
 * @param {Page} page @param {string} [label] of the button when it rests
 */
export async function pictureDone(page, label = "Generate") {
  await page.waitForFunction((label) => {
    const made = ["done", "grid"].includes(document.getElementById("stage")?.dataset.state ?? "");
    return document.querySelector("#go .go-label")?.textContent === label && (made || !document.getElementById("alert")?.hidden);
  }, label);
  assert.equal(await page.locator("#alert").isVisible() ? await page.locator("#alert").innerText() : "", "", "a picture, not an error");
}

/** Does what starts a run, and waits for its end: the picture before it says nothing about this one. @param {Page} page @param {{ act?: () => Promise<unknown>, label?: string }} [options] */
export async function generate(page, { act = () => page.locator("#go").click(), label } = {}) {
  const asked = () => page.evaluate(() => /** @type {any} */ (window).workerLog.filter((/** @type {any} */ { sent }) => sent === "generate").length);
  const before = await asked();
  await act();
  await page.waitForFunction((before) => {
    const asked = /** @type {any} */ (window).workerLog.filter((/** @type {any} */ { sent }) => sent === "generate").length;
    return asked > before || !document.getElementById("alert")?.hidden;
  }, before);
  await pictureDone(page, label);
}

/** What the next picture is made from, once the page says so. @param {Page} page @param {string} text */
export const saysUses = (page, text) => page.waitForFunction((text) => document.getElementById("uses")?.textContent === text, text);

/** A message at the foot of the page, once it is there. @param {Page} page @param {RegExp} expected */
export const said = (page, expected) => page.locator("#notices p").filter({ hasText: expected }).waitFor();

/** Drops a saved picture, and waits until its inputs and settings are back. @param {Page} page @param {Uint8Array} png */
export async function restore(page, png) {
  await page.locator("#notices").evaluate((box) => box.replaceChildren());
  await drop(page, "body", png);
  await said(page, /are back/);
}

/** The text of the error on the page, once there is one. @param {Page} page */
export async function errorText(page) {
  await page.waitForFunction(() => !document.getElementById("alert")?.hidden);
  return page.locator("#alert p").innerText();
}

/** @param {Page} page @returns {Promise<Buffer>} */
export async function savedPng(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
  return fs.promises.readFile(await download.path());
}

/** Drops a file as a visitor would. @param {Page} page @param {string} selector @param {Uint8Array} bytes @param {string} [name] */
export async function drop(page, selector, bytes, name = "picture.png") {
  const transfer = await page.evaluateHandle(([base64, file]) => {
    const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([binary], file, { type: "image/png" }));
    return transfer;
  }, [Buffer.from(bytes).toString("base64"), name]);
  for (const type of ["dragenter", "dragover", "drop"]) await page.dispatchEvent(selector, type, { dataTransfer: transfer });
}

/** Waits until so many bytes of weights have reached the engine's store. @param {Page} page @param {number} bytes */
export async function received(page, bytes) {
  await page.waitForFunction((bytes) => /** @type {any} */ (window).workerLog.some((/** @type {any} */ entry) => entry.bytes >= bytes), bytes);
}

/** Draws a line over a canvas. @param {Page} page @param {string} selector @param {[number, number][]} points in 256ths of its size */
export async function draw(page, selector, points) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = await page.locator(selector).boundingBox();
  assert.ok(box);
  const at = (/** @type {[number, number]} */ [x, y]) => /** @type {const} */ ([box.x + (x / 256) * box.width, box.y + (y / 256) * box.height]);
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 5 });
  await page.mouse.up();
}

/** @param {Page} page @returns {Promise<{ sent?: string, received?: string, at?: number, step?: number, stage?: string, code?: string }[]>} */
export const workerLog = (page) => page.evaluate(() => /** @type {any} */ (window).workerLog);

/** A picture with a few shapes, in any size and format that the browser writes. @param {Page} page @param {{ width?: number, height?: number, type?: string, color?: string }} [options] */
export const shapes = async (page, options = {}) => Buffer.from(await page.evaluate(async ({ width = 96, height = 96, type = "image/png", color = "#d02020" }) => {
  const canvas = new OffscreenCanvas(width, height);
  const into = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  into.fillStyle = "#e8f0ff";
  into.fillRect(0, 0, width, height);
  into.fillStyle = color;
  into.beginPath();
  into.arc(width / 2, height / 2, Math.min(width, height) / 3, 0, 7);
  into.fill();
  return [...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())];
}, options));
