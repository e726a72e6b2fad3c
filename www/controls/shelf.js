// @ts-check
// "Your pictures": each with what was found in it, as cards. A click on a card makes it a condition, another click lets it go.

import { say } from "../language.js";
import { colorOf, kindName, seenIn, thingsUrl } from "../things.js";
import { carry } from "./drop.js";
import { offerFiles } from "./files.js";
import { copyOf } from "./template.js";

/** @import { ConditionId, LoadProgress, Picture, Pictures } from "../types.d.ts" */

/** What a card may give. @type {ConditionId[]} */
const CARDS = ["sketch", "instances", "depth", "intensity", "palette", "semantics", "masking", "caption"];
/** Cards that need nothing from a network before a run. */
const ALWAYS = ["intensity", "palette", "semantics", "masking"];
/** Kinds of things that are named, the largest first. */
const NAMED = 5;
/** Colours that a card shows. */
const SWATCHES = 6;

/**
 * @typedef {object} ShelfOptions
 * @property {Pictures & { again(picture: Picture): void }} pictures
 * @property {(id: ConditionId, picture: Picture) => boolean} uses whether a card's part is a condition now
 * @property {(id: ConditionId, picture: Picture) => void} onToggle
 * @property {(picture: Picture, number: number) => void} onLook a picture is to be seen large
 * @property {(picture: Picture, number: number) => void} onRemove a picture shall go
 * @property {() => string[]} categories names of the model's categories
 * @property {(progress: LoadProgress) => string} loading
 * @property {(error: unknown) => void} onError
 */

export class Shelf {
  #list = /** @type {HTMLElement} */ (document.getElementById("shelf-list"));
  #section = /** @type {HTMLElement} */ (document.getElementById("shelf"));
  #options;
  /** @type {Map<Picture, HTMLElement>} */ #rows = new Map();
  #usable = true;

  /** @param {ShelfOptions} options */
  constructor(options) {
    this.#options = options;
    const { pictures, onError } = options;
    const part = (/** @type {string} */ selector) => /** @type {HTMLInputElement} */ (this.#section.querySelector(selector));
    offerFiles(part("[data-act=pick]"), part("input[type=file]"), (file) => pictures.add(file).catch(onError));
    pictures.listen((changed) => {
      if (changed) this.#fill(changed);
      else this.#lay();
    });
    this.#lay();
  }

  /** Shows anew which cards are used, or only what there is. @param {boolean} [usable] */
  refresh(usable = this.#usable) {
    this.#usable = usable;
    for (const [picture, row] of this.#rows) {
      /** @type {HTMLElement} */ (row.querySelector(".parts")).inert = !usable;
      for (const card of /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll(".part"))) {
        const used = this.#options.uses(/** @type {ConditionId} */ (card.dataset.part), picture);
        card.setAttribute("aria-pressed", String(used));
      }
    }
  }

