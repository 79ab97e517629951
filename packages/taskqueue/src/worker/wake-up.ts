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
 * but one would come for nothing. So each looks at once by chance, or else once within 75 ms. The chance is learnt: halved
 * when there was nothing, doubled when there was, it settles near one over the idle runners; alone, it is 1. Whoever
 * came at once looks again. Ethernet's stations share a wire like this.
 */
export class WakeUp {
  readonly #options: WakeUpOptions;
  readonly #timers = new Map<Hint, NodeJS.Timeout>();
  #chance = 1;

  constructor(options: WakeUpOptions) {
    this.#options = options;
  }

  readonly hear: Wake = (hint, tasks = 1) => {
    const { look, random } = this.#options;
    if (hint === "cancel" || random() < this.#chance * Math.max(1, tasks)) {
      look(hint, true);
      this.#lookAgain(hint);
    } else if (!this.#timers.has(hint)) {
      this.#after(hint, random() * (LOOK_AGAIN_MS + SPREAD_MS), () => look(hint, false));
    }
  };

  /** What looking at once brought. */
  found(something: boolean): void {
    this.#chance = something ? Math.min(1, this.#chance * 2) : Math.max(LEAST_CHANCE, this.#chance / 2);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Once after the last hint of a burst; a fleet not all at the same time. */
  #lookAgain(hint: Hint): void {
    const { look, random } = this.#options;
    this.#after(hint, LOOK_AGAIN_MS + random() * SPREAD_MS, () => look(hint, false));
  }

  #after(hint: Hint, ms: number, act: () => void): void {
    clearTimeout(this.#timers.get(hint));
    const timer = setTimeout(() => {
      this.#timers.delete(hint);
      act();
    }, ms);
    this.#timers.set(hint, timer);
  }
}
