// Shapes that more than one file speaks of. Types only: nothing here reaches the browser.

export type Backend = "auto" | "cpu" | "webgpu";
export type ConditionId = "caption" | "semantics" | "palette" | "sketch" | "instances" | "depth" | "intensity" | "masking";

/** Weight 0 to 2; start and end are fractions of the sampling run. */
export interface Tuned { weight?: number; start?: number; end?: number; }
export interface Swatch { color: string; weight: number; }

/** A representation: itself, as a data URL, or that of a picture of the recipe, numbered from 1. */
export interface Sourced { image?: string; of?: number; }
/** Of one picture of the recipe, or a place between two: strength 0 is `from`, 1 is `of`. */
export interface Mixed { of?: number; from?: number; strength?: number; }

export interface Conditions {
  caption?: Tuned & { text: string };
  semantics?: Tuned & Mixed;
  palette?: Tuned & Mixed & { colors?: Swatch[] };
  sketch?: Tuned & Sourced;
  instances?: Tuned & Sourced;
  depth?: Tuned & Sourced;
  intensity?: Tuned & Sourced;
  masking?: Tuned & Sourced & { mask?: string; categories?: number[] };
}

/** What guidance leads away from. */
export type Against = "nothing" | "locals" | { conditions: Conditions };

/** What led the steps of the base before `until`. */
export interface Earlier { until: number; guidance?: number; expression?: string; conditions?: Conditions; against?: Against; }

/** What a picture is made from. The engine's own check names the field that is wrong. */
export interface Recipe {
  version: 1;
  model?: { name: string; sha256: string };
  task?: string;
  seed: number;
  guidance: number;
  sampler: "dpm++2m" | "unipc" | "ddim";
  eta?: number;
  steps: { prior: number; base: number; upsampler: number };
  images?: string[];
  expression?: string;
  conditions: Conditions;
  /** Whether the picture gets the light and dark of `conditions.intensity` exactly. */
  exact_intensity?: boolean;
  against?: Against;
  inversion?: { of: number; refinements?: number };
  earlier?: Earlier[];
}

/** The recipe of everything on the page, and which of its conditions are switched off. */
export interface Snapshot { recipe: Recipe; off: ConditionId[]; }

export interface BackendInfo { backend: "cpu" | "webgpu"; adapter: string; reason: string; }

/** Bytes that making pictures takes, and that taking them apart takes beside those, if the model can do that. */
export interface ModelInfo {
  title: string;
  bytes: number;
  cached: number;
  apart: { bytes: number; cached: number } | undefined;
  categories: string[];
}

/** Bytes over all files of one load; `cached` of the received ones were kept from an earlier visit. */
export interface LoadProgress { type: "load"; stage: string; file: string; received: number; total: number; cached: number; }
export interface StepProgress {
  type: "step";
  stage: string;
  step: number;
  steps: number;
  preview?: Pixels;
}
export interface Pixels { width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer>; }
export interface Result extends Pixels { png: Uint8Array<ArrayBuffer>; recipe: Recipe; seconds: number; clause?: string; warning?: string; }

/** What the engine finds in a picture; the pictures are data URLs. */
export interface Parts {
  picture: string;
  sketch: string;
  instances: string;
  depth: string;
  intensity: string;
  mask: string;
  /** 64 x 64 numbers, 0 is background. */
  categories: Uint8Array;
  boundary: Float32Array;
  palette: Swatch[];
  semantics: Float32Array;
  guesses: { label: string; score: number }[];
}

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

export type InputKind = "image" | "drawing" | "mask" | "instances" | "depth" | "words" | "colors" | "number" | "choice";
/** One thing that a task takes. */
export interface TaskInput {
  name: string;
  kind: InputKind;
  required: boolean;
  about: string;
  min?: number;
  max?: number;
  default?: number;
  options?: string[];
}
export interface Task { name: string; about: string; inputs: TaskInput[]; }
/** Numbers, words and data URLs by the names of a task's inputs. */
export type TaskValues = Record<string, number | string>;

/** What stands in the words box. Columns count characters from 1, the end excluded. */
export interface Reading {
  isExpression: boolean;
  error?: { start: number; end: number; message: string } | null;
  clauses: string[];
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
/** Pictures to be made, as the inputs were when they were asked for. */
export interface Job { id: number; recipes: Recipe[]; before?: Shown; }
/** The picture as it was expected after so many steps of the base. */
export interface Moment { step: number; steps: number; preview: Pixels; }

export interface RequestOptions {
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress | StepProgress) => void;
  transfer?: Transferable[];
}

/** The store that the engine reads weights from; see store.js. */
export interface ModelStore {
  manifest(): Promise<Uint8Array>;
  fetch(file: string, bytes: number, sha256: string, onBytes: (received: number) => void): Promise<Uint8Array>;
  read(sha256: string): Promise<Uint8Array | undefined>;
  write(sha256: string, bytes: Uint8Array): Promise<boolean>;
  remove(sha256: string): Promise<void>;
}

/** One place where weights can be kept. */
export interface Shelf {
  name: string;
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  size(key: string): Promise<number>;
  remove(key: string): Promise<void>;
  keys(): Promise<string[]>;
}
