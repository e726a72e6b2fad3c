// @ts-check
// Drives bench.html in Chromium. `cargo xtask bench` starts it with one JSON argument (see Request) and reads one JSON line per result.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

/**
 * @typedef {object} Request
 * @property {string} url folder of bench.html
 * @property {string} model URL of the model's folder
 * @property {Record<string, string>} onnx stage -> URL of its ONNX file
 * @property {string[]} stages
 * @property {{ name: string, executable: string, backend: "cpu" | "webgpu", flags: string[] }[]} hosts
 * @property {number} rounds
 * @property {number} budget milliseconds for one stage on one host
 * @property {object} recipe for the first picture
 * @property {string[]} pictures names of the hosts that make it
 */

const ALWAYS = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** Software adapters take minutes to compile the first pass. */
const PATIENCE_MS = 900_000;

/** @type {Request} */ const request = JSON.parse(process.argv[2]);
const report = (/** @type {object} */ row) => console.log(JSON.stringify(row));

for (const host of request.hosts) {
  for (const stage of request.stages) {
    await row(host, `stage ${stage}`, async (page) => {
      const { url, model, onnx, rounds, budget } = request;
      const options = { stage, backend: host.backend, model, onnx: onnx[stage], rounds, budget };
      const result = await page.evaluate((options) => /** @type {any} */ (window).measureStage(options), options);
      report({ kind: "stage", host: host.name, stage, ...result });
    });
  }
  if (!request.pictures.includes(host.name)) continue;
  await row(host, "first picture", async (page, browser) => {
    const network = await page.context().newCDPSession(page);
    let bytes = 0;
    network.on("Network.loadingFinished", (event) => void (bytes += event.encodedDataLength));
    await network.send("Network.enable");
    await page.reload();
    await page.waitForFunction("window.firstPicture");
    const memory = watchMemory(browser.profile);
    const options = { backend: host.backend, model: request.model, recipe: request.recipe };
    const result = await page.evaluate((options) => /** @type {any} */ (window).firstPicture(options), options);
    report({ kind: "first picture", host: host.name, ...result, fetched: bytes, memory: memory.stop() });
  });
}

/**
 * One fresh browser for one result: no cache, no compiled shaders. A failure is a result too.
 * @param {Request["hosts"][number]} host @param {string} what @param {(page: import("playwright-core").Page, browser: { profile: string }) => Promise<void>} measure
 */
async function row(host, what, measure) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "composer-bench-"));
  /** @type {string[]} */ const complaints = [];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: host.executable,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...ALWAYS, ...host.flags],
  });
  context.setDefaultTimeout(PATIENCE_MS);
  try {
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("crash", () => complaints.push("the page crashed"));
    await page.goto(`${request.url}bench.html`);
    await page.waitForFunction("window.measureStage");
    await measure(page, { profile });
    if (complaints.length > 0) report({ kind: "complaint", host: host.name, what, message: complaints.slice(0, 3).join(" | ") });
  } catch (error) {
    const message = [String(error).split("\n")[0], ...complaints.slice(0, 3)].join(" | ");
    report({ kind: "failure", host: host.name, what, message });
  } finally {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}

/** The most memory that all processes of one browser take together. Linux only: shared pages are counted once there. @param {string} profile */
function watchMemory(profile) {
  const start = proportionalBytes(profile);
  let peak = start;
  const timer = setInterval(() => void (peak = Math.max(peak, proportionalBytes(profile))), 200);
  return {
    /** Above what the empty browser takes. */
    stop() {
      clearInterval(timer);
      return peak > 0 ? Math.max(peak, proportionalBytes(profile)) - start : undefined;
    },
  };
}

/** @param {string} profile */
function proportionalBytes(profile) {
  /** @type {Map<string, { parent: string, ours: boolean }>} */ const processes = new Map();
  const ids = fs.existsSync("/proc/self/smaps_rollup") ? fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  for (const id of ids) {
    try {
      const stat = fs.readFileSync(`/proc/${id}/stat`, "latin1");
      const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
      processes.set(id, { parent, ours: fs.readFileSync(`/proc/${id}/cmdline`, "latin1").includes(`--user-data-dir=${profile}`) });
    } catch {
      // It ended while we looked.
    }
  }
  const belongs = (/** @type {string} */ id) => {
    for (let at = processes.get(id); at; at = processes.get(at.parent)) if (at.ours) return true;
    return false;
  };
  let sum = 0;
  for (const id of processes.keys()) {
    if (!belongs(id)) continue;
    try {
      sum += 1024 * Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${id}/smaps_rollup`, "latin1"))?.[1] ?? 0);
    } catch {
      // It ended while we looked.
    }
  }
  return sum;
}
