import type { Pace } from "./settings.ts";

/** What a chaos runner is told on its standard input. */
export interface RunnerSettings {
  /** PocketBase, or a proxy before it. */
  readonly url: string;
  readonly password: string;
  readonly journal: string;
  readonly seed: number;
  readonly pace: Pace;
  /** How far its wall clock is off, ms; and after how many ms it jumps there. */
  readonly skewMs: number;
  readonly skewAfterMs: number;
}
