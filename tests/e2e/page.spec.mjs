// @ts-check
// The page as a whole: safe, self-contained, usable with and without a mouse, on a desk and on a phone.

import assert from "node:assert/strict";
import test from "node:test";
import { draw, drop, errorText, generate, openStudio, profile, reload, restore, savedPng, saysUses, setSteps, site, workerLog } from "./studio.mjs";

test("a_picture_is_made_with_no_error_and_no_request_to_elsewhere", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  assert.match(await page.locator("#backend-line").innerText(), /^Runs on the CPU: .+\.$/);
  await page.locator("#caption").fill("a red apple");
  await draw(page, "#sketch", [[60, 60], [200, 60], [200, 200], [60, 200], [60, 60]]);
  await page.locator("#palette [data-act=add]").click();
  await saysUses(page, "From your words, sketch and colours. Everything else is free.");
  await setSteps(page);
  await generate(page);
  assert.equal(await page.locator("#recents li").count(), 1);
  assert.equal(await page.locator("#result").getAttribute("alt"), "Made from: a red apple");
});

test("the_site_works_below_a_sub_path_and_with_isolation_headers", async (t) => {
  const [server, context] = [await site(t, { base: "/some/studio/", plain: false }), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await generate(page);
});

test("foreign_code_is_refused", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { expected: [/Content Security Policy/] });
  const refused = await page.evaluate(async () => {
    const violation = () => new Promise((resolve) => document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true }));
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    const inline = violation();
    document.head.append(script);
    const first = await inline;
    const outside = violation();
    await fetch("https://example.com/").catch(() => undefined);
    return { first, second: await outside, ran: "injected" in window };
  });
  assert.deepEqual(refused, { first: "script-src-elem", second: "connect-src", ran: false });
});

test("stop_ends_a_run_within_a_step", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  // When the worker says something; a slow page may hear of it much later.
  await context.route("**/pkg/worker.js", async (route) => {
    const answer = await route.fetch();
    const stamp = "{ const post = self.postMessage.bind(self); self.postMessage = (message, ...rest) => { if (message.progress) message.progress.at = performance.timeOrigin + performance.now(); post(message, ...rest); }; }\n";
    await route.fulfill({ response: answer, body: stamp + (await answer.text()) });
  });
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a red apple");
  await setSteps(page, { prior: 2, base: 1000, upsampler: 2 });
  await page.locator("#go").click();
  await page.waitForFunction(() => /Painting, step ([3-9]|\d\d)/.test(document.querySelector(".progress-what")?.textContent ?? ""));
  await page.locator("#stage[data-state=forming]").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("#go .go-label")?.textContent === "Generate");
  const log = await workerLog(page);
  const { at: asked = NaN } = log.find(({ sent }) => sent === "stop") ?? {};
  const after = log.filter(({ stage, at = NaN }) => stage === "base" && at > asked);
  // One step may be under way when the message is sent, and one may begin before it arrives.
  assert.ok(after.length <= 2, JSON.stringify(after));
  assert.ok(log.some(({ stage, at = NaN }) => stage === "base" && at < asked), "the steps before are timed");
  assert.equal(log.filter(({ received }) => received === "error").map(({ code }) => code).join(), "cancelled");
  assert.ok(await page.locator("#alert").isHidden(), "a stop is no error");
  assert.ok(await page.locator("#preview").isVisible(), "what there is of the picture stays");
  assert.equal(await page.locator("#caption").inputValue(), "a red apple");

  await setSteps(page);
  await generate(page);
});

test("a_saved_picture_dropped_on_the_page_restores_its_recipe", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a house with a garden");
  await draw(page, "#sketch", [[40, 128], [128, 40], [216, 128]]);
  await page.locator("#palette [data-act=add]").click();
  await page.locator("#palette [data-act=add]").click();
  await setSteps(page);
  await page.locator("#sampler").selectOption("ddim");
  await page.locator("#seed").fill("4711");
  await page.locator("[data-condition=palette] .tuning summary").click();
  await page.locator("[data-condition=palette] [data-key=weight]").fill("0.5");
  await generate(page);
  const png = await savedPng(page);

  const other = await openStudio(t, await profile(t), server);
  await restore(other, png);
  assert.equal(await other.locator("#caption").inputValue(), "a house with a garden");
  assert.equal(await other.locator("#seed").inputValue(), "4711");
  assert.equal(await other.locator("#sampler").inputValue(), "ddim");
  assert.equal(await other.locator("#steps-base").inputValue(), "3");
  // Both colours, and the ground that came with the first.
  assert.deepEqual(await other.locator(".swatches input[type=color]").evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value)), ["#e2553d", "#f2b632", "#ffffff"]);
  assert.equal(await other.locator("[data-condition=palette] [data-key=weight]").inputValue(), "0.5");
  assert.equal(await other.locator("#uses").innerText(), "From your words, sketch and colours. Everything else is free.");

  // The same inputs are the same picture, bit for bit, on the same backend.
  await generate(other);
  assert.deepEqual(await savedPng(other), png);

  const words = (/** @type {string} */ text) => other.waitForFunction((text) => /** @type {HTMLTextAreaElement} */ (document.getElementById("caption")).value === text, text);
  const run = () => other.evaluate(() => ["#seed", "#count"].map((id) => /** @type {HTMLInputElement} */ (document.querySelector(id)).value).concat(document.getElementById("lock")?.ariaPressed ?? ""));
  await other.locator("#lock").click();
  assert.deepEqual(await run(), ["4711", "1", "true"]);
  await other.getByRole("button", { name: "Start over" }).click();
  await words("");
  const [seed, ...rest] = await run();
  assert.notEqual(seed, "4711");
  assert.deepEqual(rest, ["1", "false"]);
  // What came after it is not lost either.
  await other.locator("#caption").fill("something else");
  const undo = other.locator("#notices").getByRole("button", { name: "Undo" });
  await undo.click();
  await words("a house with a garden");
  assert.deepEqual(await run(), ["4711", "1", "true"]);
  await undo.click();
  await words("something else");
});

