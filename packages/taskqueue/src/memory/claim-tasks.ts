import type { ClaimRequest } from "../ports.ts";
import { Heap } from "./heap.ts";
import type { QueueState } from "./queue-state.ts";
import type { StoredRow } from "./task-store.ts";
import type { Bench } from "./waiting-room.ts";

interface Head {
  readonly bench: Bench;
  readonly row: StoredRow;
}

const byTurn = ({ row: a }: Head, { row: b }: Head): number =>
  a.rank - b.rank || a.runAt - b.runAt || a.place - b.place;

const isWanted =
  ({ kinds, forbiddenFlags = [], lanes, exceptLanes = [] }: ClaimRequest, state: QueueState) =>
  (bench: Bench): boolean =>
    kinds.includes(bench.kind) &&
    state.isActive(bench.kind) &&
    !bench.flags.some((flag) => forbiddenFlags.includes(flag)) &&
    (lanes === undefined || lanes.includes(bench.lane)) &&
    !exceptLanes.includes(bench.lane);

/** The first of all benches that are wanted, again and again, as far as their lanes have room. */
export const claimTasks = (state: QueueState, request: ClaimRequest) => {
  const now = state.now();
  const { limit, prefetch = 0 } = request;
  const wanted = [...state.store.waiting.benches()].filter(isWanted(request, state));
  const running = runningByLane(state);
  const hasRoom = (lane: string) => state.lanes.room(lane, running.get(lane) ?? 0, now) >= 1;

  const heads = new Heap<Head>(byTurn);
  const offer = (bench: Bench): void => {
    const row = hasRoom(bench.lane) ? bench.first(now) : undefined;
    if (row) heads.push({ bench, row });
  };
  for (const bench of wanted) offer(bench);

  const taken: StoredRow[] = [];
  for (let head = heads.pop(); head && taken.length < limit + prefetch; head = heads.pop()) {
    const { bench, row } = head;
    if (!hasRoom(bench.lane) || (taken.length >= limit && !state.lanes.isUnlimited(bench.lane))) continue;
    take(state, row, request, now);
    running.set(bench.lane, (running.get(bench.lane) ?? 0) + 1);
    taken.push(row);
    offer(bench);
  }
  return { rows: taken, nextAt: taken.length < limit ? nextAt(state, wanted, now) : null };
};

const runningByLane = ({ store }: QueueState): Map<string, number> => {
  const running = new Map<string, number>();
  for (const { lane } of store.held) running.set(lane, (running.get(lane) ?? 0) + 1);
  return running;
};

const take = (state: QueueState, row: StoredRow, request: ClaimRequest, now: number): void => {
  const limitMs = request.timeLimitsMs?.[row.kind] ?? 0;
  const deadline = limitMs > 0 ? now + limitMs : 0;
  state.store.move(row, "claim", now);
  const changes = {
    runner: request.runner,
    lease: row.lease + 1,
    leaseUntil: leaseEnd(now + request.leaseMs, deadline),
    deadline,
    attempts: row.attempts + 1,
    startedAt: now,
    waitingFor: "",
    // After its children these are its own attempt's; before them, an earlier one's.
    ...(row.continuation === 0 && { failedBefore: row.childFailed, cancelledBefore: row.childCancelled }),
  };
  state.store.change(row, changes, now);
  state.lanes.took(row.lane, row.turn, now);
};

/** A lease never goes past the attempt's deadline. */
export const leaseEnd = (until: number, deadline: number): number => (deadline > 0 ? Math.min(until, deadline) : until);

const nextAt = ({ lanes }: QueueState, wanted: readonly Bench[], now: number): number | null => {
  const times = wanted
    .flatMap((bench) => [bench.nextDueAt(), bench.first(now) && lanes.opensAt(bench.lane)])
    .filter((time) => typeof time === "number" && time > now) as number[];
  return times.length > 0 ? Math.min(...times) : null;
};
