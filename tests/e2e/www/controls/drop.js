// @ts-check
// Pictures dropped or pasted anywhere on the page, and over which input.

/** @param {(file: File, target: string | undefined) => void} onPicture target is the data-drop of the input below, if any */
export function listenForPictures(onPicture) {
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
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    // Without this the browser would leave the page for the file.
    event.preventDefault();
    onPicture(file, zone(event)?.dataset.drop);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    onPicture(file, zone(event)?.dataset.drop);
  });
}
