// Types of engine.js, for those who import it: everything that a page asks of the engine.

import type { Asked, Backend, BackendInfo, KeptModel, ModelChoice, ModelInfo, Parts, Reading, Recipe, RequestOptions, Result, SelfTest, Swatch, Task, TaskValues } from "./types.d.ts";

export type * from "./types.d.ts";

/** An error to show to a person; `code` is what to switch on. */
export class EngineError extends Error {
  constructor(code: string, message: string);
  readonly code: string;
}

/** The engine in a worker of its own. It starts with the first request. */
export class Engine {
  /**
   * `model` is the absolute URL of a model's folder, or a folder's files; `translate` puts what errors say, which is English, into
   * another language.
   */
  constructor(model: ModelChoice, backend?: Backend, translate?: (message: string) => string);
  readonly model: ModelChoice;
  /** Takes another model from the next request on, once its manifest is found good; if it is not, the old one stays. */
  use(model: ModelChoice): Promise<void>;
  /** What a model is, and what of it is here, without taking it. */
  glance(model: ModelChoice): Promise<ModelInfo>;
  /** What this device keeps of models. */
  kept(): Promise<KeptModel[]>;
  /** Lets go of a model's copies, by its `key` in `kept`. */
  forget(key: string): Promise<void>;
  /** Computes one of each kind of layer and compares with what is right; needs no model. */
  selfTest(options?: RequestOptions): Promise<SelfTest>;
  /** Starts the engine on a backend and says which one it became. */
  open(backend: Backend): Promise<BackendInfo>;
  /** What the model is and how much of it this device already holds. */
  describe(): Promise<ModelInfo>;
  /** Loads the stages that making pictures needs, or taking them apart. */
  load(wanted?: "decompose", options?: RequestOptions): Promise<void>;
  /** Loads what is missing, then takes a picture apart; its pixels are handed over and gone. */
  decompose(picture: ImageData, options?: RequestOptions): Promise<Parts>;
  /** Loads what is missing, then makes a picture. */
  generate(recipe: Asked, options?: RequestOptions): Promise<Result>;
  /** The picture's main colours; its pixels are handed over and gone. */
  palette(picture: ImageData, swatches: number): Promise<Swatch[]>;
  /** The recipe inside a PNG file that `generate` gave. */
  readRecipe(png: Uint8Array<ArrayBuffer>): Promise<Recipe | undefined>;
  /** Whether words are a caption or an expression, with its alternatives or its error. */
  readExpression(text: string): Promise<Reading>;
  /** What people want done with pictures, and what each such task takes. */
  tasks(): Promise<Task[]>;
  /** A task's recipes, one for each picture of its result. */
  taskRecipes(name: string, inputs: TaskValues): Promise<Recipe[]>;
  /** Names of the model's stages that a recipe needs. */
  stagesOf(recipe: Recipe): Promise<string[]>;
  /** Ends the worker and frees its memory. A later request starts another. */
  close(): void;
}
