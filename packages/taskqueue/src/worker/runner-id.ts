import type { RunnerCard } from "../ports.ts";

/** Readable, and new each time. */
export const newRunnerId = ({ host, pid }: Pick<RunnerCard, "host" | "pid">): string =>
  `${host.replaceAll(/[^A-Za-z0-9.-]/g, "-").slice(0, 64)}-${pid}-${crypto.randomUUID().slice(0, 8)}`;
