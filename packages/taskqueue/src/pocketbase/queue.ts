import {
  CRASH_LIMIT,
  type Lane,
  type Page,
  retryDelayMs,
  type Runner,
  type Task,
  type TaskStatus,
} from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import { Coalescer } from "../coalescer.ts";
import type {
  AddedTask,
  AddedTree,
  Beat,
  Cancelled,
  Child,
  ClaimAnswer,
  ClaimRequest,
  Fence,
  HeartbeatAnswer,
  LaneLimits,
  NewTask,
  NewTree,
  Reaped,
  RunnerCard,
  Settled,
  Settlement,
  TaskCounts,
  TaskFilter,
  TaskQueue,
  Wake,
} from "../ports.ts";
import { asTree, flatTree } from "../flat-tree.ts";
import { addedRow, type TaskRow, type TaskSpec, taskSpec, toTask } from "../task-row.ts";
import { type RowAtWork, rollUp } from "../roll-up.ts";
import { countsByKind, type CountRow } from "../task-counts.ts";
import { followSignals } from "./follow-signals.ts";
import { type ClaimedAnswer, claimedRows } from "./claimed-rows.ts";
import { logItems, settleBody, type SettleAnswer, settledStatuses } from "./settle-body.ts";
import { addedTasks, placeTasks, treeBody, type TreeAnswer } from "./tree-body.ts";
import { type LaneRow, type RunnerRow, toLane, toRunner } from "./rows.ts";

/** The retry curve reaches its plateau at the tenth attempt. */
const DELAYS = 10;
const MOST_ADDED = 1000;
const MOST_SETTLED = 1000;
const MOST_FOUND = 500;

interface AddAnswer {
  readonly at: number;
  /** Of the added ones that named none. */
  readonly group: string;
  readonly existing: readonly { readonly index: number; readonly task: TaskRow }[];
}

/** ms by attempt, the last for all further ones. */
const retryDelays = (random: () => number): number[] =>
  Array.from({ length: DELAYS }, (_, index) => retryDelayMs(index + 1, random));

export interface PocketBaseQueueOptions {
  /** In [0, 1); spreads retries. */
  readonly random?: () => number;
}

class PocketBaseQueue implements TaskQueue {
  readonly #connection: Connection;
  readonly #random: () => number;
  readonly #adds = new Coalescer<NewTask, AddedTask>(MOST_ADDED, (tasks) => this.#add(tasks));
  readonly #settles = new Coalescer<Settlement, Settled>(MOST_SETTLED, (items) => this.#settle(items));
  readonly #finds = new Coalescer<string, Task | null>(MOST_FOUND, (ids) => this.#find(ids));

  constructor(connection: Connection, random: () => number) {
    this.#connection = connection;
    this.#random = random;
  }

  add(tasks: readonly NewTask[], parent?: Fence): Promise<readonly AddedTask[]> {
    if (parent === undefined) return this.#adds.submit(tasks);
    return tasks.length === 0 ? Promise.resolve([]) : this.#add(tasks, parent);
  }

  async addTree(tree: NewTree): Promise<AddedTree> {
    const flat = flatTree(tree);
    const placed = placeTasks(flat, Date.now());
    const answer = await this.#call<TreeAnswer>("add-tree", treeBody(placed));
    return asTree(flat, addedTasks(placed, answer));
  }

  async removeTask(key: string): Promise<Task | null> {
    const { task } = await this.#call<{ task: TaskRow | null }>("remove-by-key", { key });
    return task && toTask(task);
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const answer = await this.#call<ClaimedAnswer>("claim", request);
    return { tasks: claimedRows(answer, request).map(toTask), nextAt: answer.nextAt };
  }

