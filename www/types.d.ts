// Shapes that more than one file of the page speaks of, those of the engine among them. Types only: nothing here reaches the browser.

import type { ConditionId, LoadProgress, Parts, Pixels, Recipe, Result, Swatch } from "../pkg/types.d.ts";

export type * from "../pkg/types.d.ts";

/** The recipe of everything on the page, and which of its conditions are switched off. */
export interface Snapshot { recipe: Recipe; off: ConditionId[]; /** What completes the words. */ preset?: string; /** How many pictures, whether the seed is kept, and how tasks are done. */ run?: { count: number; locked: boolean; tasks?: Values }; }

/** What a recipe says beside its conditions. */
export type Values = Pick<Recipe, "seed" | "guidance" | "sampler" | "eta" | "steps" | "against" | "inversion">;

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
  remove(picture: Picture): void;
  at(number: number | undefined): Picture | undefined;
  numberOf(picture: Picture): number;
  listen(listener: (changed: Picture | undefined) => void): void;
}

/** What is kept of a result; its pixels are in the PNG. */
export type Made = Omit<Result, keyof Pixels>;
/** A finished picture on the page, and how it came about; `id` is its number in the gallery. */
export interface Shown { id: number; result: Made; way: Moment[]; }
/** What the gallery knows of a picture without opening it. */
export interface Entry {
  id: number;
  /** In ms since 1970. */
  time: number;
  caption: string;
  task?: string;
  seed: number;
  /** How long it took; 0 where nobody knows any more. */
  seconds: number;
  clause?: string;
  /** The same for the same PNG; see kept.js. */
  fingerprint: string;
  thumb: Blob;
  /** When it was deleted, in ms since 1970; it is forgotten for good when the page is left. */
  gone?: number;
}
/** One place where the gallery's pictures can be kept. */
export interface Kept {
  entries(): Promise<Entry[]>;
  png(id: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  add(entry: Entry, png: Uint8Array<ArrayBuffer>): Promise<void>;
  change(entries: Entry[]): Promise<void>;
  remove(ids: number[]): Promise<void>;
}
/** Pictures to be made, as the inputs were when they were asked for; or `again` one that is there, for its steps. */
export interface Job { id: number; recipes: Recipe[]; again?: Shown; }
/** The picture as it was expected after so many steps of the base. */
export interface Moment { step: number; steps: number; preview: Pixels; }
