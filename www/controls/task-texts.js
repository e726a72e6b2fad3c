// @ts-check
// What is said of a task and its inputs: by the page where it has better words, else by the engine, which speaks English.

import { say } from "../language.js";

/** @import { Task, TaskInput } from "../types.d.ts" */

/** "structure-and-colors" as people write it. @param {string} name */
const spoken = (name) => {
  const words = name.replaceAll("-", " ").replaceAll("colors", "colours");
  return words[0].toUpperCase() + words.slice(1);
};

/** @param {string} key in taskTexts @param {string} otherwise where the visitor's language has no such sentence */
function told(key, otherwise) {
  try {
    return say(`taskTexts.${key}`);
  } catch {
    return otherwise;
  }
}

/** A short name for a task. @param {string} name */
export const titleOf = (name) => told(`titles.${name}`, name.replaceAll("-", " "));

/** What a task does, without a full stop. @param {Task} task */
export const aboutOf = ({ name, about }) => told(`about.${name}`, about);

/** What an input is called. @param {TaskInput} input */
export const labelOf = ({ name }) => told(`labels.${name}`, spoken(name));

/** What an input is, without a full stop. @param {string} task @param {TaskInput} input */
export const inputOf = (task, { name, about }) => told(`inputs.${task}.${name}`, about);

/** What to do; the page asks for some things in another way than the command line. @param {string} task @param {TaskInput} input */
export function hintOf(task, input) {
  const about = `${inputOf(task, input).replace(/^White where/, "Paint where")}.`;
  return input.kind === "mask" && !input.required ? about : told(`hints.${input.kind}`, about);
}

/** One of the words of a choice. @param {string} option */
export const optionOf = (option) => told(`options.${option}`, spoken(option));
