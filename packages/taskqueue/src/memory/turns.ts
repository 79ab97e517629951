import type { QueueState } from "./queue-state.ts";

/**
 * The turn of a task that is added now (start-time fair queueing): without a group the queue's virtual time, in a group
 * one after the other, so that a group of thousands delays a newcomer by about one task and not by all of them.
 */
export const nextTurn = ({ groups, lanes }: QueueState, group: string): number => {
  if (group === "") return lanes.virtualTime;
  const turn = Math.max(lanes.virtualTime, groups.get(group) ?? 0);
  groups.set(group, turn + 1);
  return turn;
};

/** Where a task stands among those that are due, lower first: a unit of priority is 100 turns or 100 minutes. */
export const rankOf = ({ turn, priority, runAt }: { turn: number; priority: number; runAt: number }): number =>
  turn + 100 * priority + Math.floor(runAt / 60_000);
