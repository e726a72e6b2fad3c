// @ts-check
// The page without a network, installed, and when its host has a newer version.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { DIST, deploy, generate, keptOffline, openStudio, profile, reopenedOffline, saysUses, setSteps, site } from "./studio.mjs";

const NETWORK = [/Failed to load resource/];
const BELOW = "/demo/composer/";

/** @typedef {import("./studio.mjs").Page} Page */

/** Has the copies brought up to date, after whatever the page itself has asked for; they are when this is done. @param {Page} page */
const refreshed = (page) => page.evaluate(async () => {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    active?.postMessage("refresh", [port2]);
  });
});

/** What the browser tells the page when a device comes back to a network; then it looks for a newer version. @param {Page} page */
const backOnline = (page) => page.evaluate(() => void dispatchEvent(new Event("online")));

test("exactly_the_files_of_the_page_are_kept", async (t) => {
  const [server, context] = [await site(t, { base: BELOW }), await profile(t)];
  const page = await openStudio(t, context, server);
  await keptOffline(page);
  const kept = await page.evaluate(async () => Object.keys((await (await caches.match(new URL(".page/list", document.baseURI).href))?.json()).files));
  const present = ["www", "pkg"].flatMap((folder) => fs.readdirSync(path.join(DIST, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md|txt)$/.test(entry.name))
    .map((entry) => path.relative(DIST, path.join(entry.parentPath, entry.name)))
    // Weights have a store of their own; what is for other sites that embed the engine is no part of this page.
    .filter((file) => !/^www\/(models\/[^/]+\/|sw\.js)|^pkg\/(composer-canvas\.js|recipe\.schema\.json)/.test(file)));
  assert.deepEqual(kept.sort(), ["", ...present].sort());
});

test("below_a_path_the_second_visit_needs_no_network", async (t) => {
  const [server, context] = [await site(t, { base: BELOW }), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await generate(page);
  const again = await reopenedOffline(t, page, server);
  await saysUses(again, "From your words. Everything else is free.");
  await generate(again);
  await again.locator("#open-preferences").click();
  await again.locator("#tab-storage").click();
  await again.waitForFunction(() => /pictures can be made without a network/.test(document.getElementById("offline-state")?.textContent ?? ""));
});

test("the_whole_model_is_fetched_ahead_for_use_without_a_network", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a boat");
  await setSteps(page);
  await page.locator("#open-preferences").click();
  await page.locator("#tab-storage").click();
  await page.waitForFunction(() => /opens without a network/.test(document.getElementById("offline-state")?.textContent ?? ""));
  await page.getByRole("button", { name: "Download the whole model now" }).click();
  await page.waitForFunction(() => /pictures can be made without a network/.test(document.getElementById("offline-state")?.textContent ?? ""));
  assert.ok(await page.locator("#fetch-model").isHidden());
  const again = await reopenedOffline(t, page, server);
  await saysUses(again, "From your words. Everything else is free.");
  await generate(again);
});

test("a_newer_version_is_announced_and_waits_for_the_visitor", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  const first = await keptOffline(page);
  await page.locator("#caption").fill("a boat");
  deploy(server);
  await backOnline(page);
  await page.locator("#update").waitFor();
  assert.notEqual(await keptOffline(page), first);
  assert.equal(await page.locator("#caption").inputValue(), "a boat");
  assert.doesNotMatch(await page.title(), /^New: /, "nothing is forced");
  await page.getByRole("button", { name: "Reload", exact: true }).click();
  await page.waitForFunction(() => document.title.startsWith("New: ") && document.getElementById("uses")?.textContent === "From your words. Everything else is free.");
  assert.equal(await page.locator("#caption").inputValue(), "a boat");
  assert.ok(await page.locator("#update").isHidden());
});

test("half_an_update_leaves_the_last_whole_version", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: NETWORK });
  const whole = await keptOffline(page);
  deploy(server);
  server.requests.length = 0;
  server.break(/^www\/view\/way\.js$/, { status: 500 });
  await backOnline(page);
  await refreshed(page);
  assert.ok(server.requests.some(({ file }) => file === "www/view/way.js"), "an update was tried");
  assert.equal(await keptOffline(page), whole);
  const again = await reopenedOffline(t, page, server);
  assert.doesNotMatch(await again.title(), /^New: /);
});

test("the_page_can_be_installed", async (t) => {
  const [server, context] = [await site(t, { base: BELOW }), await profile(t)];
  const page = await openStudio(t, context, server);
  await keptOffline(page);
  const devtools = await context.newCDPSession(page);
  const { url, errors, data } = await devtools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const { start_url, scope, icons } = JSON.parse(data ?? "");
  assert.equal(new URL(start_url, url).href, server.url);
  assert.equal(new URL(scope, url).href, server.url);
  for (const { src, sizes, type } of icons.filter((/** @type {{ type: string }} */ icon) => icon.type === "image/png")) {
    const found = await page.evaluate(async (src) => {
      const image = await createImageBitmap(await (await fetch(src)).blob());
      return `${image.width}x${image.height}`;
    }, new URL(src, url).href);
    assert.equal(found, sizes, `${src} ${type}`);
  }
  // Profiles of tests are private windows, from which nothing is installed; nothing else may stand against it.
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
});