  async heartbeat(runner: RunnerCard, leaseMs: number, beats: readonly Beat[]): Promise<HeartbeatAnswer> {
    const answer = await this.#call<{ beats: { id: string; status: TaskStatus }[] }>("heartbeat", {
      runner,
      leaseMs,
      beats: beats.map(({ taskId, lease, progress, checkpoint }) => ({ taskId, lease, progress, checkpoint })),
      log: logItems(beats),
    });
    const kept = new Map(answer.beats.map(({ id, status }) => [id, status]));
    return {
      lost: beats.filter(({ taskId }) => !kept.has(taskId)).map(({ taskId }) => taskId),
      cancelling: [...kept].filter(([, status]) => status === "cancelling").map(([id]) => id),
    };
  }

  settle(settlements: readonly Settlement[]): Promise<readonly Settled[]> {
    return this.#settles.submit(settlements);
  }

  async cancel(ids: readonly string[]): Promise<readonly Cancelled[]> {
    if (ids.length === 0) return [];
    const answer = await this.#call<{ tasks: TaskRow[]; changed: string[] }>("cancel", { ids });
    const tasks = new Map(answer.tasks.map((row) => [row.id, toTask(row)]));
    const changed = new Set(answer.changed);
    return ids.map((id) => ({ id, task: tasks.get(id) ?? null, changed: changed.has(id) }));
  }

  reap(staleAfterMs: number): Promise<Reaped> {
    const delays = retryDelays(this.#random);
    return this.#call<Reaped>("reap", { staleAfterMs: Math.round(staleAfterMs), crashLimit: CRASH_LIMIT, delays });
  }

  find(ids: readonly string[]): Promise<readonly (Task | null)[]> {
    return this.#finds.submit(ids);
  }

  async findByKey(key: string): Promise<Task | null> {
    const { task } = await this.#call<{ task: TaskRow | null }>("find-by-key", { key });
    return task && toTask(task);
  }

  async list(filter: TaskFilter): Promise<Page<Task>> {
    const { tasks, nextCursor } = await this.#call<{ tasks: TaskRow[]; nextCursor: string | null }>("list", filter);
    return { items: tasks.map(toTask), nextCursor };
  }

  async children(parent: string, query: { readonly limit: number; readonly from?: number }): Promise<readonly Child[]> {
    const { limit, from = 0 } = query;
    const { tasks } = await this.#call<{ tasks: TaskRow[] }>("children", { parent, from, limit });
    return tasks.map((row, index) => ({ index: from + index, task: toTask(row) }));
  }

  async rollUp(): Promise<ReadonlyMap<string, number>> {
    return rollUp((await this.#call<{ tasks: RowAtWork[] }>("roll-up", {})).tasks);
  }

  async counts(): Promise<TaskCounts> {
    return countsByKind((await this.#call<{ counts: CountRow[] }>("counts", {})).counts);
  }

  async configureLane(name: string, { concurrency, gapMs, rate }: LaneLimits): Promise<void> {
    await this.#call("lane-configure", {
      name,
      concurrency: concurrency ?? 0,
      gapMs: Math.ceil(gapMs),
      rateCount: rate?.count ?? 0,
      rateMs: rate?.intervalMs ?? 0,
    });
  }

  async reserveSlot(name: string, gapMs: number): Promise<number> {
    return (await this.#call<{ at: number }>("lane-reserve", { name, gapMs: Math.ceil(gapMs) })).at;
  }

  async blockLane(name: string, until: number, reason: string): Promise<void> {
    await this.#call("lane-block", { name, until: Math.ceil(until), reason: reason.slice(0, 500) || "blocked" });
  }

  async listLanes(limit: number, name?: string): Promise<readonly Lane[]> {
    const { lanes } = await this.#call<{ lanes: LaneRow[] }>("lane-list", { limit, name });
    return lanes.map((row) => toLane(row));
  }

  async listRunners(): Promise<readonly Runner[]> {
    return (await this.#call<{ runners: RunnerRow[] }>("runner-list", {})).runners.map(toRunner);
  }

  async leave(runner: string): Promise<void> {
    await this.#call("runner-leave", { runner });
  }

  subscribe(wake: Wake): Promise<() => Promise<void>> {
    return Promise.resolve(followSignals(this.#connection.sdk, wake));
  }

  #call<T>(name: string, body: unknown): Promise<T> {
    return this.#connection.call<T>("POST", `/api/taskqueue/${name}`, body);
  }

  async #add(tasks: readonly NewTask[], parent?: Fence): Promise<AddedTask[]> {
    const specs: readonly TaskSpec[] = tasks.map((task) => taskSpec(task, Date.now()));
    // The tasks last, and without what is as usual: the route says why.
    const items = specs.map(({ id }, index) => ({ id, ...tasks[index] }));
    const { at, group, existing } = await this.#call<AddAnswer>("add", { parent, tasks: items });
    const live = new Map(existing.map(({ index, task }) => [index, task]));
    return specs.map((spec, index) => {
      const found = live.get(index);
      if (found) return { task: toTask(found), created: false };
      return {
        task: toTask(addedRow({ ...spec, group: spec.group ?? group }, parent?.taskId ?? "", at)),
        created: true,
      };
    });
  }

  async #settle(settlements: readonly Settlement[]): Promise<Settled[]> {
    // Callers share calls: of two settlements of a task the later lease counts, of two under one lease the first. The
    // other has lost its lease.
    const counting = new Map<string, Settlement>();
    for (const item of settlements) {
      const other = counting.get(item.taskId);
      if (other === undefined || item.lease > other.lease) counting.set(item.taskId, item);
    }
    const statuses = settledStatuses(
      await this.#call<SettleAnswer>(
        "settle",
        settleBody([...counting.values()], () => retryDelays(this.#random)),
      ),
    );
    return settlements.map((item) => ({
      id: item.taskId,
      status: counting.get(item.taskId) === item ? (statuses.get(item.taskId) ?? null) : null,
    }));
  }

  async #find(ids: readonly string[]): Promise<(Task | null)[]> {
    const { tasks } = await this.#call<{ tasks: TaskRow[] }>("find", { ids });
    const found = new Map(tasks.map((row) => [row.id, toTask(row)]));
    return ids.map((id) => found.get(id) ?? null);
  }
}

/**
 * The queue in PocketBase, through the hook routes of pb_hooks/taskqueue. Every call may throw `STORE_UNREACHABLE`.
 * What the connection's account may not do is `FORBIDDEN`: a backend adds, cancels and reads; a runner claims, beats,
 * settles and adds.
 */
export const createPocketBaseQueue = (
  connection: Connection,
  { random = Math.random }: PocketBaseQueueOptions = {},
): TaskQueue => new PocketBaseQueue(connection, random);
