import type { Hint, Wake } from "../ports.ts";

/** A hint is sent at most every 50 ms: what was added right after one is found by looking again after that. */
const LOOK_AGAIN_MS = 55;
const SPREAD_MS = 20;
const LEAST_CHANCE = 1 / 64;
/** Halved by two disappointments, doubled by a find: about three come at once for one task, rarely none. */
const LESS = 0.7;
const MORE = 2;

export interface WakeUpOptions {
  /** `isAtOnce`: by chance, when others may look as well. */
  readonly look: (hint: Hint, isAtOnce: boolean) => void;
  readonly random: () => number;
}

/**
 * When an idle worker looks for what a hint told of. A whole fleet hears every hint: if it came at once for one task, all
 * but one would come for nothing. So each comes at once by chance only, and all come once more within 75 ms, each at its
 * own time. The chance is learnt from what was found: it settles near three over the idle runners; alone, it is 1.
 * Ethernet's stations share a wire like this.
 */
export class WakeUp {
  readonly #options: WakeUpOptions;
  readonly #timers = new Map<Hint, NodeJS.Timeout>();
  /** Heard while the next look was due: that one may be too soon for what follows this hint. */
  readonly #heardAgain = new Set<Hint>();
  #chance = 1;

  constructor(options: WakeUpOptions) {
    this.#options = options;
  }

  readonly hear: Wake = (hint, tasks = 1) => {
    const { look, random } = this.#options;
    if (hint === "cancel" || random() < this.#chance * Math.max(1, tasks)) look(hint, true);
    if (this.#timers.has(hint)) this.#heardAgain.add(hint);
    else this.#lookLater(hint);
  };

  /** What looking at once brought. */
  found(something: boolean): void {
    const chance = this.#chance * (something ? MORE : LESS);
    this.#chance = Math.max(LEAST_CHANCE, Math.min(1, chance));
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #lookLater(hint: Hint): void {
    const { look, random } = this.#options;
    const timer = setTimeout(
      () => {
        this.#timers.delete(hint);
        if (this.#heardAgain.delete(hint)) this.#lookLater(hint);
        look(hint, false);
      },
      LOOK_AGAIN_MS + random() * SPREAD_MS,
    );
    this.#timers.set(hint, timer);
  }
}
