import { lookup } from "node:dns/promises";
import type { Resolve } from "@chapterhouse/domain";

/** Someone waits for the answer to a click; the runner, which does not, asks again before it connects. */
const PATIENCE_MS = 3000;

type Lookup = (host: string, options: { all: true }) => Promise<readonly { address: string }[]>;

/**
 * All addresses of a host, as the system's resolver says. Rejects with the resolver's own code, or with EAI_AGAIN
 * ("try again later") when it has not answered in three seconds.
 */
export const createResolve =
  (ask: Lookup = lookup, patienceMs = PATIENCE_MS): Resolve =>
  async (host) => {
    const late = Promise.withResolvers<never>();
    const failure = Object.assign(new Error(`No answer about ${host}`), { code: "EAI_AGAIN" });
    const timer = setTimeout(() => late.reject(failure), patienceMs);
    try {
      return (await Promise.race([ask(host, { all: true }), late.promise])).map(({ address }) => address);
    } finally {
      clearTimeout(timer);
    }
  };
