// Shapes that more than one file of the page speaks of, those of the engine among them. Types only: nothing here reaches the browser.

import type { ConditionId, LoadProgress, Parts, Pixels, Recipe, Result, Swatch } from "../pkg/types.d.ts";

export type * from "../pkg/types.d.ts";

/** The recipe of everything on the page, and which of its conditions are switched off. */
export interface Snapshot { recipe: Recipe; off: ConditionId[]; }

/** One of the visitor's pictures. */
export interface Picture {
  readonly url: string;
  readonly name: string;
  state: "waiting" | "working" | "done" | "failed" | "unable";
  parts?: Parts;
  /** Main colours, which need no network. */
  palette?: Swatch[];
  progress?: LoadProgress;
  error?: string;
}

/** The visitor's pictures as controls see them; see collection.js. */
export interface Pictures {
  readonly all: readonly Picture[];
  add(file: Blob): Promise<Picture>;
  at(number: number | undefined): Picture | undefined;
  numberOf(picture: Picture): number;
  listen(listener: (changed: Picture | undefined) => void): void;
}

/** A finished picture on the page, and how it came about. */
export interface Shown { url: string; result: Result; way: Moment[]; }
/** The picture as it was expected after so many steps of the base. */
export interface Moment { step: number; steps: number; preview: Pixels; }
