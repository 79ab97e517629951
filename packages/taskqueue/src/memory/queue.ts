import {
  ChapterhouseError,
  CRASH_LIMIT,
  isTerminal,
  type Lane,
  type Page,
  type Runner,
  type Task,
} from "@chapterhouse/domain";
import type {
  AddedTask,
  Beat,
  Cancelled,
  ClaimAnswer,
  ClaimRequest,
  Fence,
  HeartbeatAnswer,
  Hint,
  LaneLimits,
  NewTask,
  Reaped,
  RunnerCard,
  Settled,
  Settlement,
  TaskCounts,
  TaskFilter,
  TaskQueue,
} from "../ports.ts";
import { countsByKind } from "../task-counts.ts";
import { addedRow, type TaskRow, taskSpec, toTask } from "../task-row.ts";
import { listRows } from "./list-rows.ts";
import { LaneBoard } from "./lane-board.ts";
import { settleRow } from "./settle-row.ts";
import { TaskStore } from "./task-store.ts";

export interface MemoryQueueOptions {
  readonly now?: () => number;
  readonly random?: () => number;
}

interface CardRow {
  readonly card: RunnerCard;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly aliveUntil: number;
}

const byClaimOrder = (a: TaskRow, b: TaskRow): number => a.priority - b.priority || a.runAt - b.runAt;

/** Rows are kept in order of addition and sorts are stable, so equal tasks stay in that order. */
class MemoryQueue implements TaskQueue {
  readonly #store = new TaskStore();
  readonly #lanes = new LaneBoard();
  readonly #runners = new Map<string, CardRow>();
  readonly #subscribers = new Set<(hint: Hint) => void>();
  readonly #now: () => number;
  readonly #random: () => number;

  constructor({ now = Date.now, random = Math.random }: MemoryQueueOptions) {
    this.#now = now;
    this.#random = random;
  }

  async add(tasks: readonly NewTask[], parent?: Fence): Promise<readonly AddedTask[]> {
    const now = this.#now();
    if (parent) this.#checkParent(parent);
    const added = tasks.map((task) => {
      const spec = taskSpec(structuredClone(task), now);
      const live = this.#store.liveWithKey(spec.key);
      if (live) return { task: toTask(live), created: false };
      const row = addedRow(spec, parent?.taskId ?? "", now);
      this.#store.insert(row);
      return { task: toTask(row), created: true };
    });
    this.#wake("work");
    return added;
  }

