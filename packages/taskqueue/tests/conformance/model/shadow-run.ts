import type { Outcome } from "@chapterhouse/domain";
import { isHeld, isLive, rankOf, type Shadow, type ShadowTask } from "./shadow.ts";

export interface ShadowClaim {
  readonly runner: string;
  readonly kinds: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  readonly forbiddenFlags?: readonly string[];
  readonly lanes?: readonly string[];
  readonly exceptLanes?: readonly string[];
  readonly prefetch?: number;
  readonly timeLimitsMs?: Readonly<Record<string, number>>;
}

/** How many more the lane lets through now. */
export const roomOf = (shadow: Shadow, name: string): number => {
  const lane = shadow.lane(name);
  if (lane.isPaused || lane.blockedUntil > shadow.now || lane.nextAt > shadow.now) return 0;
  const running = shadow.tasks.filter((task) => task.lane === name && isHeld(task)).length;
  const slots = lane.concurrency === null ? Infinity : lane.concurrency - running;
  if (lane.rate === null) return slots;
  const each = lane.rate.intervalMs / lane.rate.count;
  const debt = Math.max(lane.fullAt, shadow.now) - shadow.now;
  return Math.min(slots, Math.floor((lane.rate.intervalMs - debt) / each + 1e-9));
};

const isUnlimited = ({ concurrency, rate }: { concurrency: unknown; rate: unknown }): boolean =>
  concurrency === null && rate === null;

const wants = (shadow: Shadow, request: ShadowClaim, task: ShadowTask): boolean =>
  task.status === "pending" &&
  !task.isBehind &&
  request.kinds.includes(task.kind) &&
  shadow.isActive(task.kind) &&
  !task.flags.some((flag) => request.forbiddenFlags?.includes(flag)) &&
  (request.lanes === undefined || request.lanes.includes(task.lane)) &&
  !request.exceptLanes?.includes(task.lane);

const take = (shadow: Shadow, request: ShadowClaim, task: ShadowTask): void => {
  const limit = request.timeLimitsMs?.[task.kind] ?? 0;
  const lane = shadow.lane(task.lane);
  lane.turn = Math.max(lane.turn, task.turn);
  if (lane.rate) lane.fullAt = Math.max(lane.fullAt, shadow.now) + lane.rate.intervalMs / lane.rate.count;
  if (!task.isContinuation) {
    task.failedBefore = shadow.countChildren(task.id, "failed");
    task.cancelledBefore = shadow.countChildren(task.id, "cancelled");
  }
  Object.assign(task, {
    status: "running",
    runner: request.runner,
    attempts: task.attempts + 1,
    lease: task.lease + 1,
    deadline: limit > 0 ? shadow.now + limit : 0,
  } satisfies Partial<ShadowTask>);
  // An hour of 0 ms still is a lease: it has run out already, and nobody else has it before it is reaped.
  task.leaseUntil = Math.max(
    1,
    limit > 0 ? Math.min(shadow.now + request.leaseMs, task.deadline) : shadow.now + request.leaseMs,
  );
  shadow.fences.push({ taskId: task.id, lease: task.lease });
};

/** What is handed out, in order. */
export const shadowClaim = (shadow: Shadow, request: ShadowClaim): readonly ShadowTask[] => {
  const due = shadow.tasks
    .map((task, place) => ({ task, place }))
    .filter(({ task }) => wants(shadow, request, task) && task.runAt <= shadow.now)
    .toSorted((a, b) => rankOf(a.task) - rankOf(b.task) || a.task.runAt - b.task.runAt || a.place - b.place)
    .map(({ task }) => task);
  const taken: ShadowTask[] = [];
  for (const task of due) {
    if (taken.length === request.limit || roomOf(shadow, task.lane) < 1) continue;
    take(shadow, request, task);
    taken.push(task);
  }
  let more = request.prefetch ?? 0;
  for (const task of due) {
    if (more === 0 || task.status !== "pending" || !isUnlimited(shadow.lane(task.lane))) continue;
    if (roomOf(shadow, task.lane) < 1) continue;
    take(shadow, request, task);
    taken.push(task);
    more -= 1;
  }
  return taken;
};

/** When time alone makes something claimable for this request; null when it never does. */
export const shadowNextAt = (shadow: Shadow, request: ShadowClaim): number | null => {
  const times = shadow.tasks
    .filter((task) => wants(shadow, request, task))
    .map((task) => {
      const lane = shadow.lane(task.lane);
      const running = shadow.tasks.filter((other) => other.lane === task.lane && isHeld(other)).length;
      if (lane.isPaused || (lane.concurrency !== null && running >= lane.concurrency)) return Infinity;
      const each = lane.rate ? lane.rate.intervalMs / lane.rate.count : 0;
      const refill = lane.rate ? lane.fullAt - lane.rate.intervalMs + each : 0;
      return Math.max(task.runAt, lane.blockedUntil, lane.nextAt, refill);
    })
    .filter((at) => at > shadow.now && Number.isFinite(at));
  return times.length > 0 ? Math.min(...times) : null;
};

const retry = (shadow: Shadow, task: ShadowTask, delaysMs?: readonly number[]): void => {
  const fixed = delaysMs?.[Math.min(task.attempts, delaysMs.length) - 1];
  const slowest = Math.exp(Math.min(10, task.attempts)) * 1000;
  shadow.become(task, "pending");
  task.runner = "";
  const least = shadow.now + (fixed ?? 500);
  // The queue's own clock stands a little after the shadow's on a real store.
  task.runAtBetween = [least, shadow.now + Math.max(500, fixed ?? slowest) + 60_000];
  task.runAt = least;
  task.ranksAnew = false;
};

