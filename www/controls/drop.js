// @ts-check
// Pictures dropped or pasted anywhere on the page, and over which input.

/** @param {(files: File[], target: string | undefined) => void} onPictures target is the data-drop of the input below, if any */
export function listenForPictures(onPictures) {
  const root = document.documentElement;
  let depth = 0;
  const over = (/** @type {boolean} */ on) => root.classList.toggle("dragging", on);
  /** @param {Event} event */
  const zone = (event) => /** @type {HTMLElement | null} */ (event.target instanceof Element ? event.target.closest("[data-drop]") : null);

  root.addEventListener("dragenter", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    depth++;
    over(true);
  });
  root.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) over(false);
  });
  root.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const under = zone(event);
    for (const each of document.querySelectorAll("[data-drop]")) each.classList.toggle("over", each === under);
  });
  root.addEventListener("drop", (event) => {
    depth = 0;
    over(false);
    for (const each of document.querySelectorAll(".over")) each.classList.remove("over");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    // Without this the browser would leave the page for the file.
    event.preventDefault();
    onPictures(files, zone(event)?.dataset.drop);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    onPictures(files, zone(event)?.dataset.drop);
  });
}
