// @ts-check
// An example for every task: a picture of before and after, and what goes in. Made by training/composer_training/examples.py.
// Nothing is fetched before somebody wants to see or try it.

import { say } from "../language.js";

/** @import { Picture, Pictures, Task } from "../types.d.ts" */
/** @import { FieldValue } from "./task-fields.js" */

/** What goes into each; all files that it names stand beside it. */
const TABLE = new URL("../examples/examples.json", import.meta.url);
/** Width and height of a picture of before and after. */
export const SHOT = { width: 332, height: 160 };

/** Values by the names of a task's inputs, pictures and maps by file name; and the seed that gives the picture on the card. @typedef {Record<string, string | number> & { seed: number }} Example */

/** @type {Promise<Record<string, Example>> | undefined} */ let table;

/** @param {string} task */
export const shotUrl = (task) => new URL(`${task}.webp`, TABLE).href;

/** All examples by the names of their tasks. */
export function examples() {
  return (table ??= fetched(TABLE.href).then((answer) => answer.json()).catch((error) => {
    table = undefined; // The connection may come back.
    throw error;
  }));
}

/**
 * The example of a task, each value as its field takes it; what it is to be made of joins the visitor's pictures.
 * @param {Task} task @param {Pictures} pictures @returns {Promise<Record<string, FieldValue>>}
 */
export async function exampleFor({ name, inputs }, pictures) {
  /** @type {Record<string, string | number>} */ const example = (await examples())[name] ?? {};
  const blobs = await Promise.all(inputs.map(async (input) => {
    const value = example[input.name];
    return isFile(input.kind) && typeof value === "string" ? (await fetched(value)).blob() : undefined;
  }));
  /** @type {Record<string, FieldValue>} */ const values = {};
  for (const [i, { name, kind }] of inputs.entries()) {
    const blob = blobs[i];
    if (!blob) values[name] = example[name];
    else if (kind === "image") values[name] = await pictures.add(new File([blob], String(example[name]), { type: blob.type }));
    else values[name] = await urlOf(blob);
  }
  return values;
}

/** @param {Task["inputs"][number]["kind"]} kind */
const isFile = (kind) => ["image", "drawing", "mask", "instances", "depth"].includes(kind);

/** @param {string} file */
async function fetched(file) {
  const answer = await fetch(new URL(file, TABLE)).catch(() => undefined);
  if (!answer?.ok) throw new Error(say("tasks.noExample"));
  return answer;
}

/** The file's very bytes: a map that a canvas has gone over need not be the same. @param {Blob} blob @returns {Promise<string>} */
function urlOf(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

/** What goes into an example beside pictures, in a few words and dots of colour. @param {Task} task @param {Example} example */
export function spokenInputs({ inputs }, example) {
  const line = Object.assign(document.createElement("span"), { className: "task-given" });
  for (const { name, kind } of inputs) {
    const value = example[name];
    if (typeof value !== "string") continue;
    if (kind === "words") line.append(Object.assign(document.createElement("q"), { textContent: value.replace(/, [^,]* emoji\b.*$/, "") }));
    if (kind === "colors") line.append(...swatchesOf(value).map(({ color }) => {
      const dot = document.createElement("i");
      dot.style.backgroundColor = color;
      return dot;
    }));
  }
  return line;
}

/** "#rrggbb:0.5,..." as swatches. @param {string} text */
export const swatchesOf = (text) => text.split(",").map((part) => {
  const [color, weight = "1"] = part.split(":");
  return { color, weight: Number(weight) };
});
