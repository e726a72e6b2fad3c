// @ts-check
// What a recipe asks for that will not do what it seems to: inputs that say the same, cancel out, or do not count. Said in words.
// A pure function of the recipe, so that it can be tested without a page.

import { language, say } from "./language.js";

/** @import { ConditionId, Conditions, Recipe, Tuned } from "./types.d.ts" */

/** Inputs of a picture that tell where things are, the one that tells most first. @type {ConditionId[]} */
const LAYOUT = ["intensity", "sketch", "instances", "depth"];
/** Those that stand for a place in the picture. @type {ConditionId[]} */
const LOCAL = [...LAYOUT, "masking"];
/** Less than this of a mask is nothing, and all but this is everything. */
const SPECK = 0.002;
/** Words too common to be what somebody wants or does not want. */
const COMMON = new Set(["and", "the", "with", "without", "from", "für", "und", "der", "die", "das", "mit", "ein", "eine", "emoji", "picture", "style"]);

/** @param {ConditionId} id */
const name = (id) => say(`tasks.names.${id}`);

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {string[]} names */
const listed = (names) => new Intl.ListFormat(language(), { type: "conjunction" }).format(names);

/**
 * @param {Recipe} recipe
 * @param {{ free?: number }} [seen] free: the share of the mask that may change, where the mask has been looked at
 * @returns {string[]} sentences, the most important first
 */
export function advice(recipe, seen = {}) {
  const { conditions, steps } = recipe;
  const given = /** @type {ConditionId[]} */ (Object.keys(conditions));
  const idle = given.filter((id) => tuned(conditions, id).weight === 0);
  const asleep = given.filter((id) => !idle.includes(id) && !coversAStep(tuned(conditions, id), steps.base));
  const active = given.filter((id) => !idle.includes(id) && !asleep.includes(id));
  return [
    ...maskAdvice(recipe, active, seen.free),
    ...idle.map((id) => say("tasks.advice.noWeight", { name: capital(name(id)) })),
    ...asleep.map((id) => say("tasks.advice.noStep", { name: capital(name(id)), n: steps.base })),
    ...againstAdvice(recipe, active),
    ...sourceAdvice(recipe, active),
    ...mixtureAdvice(conditions, active),
    ...lightAdvice(recipe, active),
  ];
}

/** @param {Conditions} conditions @param {ConditionId} id @returns {Required<Tuned>} */
function tuned(conditions, id) {
  const { weight = 1, start = 0, end = 1 } = /** @type {Tuned} */ (conditions[id] ?? {});
  return { weight, start, end };
}

/** As the engine counts: from `start` on and before `end`, by steps done of all. @param {Required<Tuned>} range @param {number} steps */
function coversAStep({ start, end }, steps) {
  if (!(steps >= 1)) return true; // The field itself says what is wrong with it.
  return Array.from({ length: Math.min(steps, 1000) }, (_, i) => i / steps).some((progress) => start <= progress && (progress < end || end >= 1));
}

/** The picture whose part a condition is, if it is one picture's. @param {Conditions} conditions @param {ConditionId} id */
function sourceOf(conditions, id) {
  const { of, from } = /** @type {{ of?: number, from?: number }} */ (conditions[id] ?? {});
  return from === undefined || from === of ? of : undefined;
}

/** @param {Recipe} recipe @param {ConditionId[]} active @param {number | undefined} free */
function maskAdvice({ expression }, active, free) {
  if (!active.includes("masking")) return [];
  if (free !== undefined && free < SPECK) return [say("tasks.advice.emptyMask")];
  if (free !== undefined && free > 1 - SPECK) return [say("tasks.advice.fullMask")];
  return active.length === 1 && !expression ? [say("tasks.advice.onlyMask")] : [];
}

/** Inputs from one picture that say the same once more, or nothing new at all. @param {Recipe} recipe @param {ConditionId[]} active */
function sourceAdvice({ conditions, expression, inversion }, active) {
  const sentences = [];
  const pictures = new Set(active.map((id) => sourceOf(conditions, id)).filter((of) => of !== undefined));
  for (const n of pictures) {
    const [strongest, ...weaker] = LAYOUT.filter((id) => active.includes(id) && sourceOf(conditions, id) === n);
    // Lines and depth together are more than either; light holds both, and lines hold the outlines of things.
    const covered = weaker.filter((id) => strongest === "intensity" || (strongest === "sketch" && id === "instances"));
    if (covered.length) sentences.push(say("tasks.advice.sameLayout", { name: capital(name(strongest)), picture: n, others: listed(covered.map(name)) }));
  }
  const layouts = LAYOUT.filter((id) => active.includes(id)).map((id) => ({ id, of: sourceOf(conditions, id) })).filter(({ of }) => of !== undefined);
  const [first] = layouts;
  const other = layouts.find(({ of }) => of !== first.of);
  if (other) sentences.unshift(say("tasks.advice.twoLayouts", { name: capital(name(first.id)), picture: Number(first.of), other: name(other.id), from: Number(other.of) }));
  const others = active.filter((id) => id !== "masking");
  const [only] = pictures;
  const isCopy = pictures.size === 1 && others.includes("semantics") && others.length > 2 && !expression && !inversion && others.every((id) => sourceOf(conditions, id) === only);
  return isCopy ? [say("tasks.advice.copy", { picture: Number(only) }), ...sentences] : sentences;
}

/** @param {Conditions} conditions @param {ConditionId[]} active */
function mixtureAdvice(conditions, active) {
  return /** @type {const} */ (["semantics", "palette"]).filter((id) => active.includes(id)).flatMap((id) => {
    const { of, from, strength = 1 } = conditions[id] ?? {};
    if (from === undefined || of === undefined) return [];
    const named = { name: capital(name(id)), picture: of, other: from };
    if (from === of) return [say("tasks.advice.mixedWithItself", named)];
    if (strength <= 0) return [say("tasks.advice.mixedNothing", named)];
    return strength >= 1 ? [say("tasks.advice.mixedAll", named)] : [];
  });
}

/** @param {Recipe} recipe @param {ConditionId[]} active */
function againstAdvice({ conditions, expression, against, guidance }, active) {
  if (!against || against === "nothing") return [];
  if (guidance === 1) return [say("tasks.advice.noGuidance")];
  if (against === "locals") return active.some((id) => LOCAL.includes(id)) || expression ? [] : [say("tasks.advice.noLocals")];
  const [wanted, unwanted] = [`${conditions.caption?.text ?? ""} ${expression ?? ""}`, against.conditions.caption?.text ?? ""].map(wordsOf);
  const both = [...unwanted].filter((word) => wanted.has(word));
  return both.length ? [say("tasks.advice.bothWays", { words: listed(both.slice(0, 3).map((word) => `“${word}”`)), n: both.length })] : [];
}

/** @param {Recipe} recipe @param {ConditionId[]} active */
function lightAdvice({ exact_intensity, expression }, active) {
  if (!exact_intensity) return [];
  return active.every((id) => id === "intensity" || id === "masking") && !expression ? [say("tasks.advice.onlyLight")] : [];
}

/** @param {string} text */
const wordsOf = (text) => new Set(text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2 && !COMMON.has(word)));
