import { isHeld, isLive, isLocked, type Shadow, type ShadowSpec, type ShadowTask } from "./shadow.ts";

export interface ShadowAdded {
  readonly task: ShadowTask;
  readonly created: boolean;
}

const blank = (now: number): Omit<ShadowTask, "kind" | "payload"> => ({
  id: "",
  lane: "default",
  key: "",
  status: "pending",
  isBehind: false,
  priority: 0,
  runAt: now,
  turn: 0,
  rankMinute: 0,
  revision: 0,
  flags: [],
  group: "",
  attempts: 0,
  maxAttempts: 5,
  crashes: 0,
  lease: 0,
  leaseUntil: 0,
  runner: "",
  parent: "",
  failedBefore: 0,
  cancelledBefore: 0,
  progressDone: null,
  checkpoint: null,
  result: null,
  errorCode: null,
  deadline: 0,
  finishedAt: 0,
  failures: 0,
  runAtBetween: null,
  ranksAnew: false,
  policy: "fail",
  runsAfter: false,
  isContinuation: false,
  isOfTree: false,
  wasAskedToEnd: false,
  createdBy: "",
});

/** What the call asks for, on a new task or over one that is there. */
const put = (shadow: Shadow, task: ShadowTask, spec: ShadowSpec, group: string): void => {
  task.kind = spec.kind;
  task.payload = spec.payload;
  task.lane = spec.lane ?? "default";
  task.priority = spec.priority ?? 0;
  task.maxAttempts = spec.maxAttempts ?? 5;
  task.flags = [...new Set(spec.flags ?? [])].toSorted();
  task.group = group;
  task.policy = spec.onChildFailure ?? "fail";
  task.createdBy = spec.createdBy ?? "";
  shadow.lane(task.lane);
};

const putTime = (shadow: Shadow, task: ShadowTask, runAt: number | undefined): void => {
  task.runAt = runAt ?? shadow.now;
  task.runAtBetween = runAt === undefined ? [shadow.now, Number.POSITIVE_INFINITY] : null;
  task.ranksAnew = true;
};

const putTurn = (shadow: Shadow, task: ShadowTask): void => {
  task.turn = shadow.nextTurn(task.group);
  task.rankMinute = Math.floor(task.runAt / 60_000);
};

const insert = (shadow: Shadow, spec: ShadowSpec, parent: string, group: string, isBehind: boolean): ShadowAdded => {
  const task: ShadowTask = { ...blank(shadow.now), kind: spec.kind, payload: spec.payload, parent, isBehind };
  task.key = spec.key ?? "";
  put(shadow, task, spec, group);
  putTime(shadow, task, spec.runAt);
  putTurn(shadow, task);
  shadow.tasks.push(task);
  return { task, created: true };
};

/** New work in the place of the old: it keeps id, status, key and parent, and nothing of what was achieved or spent. */
const overwrite = (shadow: Shadow, task: ShadowTask, spec: ShadowSpec): ShadowAdded => {
  const failedBefore = task.attempts > 0;
  const group = groupOf(spec, shadow.find(task.parent));
  const both = Array.isArray(task.payload) && Array.isArray(spec.payload);
  const payload = both ? [...(task.payload as unknown[]), ...(spec.payload as unknown[])] : spec.payload;
  put(shadow, task, { ...spec, payload }, group);
  if (failedBefore || spec.keyMode !== "preserve_run_at") putTime(shadow, task, spec.runAt);
  putTurn(shadow, task);
  Object.assign(task, { attempts: 0, crashes: 0, errorCode: null, progressDone: null, checkpoint: null });
  Object.assign(task, { runsAfter: false, isContinuation: false, isOfTree: false });
  task.revision += 1;
  return { task, created: false };
};

const groupOf = (spec: ShadowSpec, parent: ShadowTask | undefined): string =>
  spec.group ?? (parent ? parent.group || parent.id : "");

export const addOne = (shadow: Shadow, spec: ShadowSpec, parent: ShadowTask | undefined): ShadowAdded => {
  const group = groupOf(spec, parent);
  const fresh = (isBehind = false) => insert(shadow, spec, parent?.id ?? "", group, isBehind);
  if (!spec.key) return fresh();
  const same = shadow.tasks.filter(({ key }) => key === spec.key);
  const front = same.find((task) => isLive(task) && !task.isBehind);
  const behind = same.find((task) => isLive(task) && task.isBehind);
  const failed = same.findLast(({ status }) => status === "failed");
  switch (spec.keyMode ?? "replace") {
    case "unsafe_dedupe": {
      const there = front ?? failed;
      if (!there) return fresh();
      there.revision += 1;
      return { task: there, created: false };
    }
    case "keep_first": {
      if (!front) return fresh();
      if (front.status === "pending") front.priority = Math.min(front.priority, spec.priority ?? 0);
      return { task: front, created: false };
    }
    case "keep_last": {
      if (!front) return fresh();
      const waits = behind ?? (isLocked(front) ? undefined : front);
      return waits ? overwrite(shadow, waits, spec) : fresh(true);
    }
    default: {
      for (const each of same) if (each.status === "failed") each.key = "";
      if (!front) return fresh();
      if (!isLocked(front)) return overwrite(shadow, front, spec);
      shadow.dropKey(front);
      front.attempts = front.maxAttempts;
      return behind ? overwrite(shadow, behind, spec) : fresh();
    }
  }
};

export type AddRefusal = "LEASE_LOST" | "CANCELLED" | "KIND_DISABLED";

/** The refusal, or what happens to each in order. */
export const shadowAdd = (
  shadow: Shadow,
  specs: readonly ShadowSpec[],
  fence?: { taskId: string; lease: number },
): AddRefusal | readonly ShadowAdded[] => {
  const parent = fence && shadow.holder(fence);
  if (fence && !parent) return "LEASE_LOST";
  if (parent?.status === "cancelling") return "CANCELLED";
  if (specs.some(({ kind }) => !shadow.isActive(kind))) return "KIND_DISABLED";
  return specs.map((spec) => addOne(shadow, spec, parent));
};

/** Answers the task as it was. */
export const shadowRemoveKey = (shadow: Shadow, key: string): ShadowTask | null => {
  const same = shadow.tasks.filter((task) => task.key === key);
  const front =
    same.find((task) => isLive(task) && !task.isBehind) ?? same.findLast(({ status }) => status === "failed");
  if (!front) return null;
  const before = { ...front };
  const tree = [front, ...shadow.descendantsOf(front.id)];
  if (isLocked(front) || tree.some(isHeld)) {
    shadow.dropKey(front);
    // One that waits for a retry has that last one.
    front.attempts = Math.max(front.attempts, front.maxAttempts - (isLocked(front) ? 0 : 1));
  } else {
    shadow.removeAll(tree);
  }
  return before;
};