const failAttempt = (shadow: Shadow, task: ShadowTask, code: string, isLast: boolean, delays?: readonly number[]) => {
  task.errorCode = code;
  task.failures += 1;
  if (isLast || task.attempts >= task.maxAttempts) shadow.become(task, "failed");
  else retry(shadow, task, delays);
};

export interface ShadowSettlement {
  readonly taskId: string;
  readonly lease: number;
  readonly outcome: Outcome;
  readonly checkpoint?: unknown;
  readonly progressDone?: number;
}

/** False when the lease was gone. */
export const shadowSettle = (shadow: Shadow, settlement: ShadowSettlement): boolean => {
  const task = shadow.holder(settlement);
  if (!task) return false;
  const { outcome } = settlement;
  if (settlement.checkpoint !== undefined) task.checkpoint = settlement.checkpoint;
  if (settlement.progressDone !== undefined) task.progressDone = settlement.progressDone;
  task.deadline = 0;
  if (task.status === "cancelling") {
    if (outcome.type === "fail") task.failures += 1;
    shadow.become(task, "cancelled");
  } else if (outcome.type === "done") {
    task.result = outcome.result ?? null;
    shadow.become(task, "done");
  } else if (outcome.type === "wait") {
    task.result = outcome.result ?? null;
    Object.assign(task, { runsAfter: outcome.then === "run", isContinuation: false });
    task.policy = outcome.onChildFailure ?? task.policy;
    shadow.become(task, "waiting");
    shadow.endParent(task.id);
  } else if (outcome.type === "later") {
    shadow.become(task, "pending");
    Object.assign(task, { runner: "", runAt: Math.round(outcome.runAt), runAtBetween: null });
    task.attempts -= 1;
  } else {
    failAttempt(shadow, task, outcome.error.code, outcome.permanent ?? false, outcome.retryDelaysMs);
  }
  return true;
};

export const shadowBeat = (
  shadow: Shadow,
  beats: readonly { taskId: string; lease: number; progressDone?: number; checkpoint?: unknown }[],
  leaseMs: number,
): { lost: string[]; cancelling: string[] } => {
  const lost: string[] = [];
  const cancelling: string[] = [];
  for (const beat of beats) {
    const task = shadow.holder(beat);
    if (!task) {
      lost.push(beat.taskId);
      continue;
    }
    const until = shadow.now + leaseMs;
    task.leaseUntil = Math.max(1, task.deadline > 0 ? Math.min(until, task.deadline) : until);
    if (beat.progressDone !== undefined) task.progressDone = beat.progressDone;
    if (beat.checkpoint !== undefined) task.checkpoint = beat.checkpoint;
    if (task.status === "cancelling") cancelling.push(task.id);
  }
  return { lost, cancelling };
};

export const shadowReap = (shadow: Shadow, staleAfterMs: number) => {
  const counts = { pending: 0, failed: 0, cancelled: 0, repaired: 0 };
  const stale = shadow.tasks.filter((task) => isHeld(task) && task.leaseUntil <= shadow.now - staleAfterMs);
  for (const task of stale) {
    const ranOut = task.deadline > 0 && task.leaseUntil >= task.deadline;
    task.deadline = 0;
    if (task.status === "cancelling") {
      if (!ranOut) task.crashes += 1;
      shadow.become(task, "cancelled");
    } else if (ranOut) {
      failAttempt(shadow, task, "TIME_LIMIT", false);
    } else {
      crash(shadow, task);
    }
    counts[task.status as keyof typeof counts] += 1;
  }
  return counts;
};

const crash = (shadow: Shadow, task: ShadowTask): void => {
  task.crashes += 1;
  task.failures += 1;
  if (task.crashes >= 3) {
    task.errorCode = "POISONED";
    shadow.become(task, "failed");
    return;
  }
  shadow.become(task, "pending");
  task.attempts -= 1;
  task.runner = "";
};

export const shadowRelease = (shadow: Shadow, runner: string, force: boolean): string | number => {
  const aliveUntil = shadow.runners.get(runner);
  const held = shadow.tasks.filter((task) => isHeld(task) && task.runner === runner);
  if (aliveUntil === undefined && held.length === 0) return "RUNNER_NOT_FOUND";
  if (aliveUntil !== undefined && aliveUntil > shadow.now && !force) return "RUNNER_ALIVE";
  for (const task of held) {
    task.deadline = 0;
    if (task.status === "cancelling") {
      shadow.become(task, "cancelled");
      continue;
    }
    shadow.become(task, "pending");
    task.attempts -= 1;
    task.runner = "";
  }
  return held.length;
};

/** Parents first, so that none ends by its children's end before it was asked itself. Answers who changed. */
export const shadowCancel = (shadow: Shadow, ids: readonly string[]): Set<string> => {
  const changed = new Set<string>();
  const cancelTree = (task: ShadowTask): void => {
    if (!isLive(task)) {
      for (const child of shadow.childrenOf(task.id)) cancelTree(child);
      return;
    }
    if (task.status === "pending" || task.status === "paused") {
      changed.add(task.id);
      task.wasAskedToEnd = true;
      const children = shadow.childrenOf(task.id);
      shadow.become(task, "cancelled");
      for (const child of children) cancelTree(child);
      return;
    }
    if (task.status !== "cancelling") changed.add(task.id);
    task.status = "cancelling";
    task.wasAskedToEnd = true;
    for (const child of shadow.childrenOf(task.id)) cancelTree(child);
    shadow.endParent(task.id);
  };
  // A parent was added before its children.
  for (const task of shadow.tasks) if (ids.includes(task.id) && isLive(task)) cancelTree(task);
  return changed;
};
