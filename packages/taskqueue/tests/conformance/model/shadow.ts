import type { ChildFailurePolicy, KeyMode, TaskStatus } from "@chapterhouse/domain";

// The shadow: what the queue should be, as plainly as it can be said. It shares no code with either adapter: no table
// of transitions, no counters (everything that is counted is counted from its tasks when it is asked for), no indexes.

export interface ShadowTask {
  /** "" until the queue has said it. */
  id: string;
  kind: string;
  lane: string;
  key: string;
  status: TaskStatus;
  /** Stands behind the task that holds the key. */
  isBehind: boolean;
  priority: number;
  runAt: number;
  turn: number;
  /** The minute that its rank was made of: a retry keeps it. */
  rankMinute: number;
  revision: number;
  flags: string[];
  group: string;
  payload: Record<string, unknown> | unknown[];
  attempts: number;
  maxAttempts: number;
  crashes: number;
  lease: number;
  /** 0: nobody holds it. */
  leaseUntil: number;
  runner: string;
  parent: string;
  failedBefore: number;
  cancelledBefore: number;
  policy: ChildFailurePolicy;
  /** Its handler is called when its children are over. */
  runsAfter: boolean;
  /** Its children are over, and its handler is called, or was. */
  isContinuation: boolean;
  /** Added with its children. */
  isOfTree: boolean;
  wasAskedToEnd: boolean;
  createdBy: string;
  progressDone: number | null;
  checkpoint: unknown;
  result: Record<string, unknown> | null;
  errorCode: string | null;
  deadline: number;
  finishedAt: number;
  failures: number;
  /** Chance or the queue's clock decided the time: it is taken over when it lies between these. */
  runAtBetween: readonly [number, number] | null;
  /** That time decides its rank as well; a retry's does not. */
  ranksAnew: boolean;
}

export interface ShadowLane {
  name: string;
  concurrency: number | null;
  gapMs: number;
  rate: { count: number; intervalMs: number } | null;
  /** When the bucket is full again. */
  fullAt: number;
  nextAt: number;
  blockedUntil: number;
  isPaused: boolean;
  turn: number;
}

export interface ShadowDefinition {
  isDisabled: boolean;
  isRemoved: boolean;
}

export interface ShadowSpec {
  kind: string;
  payload: Record<string, unknown> | unknown[];
  lane?: string;
  key?: string;
  keyMode?: KeyMode;
  priority?: number;
  runAt?: number;
  maxAttempts?: number;
  flags?: string[];
  group?: string;
  onChildFailure?: ChildFailurePolicy;
  createdBy?: string;
}

const LIVE = new Set<TaskStatus>(["pending", "running", "waiting", "cancelling", "paused"]);
export const isLive = (task: ShadowTask): boolean => LIVE.has(task.status);
export const isLocked = ({ status }: ShadowTask): boolean =>
  status === "running" || status === "cancelling" || status === "waiting";
export const isHeld = (task: ShadowTask): boolean => task.leaseUntil > 0;
export const rankOf = ({ turn, priority, rankMinute }: ShadowTask): number => turn + 100 * priority + rankMinute;

/** Due at once, by the queue's own clock. */
export const dueNow = (task: ShadowTask, now: number): void => {
  Object.assign(task, { runAt: now, runAtBetween: [now, Infinity], ranksAnew: true });
  task.rankMinute = Math.floor(now / 60_000);
};

export class Shadow {
  /** In order of addition. */
  tasks: ShadowTask[] = [];
  readonly lanes = new Map<string, ShadowLane>();
  /** Lanes that are known by more than the tasks that stand in them. */
  readonly configured = new Set<string>();
  readonly groups: Map<string, number>;
  readonly definitions = new Map<string, ShadowDefinition>();
  /** Runner to the time until which it counts as alive. */
  readonly runners = new Map<string, number>();
  /** Cron item to its next time, null while paused. */
  readonly crons = new Map<string, number | null>();
  /** Ids of tasks that were removed. */
  readonly removed = new Set<string>();
  /** Everything ever handed out: fences to write with, most of them gone. */
  readonly fences: { taskId: string; lease: number }[] = [];
  now: number;

  constructor(now: number, groups: ReadonlyMap<string, number> = new Map()) {
    this.now = now;
    this.groups = new Map(groups);
  }

  find(id: string): ShadowTask | undefined {
    return id === "" ? undefined : this.tasks.find((task) => task.id === id);
  }

  childrenOf(id: string): ShadowTask[] {
    return this.tasks.filter(({ parent }) => parent === id);
  }

