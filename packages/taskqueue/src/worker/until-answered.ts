import type { TaskLogger } from "../handler.ts";
import { isUnreachable } from "../unreachable.ts";
import { Backoff } from "./backoff.ts";
import { setTimeout as sleep } from "node:timers/promises";

export interface Persistence {
  readonly log: TaskLogger;
  readonly signal: AbortSignal;
}

/** Runs it again for as long as the queue cannot be reached. Throws what it is refused with, and when it is aborted. */
export const untilAnswered = async <T>(run: () => Promise<T>, { log, signal }: Persistence): Promise<T> => {
  const backoff = new Backoff(Math.random);
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      log.debug({ err: error }, "the queue does not answer yet");
      await sleep(backoff.failed(), undefined, { signal });
    }
  }
};
