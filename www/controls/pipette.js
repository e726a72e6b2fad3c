// @ts-check
// Takes a colour from the screen where the browser lets a page do that, else from a click on any picture of the page.

/** The colour, or nothing where the visitor thought better of it. @returns {Promise<string | undefined>} */
export async function pickedColor() {
  const Native = /** @type {{ new (): { open(): Promise<{ sRGBHex: string }> } } | undefined} */ (/** @type {any} */ (window).EyeDropper);
  if (!Native) return clickedColor();
  try {
    return hex((await new Native().open()).sRGBHex);
  } catch (error) {
    // Escape comes as an abort. Anything else: the browser has it, but not here.
    return /** @type {Error} */ (error).name === "AbortError" ? undefined : clickedColor();
  }
}

/** Some browsers write rgb(...). @param {string} color */
function hex(color) {
  if (/^#[0-9a-f]{6}$/i.test(color)) return color.toLowerCase();
  const numbers = color.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
  return numbers.length === 3 ? `#${numbers.map((value) => value.toString(16).padStart(2, "0")).join("")}` : undefined;
}

/** @returns {Promise<string | undefined>} */
function clickedColor() {
  return new Promise((resolve) => {
    const end = new AbortController();
    const { signal } = end;
    const stop = (/** @type {string | undefined} */ color) => {
      end.abort();
      document.body.classList.remove("picking");
      resolve(color);
    };
    document.body.classList.add("picking");
    // Before anything else hears of it: a picture may be a button, too.
    document.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const shown = document.elementsFromPoint(event.clientX, event.clientY).find((each) => each instanceof HTMLImageElement || each instanceof HTMLCanvasElement);
      stop(shown && colorAt(/** @type {HTMLImageElement | HTMLCanvasElement} */ (shown), event));
    }, { capture: true, signal });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      stop(undefined);
    }, { capture: true, signal });
  });
}

/** @param {HTMLImageElement | HTMLCanvasElement} shown @param {MouseEvent} event */
function colorAt(shown, event) {
  const box = shown.getBoundingClientRect();
  const [width, height] = shown instanceof HTMLImageElement ? [shown.naturalWidth, shown.naturalHeight] : [shown.width, shown.height];
  if (!width || !height || !box.width || !box.height) return undefined;
  const into = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  if (!into) return undefined;
  into.fillStyle = "#fff";
  into.fillRect(0, 0, 1, 1);
  const [x, y] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height].map(Math.floor);
  into.drawImage(shown, -x, -y, width, height);
  const [r, g, b] = into.getImageData(0, 0, 1, 1).data;
  return `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
