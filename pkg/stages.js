// @ts-check
// Which of a model's networks a recipe needs. Only for adding up sizes before the engine is asked; it decides itself.

/** @import { Asked, Conditions } from "./types.d.ts" */

/** @param {Asked} recipe @returns {string[]} */
export function stagesOf({ conditions = {}, expression = "", against, inversion, earlier = [] }) {
  const stages = new Set(["base", "upsampler"]);
  const counts = (/** @type {{ weight?: number } | undefined} */ entry) => (entry?.weight ?? (entry ? 1 : 0)) > 0;
  const opposed = typeof against === "object" ? [against.conditions] : [];
  for (const set of /** @type {Conditions[]} */ ([conditions, ...opposed, ...earlier.map((part) => part.conditions ?? {})])) {
    if (counts(set.caption)) stages.add("text_encoder");
    if (counts(set.caption) && !counts(set.semantics)) stages.add("prior");
    if (set.semantics) stages.add("image_encoder").add("projection");
    if (set.sketch?.of || set.instances?.of || set.depth?.of || (set.masking?.of && !set.masking.mask)) stages.add("decomposer");
  }
  const texts = [expression, ...earlier.map((part) => part.expression ?? "")].filter(Boolean);
  if (texts.length) stages.add("text_encoder").add("prior");
  if (inversion || texts.some((text) => /(style|semantics)\s*\(/i.test(text))) stages.add("image_encoder").add("projection");
  if (inversion || texts.some((text) => /(sketch|instances|depth)\s*\(/i.test(text))) stages.add("decomposer");
  return [...stages];
}
