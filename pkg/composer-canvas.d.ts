// Types of composer-canvas.js, for those who import it.

import type { Asked, Conditions, LoadProgress, Result, StepProgress } from "./types.d.ts";

/** What the events say; they do not bubble. */
export interface ComposerCanvasEvents {
  progress: CustomEvent<LoadProgress | StepProgress>;
  result: CustomEvent<Result>;
  error: CustomEvent<{ code: string; message: string }>;
}

/** A picture that the visitor's own device makes. */
export class ComposerCanvas extends HTMLElement {
  /** What the picture is made from beside the caption. */
  conditions: Conditions;
  /** What `generate` asks for: the recipe that was set, else one of the attributes and conditions. */
  get recipe(): Asked;
  set recipe(recipe: Asked | undefined);
  /** The last picture. */
  get result(): Result | undefined;
  get running(): boolean;
  /** Makes a picture and shows it. Rejects with an error that has a `code`. */
  generate(): Promise<Result>;
  /** Ends the run within a step. */
  stop(): void;
  addEventListener<K extends keyof ComposerCanvasEvents>(type: K, listener: (event: ComposerCanvasEvents[K]) => void, options?: AddEventListenerOptions | boolean): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: AddEventListenerOptions | boolean): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "composer-canvas": ComposerCanvas;
  }
}
