// @ts-check
// Dragging within the page: cards to the conditions, finished pictures to the visitor's pictures and to inputs.

import assert from "node:assert/strict";
import test from "node:test";
import { drop, generate, openStudio, profile, setSteps, shapes, site } from "./studio.mjs";

/** All is in sight: what scrolls while it is dragged is not dragged. */
const TALL = { viewport: { width: 1280, height: 2000 } };

test("a_card_dragged_among_the_conditions_counts", async (t) => {
  const [server, context] = [await site(t), await profile(t, TALL)];
  const page = await openStudio(t, context, server);
  await drop(page, "#shelf", await shapes(page));
  await page.locator(".picture[data-state=done]").waitFor();
  const [depth, sketch] = ["depth", "sketch"].map((part) => page.locator(`.picture [data-part=${part}]`));
  await depth.dragTo(page.locator("#palette"));
  await page.locator(".picture [data-part=depth][aria-pressed=true]").waitFor();
  assert.ok(await page.locator("#depth").isVisible(), "its fold is open");
  await depth.dragTo(page.locator("#depth"));
  assert.equal(await depth.getAttribute("aria-pressed"), "true", "what counts already stays");
  await sketch.dragTo(page.locator("#shelf-title"));
  assert.equal(await sketch.getAttribute("aria-pressed"), "false", "not among the pictures");
  assert.equal(await page.locator(".over").count(), 0);
});

test("a_finished_picture_is_dragged_to_the_pictures_and_to_an_input", async (t) => {
  const [server, context] = [await site(t), await profile(t, TALL)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  await page.locator("#caption").fill("a boat");
  await generate(page);
  await page.locator("#caption").fill("a cat");
  await page.locator("#result").dragTo(page.locator("#shelf"));
  await page.locator(".picture[data-state=done]").waitFor();
  assert.equal(await page.locator("#caption").inputValue(), "a cat", "its recipe has not come back");
  await page.locator("#recents li button").first().dragTo(page.locator("#palette"));
  await page.locator("#palette .swatches li").first().waitFor();
  assert.equal(await page.locator(".picture").count(), 1);
});

test("a_picture_of_the_gallery_is_dragged_or_sent_to_the_pictures", async (t) => {
  const [server, context] = [await site(t), await profile(t)];
  const page = await openStudio(t, context, server);
  await setSteps(page);
  for (const caption of ["a boat", "a cat"]) {
    await page.locator("#caption").fill(caption);
    await generate(page);
  }
  await page.locator("#open-gallery").click();
  const [tiles, strip] = [page.locator(".tile-open"), page.locator(".gallery-drop")];
  assert.ok(await strip.isHidden());
  // Dropped beside the place for it, it stays where it was.
  await tiles.first().dragTo(page.locator("#gallery-title"));
  assert.equal(await page.locator(".picture").count(), 0);
  await tiles.first().hover();
  await page.mouse.down();
  await page.mouse.move(640, 400, { steps: 4 });
  await strip.hover();
  await strip.hover();
  await page.mouse.up();
  await page.locator("#notices").getByText("It is among your pictures now.").waitFor();
  assert.equal(await page.locator(".picture").count(), 1);
  assert.ok(await strip.isHidden());

  await page.getByRole("checkbox", { name: /a boat/ }).focus();
  await page.keyboard.press("Space");
  await page.locator("#gallery [data-act=adopt]").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".picture").length === 2);
  assert.equal(await page.locator("#caption").inputValue(), "a cat", "no recipe has come along");
});
