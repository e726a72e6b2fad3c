// @ts-check
// What a picture of the gallery is called.

import { language, say } from "../language.js";
import { wordless } from "../task-texts.js";
import { fileName } from "../view/format.js";

/** @import { Entry } from "../types.d.ts" */

/** @param {Pick<Entry, "caption" | "task">} entry */
export const titleOf = ({ caption, task }) => caption || wordless(task);

/** With its seed, which tells pictures of the same words apart. @param {Pick<Entry, "caption" | "task" | "seed">} entry */
export const named = (entry) => say("gallery.named", { title: titleOf(entry), seed: entry.seed });

/** @param {Entry} entry */
export const madeAt = ({ time }) => new Date(time).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });

/** @param {Pick<Entry, "caption" | "task" | "seed">} entry @param {string} [kind] what tells a copy from the picture itself */
export function fileOf({ caption, task, seed }, kind = "") {
  const name = fileName(caption || task || "", seed);
  return kind ? name.replace(/\.png$/, `-${kind}.png`) : name;
}
