// @ts-check
// Pictures that are drawn only while they are in sight: the gallery may hold thousands.

/** @type {WeakMap<Element, Blob>} */ const blobs = new WeakMap();

const sight = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    const image = /** @type {HTMLImageElement} */ (target);
    const blob = blobs.get(image);
    if (isIntersecting) {
      if (blob && !image.hasAttribute("src")) image.src = URL.createObjectURL(blob);
      continue;
    }
    // Out of sight, or taken off the page.
    URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
  }
}, { rootMargin: "300px" });

/** @param {Blob} blob @param {number} side */
export function lazyPicture(blob, side) {
  const image = Object.assign(document.createElement("img"), { alt: "", width: side, height: side, draggable: false });
  blobs.set(image, blob);
  sight.observe(image);
  return image;
}

/** The address is given back as soon as the picture is read. @param {HTMLImageElement} image @param {Blob} blob */
export function showBlob(image, blob) {
  const url = URL.createObjectURL(blob);
  const done = () => URL.revokeObjectURL(url);
  image.addEventListener("load", done, { once: true });
  image.addEventListener("error", done, { once: true });
  image.src = url;
}
