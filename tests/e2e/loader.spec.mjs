// @ts-check
// Weights over a network that fails in every way it can.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { TINY, deploy, errorText, generate, keptOffline, openStudio, profile, received, reload, reopenedOffline, saysUses, setSteps, site } from "./studio.mjs";

const BASE = /^tests-tiny\/base/;
const NETWORK = [/Failed to load resource/];

test("a_cut_download_goes_on_where_it_stopped", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  for (const bytes of [50_000, 100_000]) server.break(BASE, { cutAfter: 50_000, until: received(page, bytes) }, 1);
  await setSteps(page);
  await generate(page);
  const asked = server.requests.filter(({ file }) => BASE.test(file)).map(({ range }) => range);
  assert.deepEqual(asked, [undefined, "bytes=50000-", "bytes=100000-"]);
});

test("a_download_given_up_goes_on_after_a_reload", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  await setSteps(page);
  server.break(BASE, { cutAfter: 30_000, until: received(page, 30_000) }, 1);
  const refuse = server.break(BASE, { status: 404 });
  await page.locator("#go").click();
  assert.match(await errorText(page), /base-00001.*404.*what has arrived is kept/);
  refuse();
  server.requests.length = 0;
  await reload(page);
  await generate(page);
  assert.deepEqual(server.requests.filter(({ file }) => BASE.test(file)).map(({ range }) => range), ["bytes=30000-"]);
});

test("a_server_without_ranges_is_asked_for_the_whole_file_again", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  server.break(BASE, { cutAfter: 50_000, until: received(page, 50_000) }, 1);
  server.break(/./, { noRanges: true });
  await setSteps(page);
  await generate(page);
});

test("damage_on_the_way_is_repaired", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  server.break(BASE, { damage: true }, 1);
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  assert.equal(server.requests.filter(({ file }) => BASE.test(file)).length, 2);
});

test("damage_on_the_server_is_a_clear_error", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const mend = server.break(BASE, { damage: true });
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await page.locator("#go").click();
  assert.match(await errorText(page), /base-00001\.safetensors is damaged/);
  assert.equal(await page.locator("#caption").inputValue(), "a boat");
  mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("#result").waitFor();
});

test("damage_in_the_device's_own_copy_is_repaired", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  const damaged = await page.evaluate(async () => {
    const weights = await (await navigator.storage.getDirectory()).getDirectoryHandle("weights");
    let count = 0;
    for await (const folder of /** @type {any} */ (weights).values()) {
      for await (const file of folder.values()) {
        if (!/^[0-9a-f]{64}$/.test(file.name)) continue;
        const writer = await file.createWritable({ keepExistingData: true });
        await writer.write({ type: "write", position: 100, data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) });
        await writer.close();
        count++;
      }
    }
    return count;
  });
  assert.ok(damaged >= 2, "weights are kept in the file system");
  server.requests.length = 0;
  await reload(page);
  await generate(page);
  assert.equal(server.requests.filter(({ file }) => /^tests-tiny\/.*safetensors/.test(file)).length, damaged);
});

test("weights_are_downloaded_once", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await generate(page);
  await page.waitForFunction(() => /works offline/.test(document.getElementById("model-line")?.textContent ?? ""));
  server.requests.length = 0;
  await reload(page);
  await generate(page);
  assert.deepEqual(server.requests.filter(({ file }) => /safetensors|tokenizer/.test(file)), []);
});

test("a_wrong_manifest_is_a_clear_error", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  const manifest = fs.readFileSync(path.join(TINY, "manifest.json"), "utf8");
  const cases = /** @type {const} */ ([
    [{ body: "<!doctype html><title>Home</title>" }, /manifest/],
    [{ body: "{}" }, /manifest/],
    [{ body: manifest.replace('"format": 1', '"format": 99').replace('"format":1', '"format":99') }, /manifest.*(format|version)/],
    [{ status: 404 }, /manifest\.json.*no model at/],
  ]);
  for (const [fault, message] of cases) {
    const mend = server.break(/^tests-tiny\/manifest/, fault);
    await page.evaluate(() => navigator.storage.getDirectory().then((root) => root.removeEntry("weights", { recursive: true })).catch(() => undefined));
    await reload(page);
    await page.locator("#go").click();
    assert.match(await errorText(page), message);
    mend();
  }
});

test("a_missing_shard_is_a_clear_error", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  server.break(BASE, { status: 404 });
  const page = await openStudio(t, context, server, { expected: NETWORK });
  await page.locator("#go").click();
  assert.match(await errorText(page), /base-00001\.safetensors.*404/);
});

test("a_full_disk_is_no_obstacle", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: server.origin, quotaSize: 60_000 });
  await setSteps(page);
  await generate(page);
  assert.doesNotMatch(await page.locator("#model-line").innerText(), /works offline/);
});

/** What a browser without the origin's private file system, or without the Cache API, shows to a worker. */
const REFUSED = "= async () => { throw new DOMException('no', 'SecurityError') };\n";
const NO_FILES = `StorageManager.prototype.getDirectory ${REFUSED}`;
const NO_CACHES = `CacheStorage.prototype.open ${REFUSED}`;

/** Runs `script` in the page's worker before all else. @param {import("playwright-core").BrowserContext} context @param {string} script */
async function beforeWorker(context, script) {
  await context.route("**/pkg/worker.js", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: script + (await answer.text()) });
  });
}

test("a_browser_without_files_keeps_weights_in_its_cache", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await beforeWorker(context, NO_FILES);
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  server.requests.length = 0;
  await reload(page);
  await generate(page);
  assert.deepEqual(server.requests.filter(({ file }) => /^tests-tiny\/.*safetensors/.test(file)), []);
});

test("a_browser_without_any_storage_is_no_obstacle", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  await beforeWorker(context, NO_FILES + NO_CACHES);
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
  await generate(page);
});

test("the_second_visit_needs_no_network", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await generate(page);
  const again = await reopenedOffline(t, page, server);
  await saysUses(again, "From your words. Everything else is free.");
  await generate(again);
});

test("a_new_version_is_seen_at_once", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await keptOffline(page);
  deploy(server);
  await page.reload();
  assert.match(await page.title(), /^New: /);
});

test("stop_during_a_download_keeps_what_has_arrived", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  /** @type {() => void} */ let release = () => {};
  server.break(BASE, { hold: new Promise((resolve) => (release = () => resolve(undefined))) }, 1);
  const page = await openStudio(t, context, server, { expected: NETWORK });
  await setSteps(page);
  await page.locator("#go").click();
  await page.waitForFunction(() => /model/.test(document.querySelector(".progress-what")?.textContent ?? ""));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("#go .go-label")?.textContent === "Generate");
  assert.ok(await page.locator("#alert").isHidden(), "a stop is no error");
  release();
  await generate(page);
});
