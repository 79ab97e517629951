import { explainWait, MOST_COUNTED_AHEAD, type WaitFacts } from "../explain-wait.ts";
import type { Why } from "../ports.ts";
import { toTask } from "../task-row.ts";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";

/** Null: no such task. */
export const whyNot = (state: QueueState, taskId: string): Why | null => {
  const row = state.store.rows.get(taskId);
  if (!row) return null;
  const now = state.now();
  const facts: WaitFacts = {
    task: toTask(row),
    lane: laneFacts(state, row.lane),
    kindIs: kindIs(state, row.kind),
    behind: row.behind === 1,
    keyHolder: row.behind === 1 ? (state.store.holderOf(row.key)?.id ?? null) : null,
    ahead: countAhead(state, row, now),
    runners: runnerFacts(state, row.kind, now),
  };
  return explainWait(facts, now);
};

const laneFacts = ({ lanes, store }: QueueState, name: string): WaitFacts["lane"] => {
  const { paused, blockedUntil, reason, nextAt, rate, concurrency } = lanes.get(name);
  const running = [...store.held].filter(({ lane }) => lane === name).length;
  return {
    name,
    paused,
    blockedUntil,
    reason,
    nextAt,
    rate,
    rateOpensAt: lanes.refilledAt(name),
    concurrency,
    running,
  };
};

const kindIs = ({ definitions }: QueueState, kind: string): WaitFacts["kindIs"] => {
  const { removedAt = null, status = "active" } = definitions.get(kind) ?? {};
  if (removedAt !== null) return "removed";
  return status === "disabled" ? "disabled" : null;
};

/** Due tasks of its lane that a claim would take before it. */
const countAhead = ({ store }: QueueState, row: StoredRow, now: number): number => {
  const before = (other: StoredRow): boolean =>
    (other.rank - row.rank || other.runAt - row.runAt || other.place - row.place) < 0;
  const ahead = [...store.rows.values()].filter(
    (other) =>
      other.status === "pending" &&
      other.lane === row.lane &&
      other.behind === 0 &&
      other.runAt <= now &&
      before(other),
  );
  return Math.min(ahead.length, MOST_COUNTED_AHEAD);
};

const runnerFacts = ({ runners, store }: QueueState, kind: string, now: number): WaitFacts["runners"] => {
  const alive = [...runners.values()].filter(({ aliveUntil }) => aliveUntil > now);
  const able = alive.filter(({ card }) => card.kinds.includes(kind));
  const held = (runner: string): number => [...store.held].filter((row) => row.runner === runner).length;
  return {
    alive: alive.length,
    able: able.length,
    places: able.reduce((sum, { card }) => sum + card.concurrency, 0),
    free: able.reduce((sum, { card }) => sum + Math.max(0, card.concurrency - held(card.id)), 0),
  };
};
