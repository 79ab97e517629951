import type { Hint, Wake } from "../ports.ts";

/** A hint is sent at most every 50 ms: what was added right after one is found by looking again after that. */
const LOOK_AGAIN_MS = 55;
const SPREAD_MS = 20;
const LEAST_CHANCE = 1 / 64;

export interface WakeUpOptions {
  /** `isAtOnce`: by chance, when others may look as well. */
  readonly look: (hint: Hint, isAtOnce: boolean) => void;
  readonly random: () => number;
}

/**
 * When an idle worker looks for what a hint told of. A whole fleet hears every hint: if it came at once for one task, all
 * but one would come for nothing. So each looks at once by chance, and else some time later, within 55 ms. The chance is
 * learnt: halved when there was nothing, doubled when there was, it settles near one over the idle runners; alone, it is
 * 1. Ethernet's stations share a wire like this.
 */
export class WakeUp {
  readonly #options: WakeUpOptions;
  readonly #timers = new Map<Hint | "late", NodeJS.Timeout>();
  #chance = 1;

  constructor(options: WakeUpOptions) {
    this.#options = options;
  }

  readonly hear: Wake = (hint, tasks = 1) => {
    const { look, random } = this.#options;
    const isAtOnce = hint === "cancel" || random() < this.#chance * Math.max(1, tasks);
    if (isAtOnce) look(hint, true);
    else if (!this.#timers.has("late")) this.#after("late", random() * LOOK_AGAIN_MS, () => look(hint, false));
    // Once more after the last hint of a burst; not all at the same time.
    clearTimeout(this.#timers.get(hint));
    this.#after(hint, LOOK_AGAIN_MS + random() * SPREAD_MS, () => look(hint, false));
  };

  /** What looking after a hint brought. */
  found(something: boolean): void {
    this.#chance = something ? Math.min(1, this.#chance * 2) : Math.max(LEAST_CHANCE, this.#chance / 2);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #after(name: Hint | "late", ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, ms);
    this.#timers.set(name, timer);
  }
}
