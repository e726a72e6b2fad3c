// @ts-check
// What is dropped or pasted anywhere on the page, and over which input: pictures from outside, pictures that were made here, and
// the cards of pictures.

/**
 * Something of this page that is being dragged.
 * @typedef {object} Carried
 * @property {(below: Element) => Element | null} place that would take it there
 * @property {(target: string | undefined) => void} drop target is the data-drop of the input below, if any
 */

/** @type {Carried | undefined} */ let carried;

/** Lets something be dragged to where it is of use; a click or a key must do the same. @param {HTMLElement} element @param {Carried} what */
export function carry(element, what) {
  element.draggable = true;
  element.addEventListener("dragstart", (event) => {
    carried = what;
    // Without any data some browsers begin no drag; with the usual kinds they would offer a link or a file.
    event.dataTransfer?.clearData();
    event.dataTransfer?.setData("application/x-composer", "");
    event.stopPropagation();
  });
}

/** @param {Element} below */
const input = (below) => below.closest("[data-drop]");

/**
 * @param {(files: File[], target: string | undefined) => void} onPictures target is the data-drop of the input below, if any
 * @param {(id: number, target: string | undefined) => void} onMade a picture that was made here, by its number
 */
export function listenForPictures(onPictures, onMade) {
  const root = document.documentElement;
  let depth = 0;
  const over = (/** @type {boolean} */ on) => root.classList.toggle(carried && carried.place !== input ? "carrying" : "dragging", on);
  const isOurs = (/** @type {DragEvent} */ event) => Boolean(carried) || Boolean(event.dataTransfer?.types.includes("Files"));
  /** The place that would take what is dragged. @param {Event} event */
  const place = (event) => /** @type {HTMLElement | null} */ (event.target instanceof Element ? (carried?.place ?? input)(event.target) : null);
  const mark = (/** @type {Element | null} */ under) => {
    for (const each of document.querySelectorAll(".over")) if (each !== under) each.classList.remove("over");
    under?.classList.add("over");
  };
  const end = () => {
    depth = 0;
    over(false);
    mark(null);
    carried = undefined;
  };

  root.addEventListener("dragstart", (event) => {
    const made = event.target instanceof Element && /** @type {HTMLElement | null} */ (event.target.closest("[data-made]"));
    if (!made) return;
    // Where a dialog covers the page, its own place stands for those of the page.
    const dialog = made.closest("dialog");
    carried = { place: dialog ? (below) => below.closest("dialog [data-drop]") : input, drop: (target) => onMade(Number(made.dataset.made), target) };
    if (made.tagName !== "IMG") event.dataTransfer?.setData("application/x-composer", "");
  });
  root.addEventListener("dragend", end);
  // What left the page while it was dragged tells nobody of its end; the pointer is quiet during a drag.
  root.addEventListener("pointermove", () => (carried = undefined));
  root.addEventListener("dragenter", (event) => {
    if (!isOurs(event)) return;
    depth++;
    over(true);
  });
  root.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) over(false);
  });
  root.addEventListener("dragover", (event) => {
    if (!isOurs(event)) return;
    const under = place(event);
    mark(under);
    // Pictures are taken anywhere, a card only where it is of use.
    if (!under && carried && carried.place !== input) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  root.addEventListener("drop", (event) => {
    const [files, what, under] = [[...(event.dataTransfer?.files ?? [])], carried, place(event)];
    end();
    if (!what && !files.length) return;
    // Without this the browser would leave the page for the file.
    event.preventDefault();
    if (what) what.drop(under?.dataset.drop);
    else onPictures(files, under?.dataset.drop);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    onPictures(files, place(event)?.dataset.drop);
  });
}