  descendantsOf(id: string): ShadowTask[] {
    return this.childrenOf(id).flatMap((child) => [child, ...this.descendantsOf(child.id)]);
  }

  lane(name: string): ShadowLane {
    const lane = this.lanes.get(name) ?? {
      name,
      concurrency: null,
      gapMs: 0,
      rate: null,
      fullAt: 0,
      nextAt: 0,
      blockedUntil: 0,
      isPaused: false,
      turn: 0,
    };
    this.lanes.set(name, lane);
    return lane;
  }

  get virtualTime(): number {
    return Math.max(0, ...[...this.lanes.values()].map(({ turn }) => turn));
  }

  nextTurn(group: string): number {
    if (group === "") return this.virtualTime;
    const turn = Math.max(this.virtualTime, this.groups.get(group) ?? 0);
    this.groups.set(group, turn + 1);
    return turn;
  }

  isActive(kind: string): boolean {
    const definition = this.definitions.get(kind);
    return !definition || (!definition.isDisabled && !definition.isRemoved);
  }

  /** The task that holds the fence's lease now. */
  holder({ taskId, lease }: { taskId: string; lease: number }): ShadowTask | undefined {
    const task = this.find(taskId);
    return task && isHeld(task) && task.lease === lease ? task : undefined;
  }

  /** Moves a task, and what follows from it: keys that come free, parents that end. */
  become(task: ShadowTask, status: TaskStatus): void {
    const wasLive = isLive(task);
    task.status = status;
    task.leaseUntil = 0;
    this.forget(task.parent);
    if (isLive(task)) {
      task.finishedAt = 0;
      return;
    }
    task.finishedAt = this.now;
    if (status === "done") Object.assign(task, { checkpoint: null, errorCode: null });
    if (wasLive) this.freeKey(task);
    this.endParent(task.parent);
  }

  /** Who stands behind the key of `task` comes forward; `task` holds it no longer. */
  freeKey(task: ShadowTask): void {
    if (task.key === "" || task.isBehind) return;
    const next = this.tasks.find(
      (other) => other !== task && other.key === task.key && other.isBehind && isLive(other),
    );
    if (next) next.isBehind = false;
  }

  dropKey(task: ShadowTask): void {
    if (isLive(task)) this.freeKey(task);
    task.key = "";
    task.isBehind = false;
  }

  /** Parents that stay are judged once all are gone. */
  removeAll(tasks: Iterable<ShadowTask>): void {
    const gone = [...tasks];
    for (const task of gone) this.#remove(task);
    for (const { parent } of gone) this.endParent(parent);
  }

  #remove(task: ShadowTask): void {
    this.tasks = this.tasks.filter((other) => other !== task);
    this.removed.add(task.id);
    this.forget(task.parent);
    if (isLive(task)) this.freeKey(task);
  }

  /** Ends a parent that waits, or is being cancelled and held by nobody, once its last child has ended. */
  endParent(id: string): void {
    const parent = this.find(id);
    if (!parent || isHeld(parent) || (parent.status !== "waiting" && parent.status !== "cancelling")) return;
    if (this.childrenOf(id).some(isLive)) return;
    if (parent.status === "cancelling") return this.become(parent, "cancelled");
    const failed = this.countChildren(id, "failed") - parent.failedBefore;
    const cancelled = this.countChildren(id, "cancelled") - parent.cancelledBefore;
    if (parent.policy === "fail" && failed > 0) {
      parent.errorCode = "CHILDREN_FAILED";
      return this.become(parent, "failed");
    }
    if (parent.policy === "fail" && cancelled > 0) return this.become(parent, "cancelled");
    if (parent.runsAfter) return this.goOn(parent);
    this.become(parent, "done");
    if (parent.policy === "finish_with_errors" && failed + cancelled > 0) parent.errorCode = "CHILDREN_FAILED";
  }

  /** Its handler comes once more: the attempt that waited was none. */
  goOn(parent: ShadowTask): void {
    this.become(parent, "pending");
    Object.assign(parent, { isContinuation: true, runner: "", attempts: Math.max(0, parent.attempts - 1) });
    dueNow(parent, this.now);
  }

  countChildren(id: string, status: TaskStatus): number {
    return this.childrenOf(id).filter((child) => child.status === status).length;
  }

  /** Of what earlier attempts left behind, no more is remembered than is there. */
  forget(id: string): void {
    const parent = this.find(id);
    if (!parent) return;
    parent.failedBefore = Math.min(parent.failedBefore, this.countChildren(id, "failed"));
    parent.cancelledBefore = Math.min(parent.cancelledBefore, this.countChildren(id, "cancelled"));
  }
}
