// @ts-check
// Recipes that take up another one's run, and the numbers by which recipes speak of pictures.

/** @import { Conditions, Earlier, Recipe } from "./types.d.ts" */

/**
 * What led the steps of a run before `step`, for a run that goes on from there.
 * @param {Recipe} recipe @param {number} step of the base, the first that something else may lead @returns {Earlier[]}
 */
export function branched({ earlier = [], guidance, expression, conditions, against }, step) {
  const before = earlier.filter(({ until }) => until < step);
  const last = earlier.find(({ until }) => until >= step) ?? { guidance, expression, conditions, against };
  /** @type {Earlier} */
  const led = { until: step };
  for (const key of /** @type {const} */ (["guidance", "expression", "conditions", "against"])) {
    if (last[key] !== undefined) Object.assign(led, { [key]: last[key] });
  }
  return [...before, led];
}

/** The largest number of a picture that a recipe speaks of; 0 for none. @param {Pick<Recipe, "conditions" | "expression" | "against" | "inversion" | "earlier">} recipe */
export function highestNumber({ conditions, expression, against, inversion, earlier = [] }) {
  const numbers = [...inSet(conditions), ...inText(expression), ...inAgainst(against), inversion?.of ?? 0, inversion?.from ?? 0];
  for (const part of earlier) numbers.push(...inSet(part.conditions ?? {}), ...inText(part.expression), ...inAgainst(part.against));
  return Math.max(0, ...numbers);
}

/** @param {Conditions} conditions */
const inSet = (conditions) => Object.values(conditions).flatMap((/** @type {any} */ entry) => [entry?.of ?? 0, entry?.from ?? 0]);

/** @param {Recipe["against"]} against */
const inAgainst = (against) => (typeof against === "object" ? inSet(against.conditions) : []);

/** @param {string | undefined} expression */
const inText = (expression = "") => [...expression.matchAll(/[a-z]\s*\(\s*(?:image\s*)?(\d+)\s*\)/gi)].map((found) => Number(found[1]));
