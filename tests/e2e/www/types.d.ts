// Shapes that more than one file speaks of. Types only: nothing here reaches the browser.

export type Backend = "auto" | "cpu" | "webgpu";
export type ConditionId = "caption" | "palette" | "sketch" | "intensity" | "masking";

/** Weight 0 to 2; start and end are fractions of the sampling run. */
export interface Tuned { weight?: number; start?: number; end?: number; }
export interface Swatch { color: string; weight: number; }

/** What a picture is made from. The engine's own check names the field that is wrong. */
export interface Recipe {
  version: 1;
  model?: { name: string; sha256: string };
  seed: number;
  guidance: number;
  sampler: "dpm++2m" | "ddim";
  eta?: number;
  steps: { prior: number; base: number; upsampler: number };
  conditions: {
    caption?: Tuned & { text: string };
    palette?: Tuned & { colors: Swatch[] };
    sketch?: Tuned & { image: string };
    intensity?: Tuned & { image: string };
    masking?: Tuned & { image: string; mask: string };
  };
}

/** The recipe of everything on the page, and which of its conditions are switched off. */
export interface Snapshot { recipe: Recipe; off: ConditionId[]; }

export interface BackendInfo { backend: "cpu" | "webgpu"; adapter: string; reason: string; }
export interface ModelInfo { title: string; bytes: number; cached: number; }

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
export interface Result extends Pixels { png: Uint8Array<ArrayBuffer>; recipe: Recipe; seconds: number; warning?: string; }

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
