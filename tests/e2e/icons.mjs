// @ts-check
// Draws www/icons/ from www/icon.svg: `node icons.mjs`. The pictures are committed; run it when the mark changes.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const WWW = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../www");
/** A maskable icon fills its square, and what counts lies within the circle that every system leaves of it. */
const ICONS = [
  { name: "192.png", side: 192, mark: 1, ground: undefined },
  { name: "512.png", side: 512, mark: 1, ground: undefined },
  { name: "maskable.png", side: 512, mark: 0.66, ground: "#f5f6f8" },
];

const svg = fs.readFileSync(path.join(WWW, "icon.svg"), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", chromiumSandbox: false });
const page = await browser.newPage();
for (const { name, side, mark, ground } of ICONS) {
  const url = await page.evaluate(async ({ svg, side, mark, ground }) => {
    const image = new Image(side, side);
    image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const into = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    if (ground) {
      into.fillStyle = ground;
      into.fillRect(0, 0, side, side);
    }
    into.drawImage(image, (side * (1 - mark)) / 2, (side * (1 - mark)) / 2, side * mark, side * mark);
    return canvas.toDataURL("image/png");
  }, { svg, side, mark, ground });
  fs.writeFileSync(path.join(WWW, "icons", name), Buffer.from(url.split(",")[1], "base64"));
}
await browser.close();
