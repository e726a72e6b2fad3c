// @ts-check
// What is said of a task and its inputs: by the page where it has better words, else by the engine, which speaks English.

import { say, sayOf } from "./language.js";

/** @import { Task, TaskInput } from "./types.d.ts" */

/** "structure-and-colors" as people write it. @param {string} name */
const spoken = (name) => {
  const words = name.replaceAll("-", " ").replaceAll("colors", "colours");
  return words[0].toUpperCase() + words.slice(1);
};

/** A short name for a task. @param {string} name */
export const titleOf = (name) => sayOf("taskTexts.titles", name, name.replaceAll("-", " "));

/** What a picture without words is called: after its task, if it has one. @param {string | undefined} task */
export const wordless = (task) => (task ? titleOf(task) : say("gallery.wordless"));

/** What a task does, without a full stop. @param {Task} task */
export const aboutOf = ({ name, about }) => sayOf("taskTexts.about", name, about);

/** What an input is called. @param {TaskInput} input */
export const labelOf = ({ name }) => sayOf("taskTexts.labels", name, spoken(name));

/** What an input is, without a full stop. @param {string} task @param {TaskInput} input */
export const inputOf = (task, { name, about }) => sayOf(`taskTexts.inputs.${task}`, name, about);

/** What to do; the page asks for some things in another way than the command line. @param {string} task @param {TaskInput} input */
export function hintOf(task, input) {
  const about = `${inputOf(task, input).replace(/^White where/, "Paint where")}.`;
  return input.kind === "mask" && !input.required ? about : sayOf("taskTexts.hints", input.kind, about);
}

/** One of the words of a choice. @param {string} option */
export const optionOf = (option) => sayOf("taskTexts.options", option, spoken(option));
