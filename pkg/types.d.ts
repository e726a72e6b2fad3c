// What goes into the engine and comes out of it. Types only: nothing here reaches the browser.

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
  /** `strength` of the way from the noise of picture `from`, if there is one, to that of picture `of`. */
  inversion?: { of: number; from?: number; strength?: number; under?: "everything" | "globals"; refinements?: number };
  earlier?: Earlier[];
}

export interface BackendInfo { backend: "cpu" | "webgpu"; adapter: string; reason: string; }

/** Bytes that making pictures takes, and that taking them apart takes beside those, if the model can do that. */
export interface ModelInfo {
  title: string;
  bytes: number;
  cached: number;
  apart: { bytes: number; cached: number } | undefined;
  /** The same for each of the model's networks. */
  stages: Record<string, { bytes: number; cached: number }>;
  categories: string[];
  /** What to add to a caption that leaves open how a thing is drawn; the first is what the model does best. */
  presets: Preset[];
  /** Captions of what the model draws well. */
  examples: string[];
}

/** Words to go behind a caption: `a red apple` + `, 3d emoji` + ` on a white background`. */
export interface Preset { name: string; title: string; style: string; ground: string; }

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
  /** What the picture shall show: captions under no NOT, and where they stand, quotes included. */
  captions: { start: number; end: number; text: string }[];
}

/** A model in a folder that the visitor opened on this device: its files by their place in the folder. */
export interface LocalModel { name: string; files: Record<string, File>; }
/** A model is named by the absolute URL of its folder, or is a folder of the visitor's. */
export type ModelChoice = string | LocalModel;

/** Where a model's files come from; see sources.js. */
export interface ModelSource {
  /** Name of its copies on this device; nothing where copies make no sense. */
  key: string | undefined;
  manifest(signal?: AbortSignal): Promise<Uint8Array>;
  file(name: string, job: Omit<import("./download.js").Download, "url">): Promise<Uint8Array>;
}

/** What this device keeps of one model. */
export interface KeptModel { key: string; title: string; bytes: number; current: boolean; place: "device" | "memory"; }

/** What a device computes of each kind of layer, beside what is right. */
export interface SelfTest {
  backend: "cpu" | "webgpu";
  adapter: string;
  rows: { name: string; error: number; tolerance: number; ok: boolean; milliseconds: number }[];
}

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

/** A recipe as it is asked for: what is left out takes its usual value. */
export type Asked = { version: 1; steps?: Partial<Recipe["steps"]> } & Partial<Omit<Recipe, "version" | "steps">>;
