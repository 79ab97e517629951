import type { Lane, Page, Runner, Task } from "@chapterhouse/domain";
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
import { asTree } from "../flat-tree.ts";
import { countsByKind } from "../task-counts.ts";
import { type TaskRow, toTask } from "../task-row.ts";
import { type AddedRow, addTasks, removeByKey } from "./add-tasks.ts";
import { addTree } from "./add-tree.ts";
import { cancelTrees } from "./cancel-tree.ts";
import { claimTasks, leaseEnd } from "./claim-tasks.ts";
import { listRows } from "./list-rows.ts";
import type { QueueState } from "./queue-state.ts";
import { rollUpStore } from "./roll-up.ts";
import { settleRow } from "./settle-row.ts";
import { storeReport } from "./store-report.ts";
import { reapRow } from "./take-back.ts";
import type { StoredRow } from "./task-store.ts";

/** What callers get is theirs: nothing they do to it changes the queue. */
export const shown = (row: TaskRow): Task => structuredClone(toTask(row));

const shownAdded = ({ row, created }: AddedRow): AddedTask => ({ task: shown(row), created });

const iso = (time: number): string => new Date(time).toISOString();

export class MemoryQueue implements TaskQueue {
  readonly #state: QueueState;

  constructor(state: QueueState) {
    this.#state = state;
  }

  async add(tasks: readonly NewTask[], parent?: Fence): Promise<readonly AddedTask[]> {
    const added = addTasks(this.#state, tasks, parent);
    this.#state.wake("work", added.length);
    return added.map(shownAdded);
  }

  async addTree(tree: NewTree): Promise<AddedTree> {
    const { flat, added } = addTree(this.#state, tree);
    this.#state.wake("work", added.length);
    return asTree(
      flat,
      added.map((one) => one && shownAdded(one)),
    );
  }

  async removeTask(key: string): Promise<Task | null> {
    const removed = removeByKey(this.#state, key);
    if (removed) this.#state.wake("work");
    return removed && shown(removed);
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const { rows, nextAt } = claimTasks(this.#state, request);
    return { tasks: rows.map(shown), nextAt };
  }

  async heartbeat(card: RunnerCard, leaseMs: number, beats: readonly Beat[]): Promise<HeartbeatAnswer> {
    const { runners, store } = this.#state;
    const now = this.#state.now();
    const startedAt = runners.get(card.id)?.startedAt ?? now;
    runners.set(card.id, { card: structuredClone(card), startedAt, seenAt: now, aliveUntil: now + leaseMs });
    const lost: string[] = [];
    const cancelling: string[] = [];
    for (const beat of beats) {
      const row = this.#held(beat);
      if (!row) {
        lost.push(beat.taskId);
        continue;
      }
      store.change(row, { leaseUntil: leaseEnd(now + leaseMs, row.deadline) }, now);
      storeReport(this.#state, row, beat, now);
      if (row.status === "cancelling") cancelling.push(row.id);
    }
    return { lost, cancelling };
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Settled[]> {
    const now = this.#state.now();
    const settled = settlements.map((settlement) => {
      const row = this.#held(settlement);
      if (!row) return null;
      storeReport(this.#state, row, settlement, now);
      settleRow(this.#state, row, structuredClone(settlement.outcome), now);
      return row;
    });
    this.#state.wake("work");
    return settlements.map(({ taskId }, index) => ({ id: taskId, status: settled[index]?.status ?? null }));
  }

  async cancel(ids: readonly string[]): Promise<readonly Cancelled[]> {
    const { rows } = this.#state.store;
    const changed = cancelTrees(
      this.#state,
      ids.flatMap((id) => rows.get(id) ?? []),
    );
    this.#state.wake("cancel");
    this.#state.wake("work");
    return ids.map((id) => {
      const row = rows.get(id);
      return { id, task: row ? shown(row) : null, changed: changed.has(id) };
    });
  }

  async reap(staleAfterMs: number): Promise<Reaped> {
    const now = this.#state.now();
    const counts = { pending: 0, failed: 0, cancelled: 0, repaired: 0 };
    const stale = [...this.#state.store.held].filter(({ leaseUntil }) => leaseUntil <= now - staleAfterMs);
    for (const row of stale) {
      const status = reapRow(this.#state, row, now);
      if (status === "pending" || status === "failed" || status === "cancelled") counts[status] += 1;
    }
    this.#state.wake("work");
    return counts;
  }

  async find(ids: readonly string[]): Promise<readonly (Task | null)[]> {
    return ids.map((id) => {
      const row = this.#state.store.rows.get(id);
      return row ? shown(row) : null;
    });
  }

  async findByKey(key: string): Promise<Task | null> {
    const row = this.#state.store.withKey(key).at(-1);
    return row ? shown(row) : null;
  }

  async list(filter: TaskFilter): Promise<Page<Task>> {
    const page = listRows([...this.#state.store.rows.values()], filter);
    return { items: page.rows.map(shown), nextCursor: page.nextCursor };
  }

  async children(
    parent: string,
    { limit, from = 0 }: { readonly limit: number; readonly from?: number },
  ): Promise<readonly Child[]> {
    const children = this.#state.store.childrenOf(parent).slice(from, from + limit);
    return children.map((row, index) => ({ index: from + index, task: shown(row) }));
  }

  async rollUp(): Promise<ReadonlyMap<string, number>> {
    return rollUpStore(this.#state.store);
  }

  async counts(): Promise<TaskCounts> {
    const rows = [...this.#state.store.rows.values()];
    return countsByKind(rows.map(({ kind, status }) => ({ kind, status, n: 1 })));
  }

  async configureLane(name: string, limits: LaneLimits): Promise<void> {
    this.#state.lanes.configure(name, structuredClone(limits));
    this.#state.wake("work");
  }

  async reserveSlot(name: string, gapMs: number): Promise<number> {
    return this.#state.lanes.reserve(name, gapMs, this.#state.now());
  }

  async blockLane(name: string, until: number, reason: string): Promise<void> {
    this.#state.lanes.block(name, until, reason);
  }

  async listLanes(limit: number, name?: string): Promise<readonly Lane[]> {
    const { lanes, store, now } = this.#state;
    return lanes.describe(store.rows.values(), now(), name).slice(0, limit);
  }

  async listRunners(): Promise<readonly Runner[]> {
    const now = this.#state.now();
    const held = [...this.#state.store.held];
    return [...this.#state.runners.values()]
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .map(({ card, startedAt, seenAt, aliveUntil }) => ({
        ...card,
        kinds: [...card.kinds],
        running: held.filter(({ runner }) => runner === card.id).length,
        alive: aliveUntil > now,
        startedAt: iso(startedAt),
        seenAt: iso(seenAt),
      }));
  }

  async leave(runner: string): Promise<void> {
    this.#state.runners.delete(runner);
  }

  async subscribe(wake: Wake): Promise<() => Promise<void>> {
    this.#state.subscribers.add(wake);
    return async () => {
      this.#state.subscribers.delete(wake);
    };
  }

  #held({ taskId, lease }: Fence): StoredRow | null {
    const row = this.#state.store.rows.get(taskId);
    return row && row.lease === lease && row.leaseUntil > 0 ? row : null;
  }
}