test("a_dropped_picture_gives_what_the_input_below_it_takes", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  const picture = Buffer.from(await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(90, 60);
    const into = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    into.fillStyle = "#d02020";
    into.fillRect(0, 0, 90, 60);
    into.fillStyle = "#2040d0";
    into.fillRect(45, 0, 45, 60);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  }));
  await drop(page, "[data-drop=palette]", picture);
  await page.waitForFunction(() => document.querySelectorAll(".swatches li").length >= 2);
  await drop(page, "[data-drop=sketch]", picture);
  await page.waitForFunction(() => document.getElementById("sketch-pad")?.classList.contains("drawn"));
  await page.locator("#more > summary").click();
  await drop(page, "[data-drop=intensity]", picture);
  await drop(page, "[data-drop=masking]", picture);
  await saysUses(page, "From your sketch, colours and light and shade. Everything else is free. Paint over the part of the picture that may change.");
  // What is found in the picture makes its card higher, and what is below moves.
  await page.locator(".picture[data-state=done]").waitFor();
  await draw(page, "#masking .veil", [[100, 100], [160, 160]]);
  await saysUses(page, "From your sketch, colours, light and shade and part of a picture. Everything else is free.");
  await setSteps(page);
  await generate(page);

  await drop(page, "body", Buffer.from("no picture at all"), "notes.png");
  assert.match(await errorText(page), /not a picture/);
  assert.equal(await page.locator("#uses").innerText(), "From your sketch, colours, light and shade and part of a picture. Everything else is free.");
});

test("everything_can_be_done_with_the_keyboard", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await page.evaluate(() => {
    document.getElementById("settings")?.removeAttribute("open");
    /** @type {HTMLElement} */ (document.activeElement).blur();
  });
  /** Tabs on until the element has the focus. @param {string} selector */
  const tabTo = async (selector) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate((wanted) => {
        const active = /** @type {HTMLElement} */ (document.activeElement);
        const style = getComputedStyle(active);
        // Past the end the focus leaves the page for a moment.
        const marked = active === document.body || style.outlineStyle !== "none" || active.matches("input[type=radio], [role=switch]");
        return { here: active.matches(wanted), marked, name: active.outerHTML.slice(0, 80) };
      }, selector);
      assert.ok(focus.marked, `no visible focus on ${focus.name}`);
      if (focus.here) return;
    }
    assert.fail(`Tab does not lead to ${selector}`);
  };
  await tabTo("#caption");
  await page.keyboard.type("a cat");
  await tabTo("#sketch");
  await page.keyboard.press("Space");
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  assert.ok(await page.locator("#sketch-pad").evaluate((pad) => pad.classList.contains("drawn")));
  await page.keyboard.press("Control+z");
  assert.equal(await page.locator("#uses").innerText(), "From your words. Everything else is free.");
  await page.keyboard.press("Control+Shift+z");
  assert.equal(await page.locator("#uses").innerText(), "From your words and sketch. Everything else is free.");
  await tabTo("#palette [data-act=add]");
  await page.keyboard.press("Enter");
  await tabTo("#settings > summary");
  await page.keyboard.press("Enter");
  await tabTo("#guidance");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#guidance").inputValue(), "2.1");
  await generate(page, { act: () => page.keyboard.press("Control+Enter") });
  await tabTo("#save");
});

test("a_wrong_number_is_named_and_nothing_is_lost", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await page.locator("#caption").fill("a tree");
  await setSteps(page, { base: 0 });
  await page.locator("#go").click();
  assert.match(await errorText(page), /painting.*1 to 1000/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "steps-base");

  await setSteps(page);
  await page.locator("#alert").waitFor({ state: "hidden" });
  // What is typed and drawn is also there after a reload.
  await draw(page, "#sketch", [[50, 50], [200, 200]]);
  await page.waitForFunction(() => localStorage.getItem("composer-draft")?.includes("sketch"));
  await reload(page);
  await saysUses(page, "From your words and sketch. Everything else is free.");
});

test("the_page_fits_a_phone", async (t) => {
  const [server, context] = [await site(t), await profile(t, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })];
  const page = await openStudio(t, context, server);
  for (const fold of ["#more", "#settings"]) await page.locator(`${fold} > summary`).tap();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await page.locator(".modes label").nth(1).tap();
  for (const task of ["compositional", "region-editing"]) {
    await page.locator(`[data-task=${task}]`).tap();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    await page.getByRole("button", { name: "All tasks" }).tap();
  }
  await page.locator(".modes label").nth(0).tap();
  await setSteps(page);
  await generate(page, { act: () => page.locator("#go").tap() });
  assert.ok(await page.locator("#go").isVisible());
  // A long visit must not push the page apart.
  await page.locator("#recents ol").evaluate((list) => {
    for (let i = 0; i < 23; i++) list.append(/** @type {Node} */ (list.firstElementChild).cloneNode(true));
  });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

test("a_backend_that_is_not_there_is_an_error_with_a_way_out", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server, { query: "?backend=webgpu&model=tests-tiny/", expected: [/WebGPU/i] });
  assert.match(await errorText(page), /no WebGPU adapter/);
  await page.getByRole("button", { name: "Choose automatically" }).click();
  await page.waitForFunction(() => /^Runs on the CPU: .*no WebGPU adapter/.test(document.querySelector("#backend-line .text")?.textContent ?? ""));
});
