import type { LookupFunction } from "node:net";
import { checkTarget, type TargetRules } from "@chapterhouse/domain";
import { buildConnector } from "undici";

/** A lookup that knows nothing but these addresses, so that the name cannot change its mind after the check. */
export const pinnedLookup = (addresses: readonly string[]): LookupFunction => {
  const known = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, options, answer) => {
    const [first] = known;
    if (options.all) answer(null, known);
    else answer(null, first?.address ?? "", first?.family ?? 4);
  };
};

/**
 * undici's connector behind the SSRF guard: every connection resolves and checks its host anew and goes to exactly the
 * addresses that passed. `timeoutMs` is for the connection alone. Fails with the guard's errors.
 */
export const guardedConnector =
  (rules: TargetRules, timeoutMs: number): buildConnector.connector =>
  (options, done) => {
    const host = options.hostname.includes(":") ? `[${options.hostname.replace(/^\[|\]$/g, "")}]` : options.hostname;
    const target = new URL(
      `${options.protocol}//${host}:${options.port || (options.protocol === "https:" ? 443 : 80)}`,
    );
    void connectChecked(target, rules, timeoutMs, options, done);
  };

const connectChecked = async (
  target: URL,
  rules: TargetRules,
  timeoutMs: number,
  ...[options, done]: Parameters<buildConnector.connector>
): Promise<void> => {
  let addresses: readonly string[];
  try {
    addresses = await checkTarget(target, rules);
  } catch (error) {
    return done(error instanceof Error ? error : new Error(String(error)), null);
  }
  const pinned = addresses.length > 0 ? { lookup: pinnedLookup(addresses) } : {};
  buildConnector({ timeout: timeoutMs, allowH2: false, ...pinned })(options, done);
};