  async claim({ runner, kinds, limit, leaseMs }: ClaimRequest): Promise<ClaimAnswer> {
    const now = this.#now();
    const wanted = [...this.#store.rows.values()].filter((row) => row.status === "pending" && kinds.includes(row.kind));
    const due = wanted.filter((row) => row.runAt <= now);
    const taken: Task[] = [];
    for (const row of due.toSorted(byClaimOrder)) {
      if (taken.length === limit) break;
      if (!this.#hasRoom(row.lane, now)) continue;
      this.#take(row, runner, now, leaseMs);
      taken.push(structuredClone(toTask(row)));
    }
    return { tasks: taken, nextAt: taken.length < limit ? this.#nextAt(wanted, now) : null };
  }

  async heartbeat(card: RunnerCard, leaseMs: number, beats: readonly Beat[]): Promise<HeartbeatAnswer> {
    const now = this.#now();
    const startedAt = this.#runners.get(card.id)?.startedAt ?? now;
    this.#runners.set(card.id, { card, startedAt, seenAt: now, aliveUntil: now + leaseMs });
    const lost: string[] = [];
    const cancelling: string[] = [];
    for (const beat of beats) {
      const row = this.#held(beat);
      if (!row) {
        lost.push(beat.taskId);
        continue;
      }
      row.leaseUntil = now + leaseMs;
      if (beat.progress) {
        row.progress = { ...beat.progress };
        row.updatedAt = now;
      }
      if (row.status === "cancelling") cancelling.push(row.id);
    }
    return { lost, cancelling };
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Settled[]> {
    const now = this.#now();
    const settled = settlements.map((settlement) => {
      const row = this.#held(settlement);
      if (!row) return { id: settlement.taskId, status: null };
      if (settlement.progress) row.progress = { ...settlement.progress };
      const outcome = structuredClone(settlement.outcome);
      return { id: row.id, status: settleRow(this.#store, row, outcome, now, this.#random) };
    });
    this.#wake("work");
    return settled;
  }

  async cancel(ids: readonly string[]): Promise<readonly Cancelled[]> {
    const now = this.#now();
    const changed = new Set<string>();
    for (const id of ids) this.#cancelTree(this.#store.rows.get(id), now, changed);
    this.#wake("cancel");
    this.#wake("work");
    return ids.map((id) => {
      const row = this.#store.rows.get(id);
      return { id, task: row ? toTask(row) : null, changed: changed.has(id) };
    });
  }

  async reap(staleAfterMs: number): Promise<Reaped> {
    const now = this.#now();
    const counts = { pending: 0, failed: 0, cancelled: 0 };
    for (const row of this.#store.rows.values()) {
      if (row.leaseUntil === 0 || row.leaseUntil > now - staleAfterMs) continue;
      const status = this.#reapRow(row, now);
      if (status === "pending" || status === "failed" || status === "cancelled") counts[status] += 1;
    }
    this.#wake("work");
    return counts;
  }

  async find(ids: readonly string[]): Promise<readonly (Task | null)[]> {
    return ids.map((id) => {
      const row = this.#store.rows.get(id);
      return row ? toTask(row) : null;
    });
  }

  async findByKey(key: string): Promise<Task | null> {
    const row = [...this.#store.rows.values()].findLast((candidate) => candidate.key === key);
    return row ? toTask(row) : null;
  }

  async list(filter: TaskFilter): Promise<Page<Task>> {
    const page = listRows([...this.#store.rows.values()], filter);
    return { items: page.rows.map(toTask), nextCursor: page.nextCursor };
  }

  async counts(): Promise<TaskCounts> {
    const rows = this.#store.rows.values();
    return countsByKind([...rows].map(({ kind, status }) => ({ kind, status, n: 1 })));
  }

  async configureLane(name: string, limits: LaneLimits): Promise<void> {
    this.#lanes.configure(name, limits);
    this.#wake("work");
  }

  async reserveSlot(name: string, gapMs: number): Promise<number> {
    return this.#lanes.reserve(name, gapMs, this.#now());
  }

  async blockLane(name: string, until: number, reason: string): Promise<void> {
    this.#lanes.block(name, until, reason);
  }

  async listLanes(limit: number): Promise<readonly Lane[]> {
    return this.#lanes.describe(this.#store.rows.values(), this.#now()).slice(0, limit);
  }

  async listRunners(): Promise<readonly Runner[]> {
    const now = this.#now();
    const held = (runner: string) =>
      [...this.#store.rows.values()].filter((row) => row.leaseUntil > 0 && row.runner === runner).length;
    return [...this.#runners.values()]
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .map(({ card, startedAt, seenAt, aliveUntil }) => ({
        ...card,
        kinds: [...card.kinds],
        running: held(card.id),
        alive: aliveUntil > now,
        startedAt: new Date(startedAt).toISOString(),
        seenAt: new Date(seenAt).toISOString(),
      }));
  }

  async leave(runner: string): Promise<void> {
    this.#runners.delete(runner);
  }

  async subscribe(wake: (hint: Hint) => void): Promise<() => Promise<void>> {
    this.#subscribers.add(wake);
    return async () => {
      this.#subscribers.delete(wake);
    };
  }

  #wake(hint: Hint): void {
    for (const wake of this.#subscribers) queueMicrotask(() => wake(hint));
  }

  #held({ taskId, lease }: Fence): TaskRow | null {
    const row = this.#store.rows.get(taskId);
    return row && row.lease === lease && row.leaseUntil > 0 ? row : null;
  }

  #checkParent(fence: Fence): void {
    const details = { id: fence.taskId };
    const row = this.#held(fence);
    if (!row) throw new ChapterhouseError("LEASE_LOST", "The parent's lease is gone", { details });
    if (row.status === "cancelling") {
      throw new ChapterhouseError("CANCELLED", "The parent is being cancelled", { details });
    }
  }

  #hasRoom(lane: string, now: number): boolean {
    const opensAt = this.#lanes.opensAt(lane);
    if (opensAt === null || opensAt > now) return false;
    const { concurrency } = this.#lanes.get(lane);
    if (concurrency === null) return true;
    const held = [...this.#store.rows.values()].filter((row) => row.lane === lane && row.leaseUntil > 0).length;
    return held < concurrency;
  }

  #take(row: TaskRow, runner: string, now: number, leaseMs: number): void {
    this.#store.move(row, "claim", now);
    Object.assign(row, {
      runner,
      lease: row.lease + 1,
      leaseUntil: now + leaseMs,
      attempts: row.attempts + 1,
      startedAt: now,
      waitingFor: "",
      failedBefore: row.childFailed,
      cancelledBefore: row.childCancelled,
    });
  }

  #nextAt(wanted: readonly TaskRow[], now: number): number | null {
    const times = wanted
      .filter((row) => row.status === "pending")
      .map((row) => (row.runAt > now ? row.runAt : this.#lanes.opensAt(row.lane)))
      .filter((time) => time !== null && time > now) as number[];
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** Parents first, so that one does not end by its children's end before it was asked itself. */
  #cancelTree(row: TaskRow | undefined, now: number, changed: Set<string>): void {
    if (!row || isTerminal(row.status)) return;
    if (row.status !== "cancelling") {
      row.cancelRequestedAt = now;
      row.waitingFor = "";
      this.#store.move(row, "cancel", now);
      changed.add(row.id);
    }
    for (const child of this.#store.childrenOf(row.id)) this.#cancelTree(child, now, changed);
    this.#store.resolve(row, now);
  }

  #reapRow(row: TaskRow, now: number) {
    row.leaseUntil = 0;
    row.crashes += 1;
    const isPoison = row.crashes >= CRASH_LIMIT;
    const status = this.#store.move(row, isPoison ? "poison" : "reap", now);
    if (status === "pending") {
      row.attempts -= 1;
      row.runner = "";
    }
    if (status === "failed") {
      const message = `Its runner vanished ${row.crashes} times`;
      row.error = { code: "CRASHED", message, details: { runner: row.runner } };
    }
    return status;
  }
}

/** The queue in this process's memory: for tests, and for trying handlers. Everything is gone when the process ends. */
export const createMemoryQueue = (options: MemoryQueueOptions = {}): TaskQueue => new MemoryQueue(options);
