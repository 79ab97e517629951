/** Waiting for a state of things that nobody announces: conditions are asked whenever something may have changed. */
export class Conditions {
  readonly #waiting = new Set<() => boolean>();
  #isOver = false;

  /** Resolves when it is met, at the latest when all is over. */
  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const ask = () => {
        const isDone = this.#isOver || isMet();
        if (isDone) resolve();
        return isDone;
      };
      if (!ask()) this.#waiting.add(ask);
    });
  }

  /** Something may have changed. */
  ask(): void {
    for (const ask of this.#waiting) if (ask()) this.#waiting.delete(ask);
  }

  end(): void {
    this.#isOver = true;
    this.ask();
  }
}
