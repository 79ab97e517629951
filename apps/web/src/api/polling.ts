import { ApiError } from "./request.ts";

/** Milliseconds between two reads while something moves, while nothing does, and while nobody answers. */
export const LIVE_MS = 1_500;
export const QUIET_MS = 5_000;
export const AWAY_MS = 3_000;
/** While the stream of events tells what happens: only against what it may have missed. */
export const FOLLOWED_MS = 15_000;

/**
 * How long to wait before reading again. `pages`: how many requests one reading costs, so that a long list that is
 * open does not poll as often as a short one. `followed`: events tell it already. TanStack Query stops all of it while
 * the tab is hidden.
 */
export const pollInterval = (state: { live: boolean; away?: boolean; pages?: number; followed?: boolean }): number => {
  if (state.away === true) return AWAY_MS;
  if (state.followed === true) return FOLLOWED_MS;
  return state.live ? LIVE_MS * Math.max(1, state.pages ?? 1) : QUIET_MS;
};

/** A refusal will be the same the next time; silence and a server's trouble may pass. */
export const shouldRetry = (failures: number, error: unknown): boolean => {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false;
  return failures < 2;
};

export const isAway = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === "AWAY" || error.status === 502 || error.status === 503);
