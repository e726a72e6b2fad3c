// @ts-check
// A map that a task takes, of things or of depth: that of one of the visitor's pictures, or one of its own, which an example
// brings or which is painted by hand in the large editor.

import { editButton, openEditor, sayEdit } from "../editor/editor.js";
import { say } from "../language.js";
import { pixels, squareFromUrl } from "../pictures.js";
import { seenMap, thingsUrl } from "../things.js";
import { PictureField } from "./picture-field.js";
import { labelOf } from "../task-texts.js";

/** @import { Parts, Picture, TaskInput } from "../types.d.ts" */
/** @import { Source } from "../editor/convert.js" */
/** @import { KindId } from "../editor/kinds.js" */
/** @import { Field, FieldContext } from "./task-fields.js" */

/** A map of its own as one of the choices: `url` is how it looks, `map` what the engine is given. @typedef {Picture & { map: string }} Guest */

/**
 * @typedef {object} MapKind
 * @property {KindId} edited
 * @property {(parts: Parts) => string} shown how the map of a picture looks
 * @property {(parts: Parts) => string} given
 * @property {(parts: Parts) => Source} begun what the editor begins with
 * @property {(map: string) => Promise<string>} look of a map of its own
 */

/** @type {Record<"instances" | "depth", MapKind>} */
const MAPS = {
  instances: {
    edited: "things",
    shown: ({ categories, boundary }) => thingsUrl(categories, boundary),
    given: ({ instances }) => instances,
    begun: (parts) => ({ things: parts }),
    look: async (map) => seenMap(pixels(await squareFromUrl(map, false))),
  },
  depth: {
    edited: "depth",
    shown: ({ depth }) => depth,
    given: ({ depth }) => depth,
    begun: ({ depth }) => ({ url: depth }),
    look: async (map) => map,
  },
};

/** @param {HTMLElement} root @param {TaskInput} input @param {FieldContext} context @returns {Field} */
export function mapField(root, input, context) {
  const { pictures, onError } = context;
  const { edited, shown, given, begun, look } = MAPS[/** @type {keyof typeof MAPS} */ (input.kind)];
  /** The picture that the task works on. @type {Picture | undefined} */ let ground;
  const field = new PictureField(root, {
    ...context,
    name: labelOf(input),
    shows: ({ parts }) => parts && shown(parts),
    onChange() {
      offer();
      context.onChange();
    },
  });
  /** @param {string} map @param {string} name */
  const take = async (map, name) => {
    const guest = /** @type {Guest} */ ({ map, name, url: await look(map), state: "unable" });
    field.guest = guest;
    field.choose(guest);
  };
  /** What is chosen, if it belongs to none of the visitor's pictures. */
  const own = () => (field.picture && field.picture === field.guest ? /** @type {Guest} */ (field.picture) : undefined);
  /** The picture whose map is gone on from, and which can be seen below it. */
  const below = () => (own() ? ground : field.picture ?? ground);

  const edit = editButton(labelOf(input), async () => {
    const [guest, chosen, picture] = [field.guest, field.picture, below()];
    await openEditor({
      kind: edited,
      source: own() ? { url: own()?.map } : picture?.parts && begun(picture.parts),
      below: picture,
      pictures,
      names: context.categories(),
      put: ({ url }) => void take(url, say("tasks.painted")).catch(onError),
      restore: () => {
        field.guest = guest;
        field.choose(chosen);
      },
    });
  }, onError);
  const offer = () => sayEdit(edit, !own() && below(), !field.picture);
  root.append(edit);
  offer();
  pictures.listen(offer);

  return {
    get value() {
      return own()?.map ?? (field.picture?.parts && given(field.picture.parts));
    },
    get state() {
      return field.picture;
    },
    get picture() {
      return field.picture;
    },
    async set(value) {
      if (typeof value === "string") return take(value, say("tasks.guest"));
      const picture = typeof value === "object" ? value : undefined;
      if (picture && "map" in picture) field.guest = picture;
      field.choose(picture);
    },
    take: (file) => field.take(file),
    follow(picture) {
      ground = picture;
      offer();
    },
  };
}