  #lay() {
    const { all } = this.#options.pictures;
    for (const picture of this.#rows.keys()) if (!all.includes(picture)) this.#rows.delete(picture);
    for (const picture of all) if (!this.#rows.has(picture)) this.#rows.set(picture, this.#row(picture));
    this.#list.replaceChildren(...all.map((picture) => /** @type {HTMLElement} */ (this.#rows.get(picture))));
    this.#section.classList.toggle("filled", all.length > 0);
    for (const picture of all) this.#fill(picture);
  }

  /** @param {Picture} picture */
  #row(picture) {
    const row = /** @type {HTMLElement} */ (copyOf("shelf-template").firstElementChild);
    /** @type {HTMLImageElement} */ (row.querySelector(".whole img")).src = picture.url;
    row.querySelector("[data-act=look]")?.addEventListener("click", () => this.#options.onLook(picture, this.#options.pictures.numberOf(picture)));
    row.querySelector("[data-act=remove]")?.addEventListener("click", () => {
      this.#options.onRemove(picture, this.#options.pictures.numberOf(picture));
      /** @type {HTMLElement | null} */ (this.#section.querySelector("[data-act=pick]"))?.focus();
    });
    row.querySelector(".parts")?.append(...CARDS.map((id) => {
      const card = Object.assign(document.createElement("button"), { type: "button", className: "part" });
      card.dataset.part = id;
      card.append(Object.assign(document.createElement("span"), { className: "face" }), " ", Object.assign(document.createElement("span"), { className: "name", textContent: say(`shelf.cards.${id}`) }));
      card.addEventListener("click", () => this.#options.onToggle(id, picture));
      carry(card, {
        place: (below) => composition(below, id),
        drop: () => {
          if (!this.#options.uses(id, picture)) this.#options.onToggle(id, picture);
        },
      });
      return card;
    }));
    return row;
  }

  /** @param {Picture} picture */
  #fill(picture) {
    const row = this.#rows.get(picture);
    if (!row) return;
    const number = this.#options.pictures.numberOf(picture);
    row.dataset.state = picture.state;
    row.setAttribute("aria-busy", String(picture.state === "working"));
    /** @type {HTMLElement} */ (row.querySelector(".picture-number")).textContent = String(number);
    /** @type {HTMLImageElement} */ (row.querySelector(".whole img")).alt = say(picture.name ? "shelf.named" : "shelf.picture", { n: number, name: picture.name });
    row.querySelector("[data-act=look]")?.setAttribute("aria-label", say("shelf.look", { n: number }));
    row.querySelector("[data-act=remove]")?.setAttribute("aria-label", say("shelf.remove", { n: number }));
    row.querySelector(".parts")?.setAttribute("aria-label", say("shelf.parts", { n: number }));
    for (const id of CARDS) {
      const card = /** @type {HTMLButtonElement} */ (row.querySelector(`[data-part="${id}"]`));
      const guess = picture.parts?.guesses[0]?.label;
      card.disabled = picture.parts ? id === "caption" && !guess : !ALWAYS.includes(id);
      const what = id === "caption" && guess ? say("shelf.guess", { guess }) : say(`shelf.full.${id}`);
      const name = say("shelf.card", { n: number, what });
      card.setAttribute("aria-label", name);
      card.title = name;
      face(/** @type {HTMLElement} */ (card.querySelector(".face")), id, picture);
    }
    this.#found(/** @type {HTMLElement} */ (row.querySelector(".found")), picture);
    this.refresh();
  }

  /** The line below the cards: what was found, or what is under way. @param {HTMLElement} line @param {Picture} picture */
  #found(line, picture) {
    const { state, parts, progress, error } = picture;
    if (state === "done" && parts) {
      const names = this.#options.categories();
      const seen = seenIn(parts.categories).slice(0, NAMED);
      const things = seen.map((category) => {
        const item = Object.assign(document.createElement("span"), { className: "thing", textContent: names[category] ? kindName(names[category]) : say("shelf.kind", { n: category }) });
        const dot = document.createElement("i");
        dot.style.backgroundColor = colorOf(category);
        item.prepend(dot);
        return item;
      });
      const guesses = parts.guesses.slice(0, 3).map(({ label }) => label).join(", ");
      line.replaceChildren(
        labelled(say("shelf.things"), ...(things.length ? things : [say("shelf.noThings")])),
        labelled(say("shelf.guesses"), guesses || say("shelf.noGuesses")),
        labelled(say("shelf.depth"), say("shelf.depthIs")),
      );
    } else if (state === "failed") {
      const again = Object.assign(document.createElement("button"), { type: "button", className: "soft small", textContent: say("shelf.again") });
      again.addEventListener("click", () => this.#options.pictures.again(picture));
      line.replaceChildren(`${say("shelf.failed", { why: error ?? "" })} `, again);
    } else if (state === "unable") {
      line.replaceChildren(say("shelf.unable"));
    } else {
      line.replaceChildren(progress && progress.received < progress.total ? this.#options.loading(progress) : say("shelf.working"));
    }
  }
}

/** Where a card shows that it will count: at its condition, wherever among the conditions it is held. @param {Element} below @param {ConditionId} id */
function composition(below, id) {
  if (!below.closest("#studio") || below.closest("#shelf")) return null;
  const section = document.querySelector(`[data-condition=${id}]`);
  const fold = section?.closest("details");
  return fold?.open === false ? fold : section;
}

/** @param {string} name @param {(Node | string)[]} content */
function labelled(name, ...content) {
  const item = document.createElement("span");
  item.append(Object.assign(document.createElement("b"), { textContent: name }), " ", ...content);
  return item;
}

/** @param {HTMLElement} face @param {ConditionId} id @param {Picture} picture */
function face(face, id, { url, parts, palette }) {
  if (id === "palette") {
    face.replaceChildren(...(palette ?? []).slice(0, SWATCHES).map(({ color, weight }) => {
      const band = document.createElement("span");
      band.className = "band";
      band.style.backgroundColor = color;
      // Factors below 1 in sum would leave a gap.
      band.style.flexGrow = String(100 * weight);
      return band;
    }));
    return;
  }
  if (id === "caption") {
    face.lang = "en";
    const guess = parts?.guesses[0]?.label;
    face.textContent = guess ? `${guess}?` : "…";
    return;
  }
  const source = id === "instances" ? parts && thingsUrl(parts.categories, parts.boundary)
    : id === "semantics" ? url
      : id === "masking" ? url
        : id === "intensity" ? parts?.intensity ?? url
          : parts?.[id];
  // White over the things: that part would be made anew.
  const sources = [source, id === "masking" ? parts?.mask : undefined].filter((each) => each !== undefined);
  const known = [...face.querySelectorAll("img")].map(({ src }) => src);
  if (known.join() === sources.join()) return;
  face.replaceChildren(...sources.map((src) => Object.assign(document.createElement("img"), { src, alt: "", draggable: false })));
}
