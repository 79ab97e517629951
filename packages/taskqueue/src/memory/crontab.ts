import { ChapterhouseError, type CronItem, type CronSpec } from "@chapterhouse/domain";
import type { CronFiring, Crontab } from "../ports.ts";
import { addTasks } from "./add-tasks.ts";
import type { QueueState } from "./queue-state.ts";

const iso = (time: number): string => new Date(time).toISOString();

export class MemoryCrontab implements Crontab {
  readonly #state: QueueState;

  constructor(state: QueueState) {
    this.#state = state;
  }

  async saveCron(
    source: CronItem["source"],
    items: readonly (CronSpec & { readonly nextAt: number })[],
    { exact = false }: { readonly exact?: boolean } = {},
  ): Promise<void> {
    const { cron } = this.#state;
    const named = new Set(items.map(({ identifier }) => identifier));
    for (const { identifier, source: owner } of cron.values()) {
      if (!named.has(identifier) || owner === source) continue;
      const details = { identifier, source: owner };
      throw new ChapterhouseError("CRON_INVALID", `The cron item ${identifier} comes from ${owner}`, { details });
    }
    for (const item of cron.values()) {
      if (exact && item.source === source && !named.has(item.identifier)) cron.delete(item.identifier);
    }
    for (const { nextAt, ...spec } of structuredClone(items)) {
      const before = cron.get(spec.identifier);
      const { paused = false, lastAt = null, lastTask = null } = before ?? {};
      const isSame = before?.schedule === spec.schedule && before.timeZone === spec.timeZone;
      const next = isSame ? before.nextAt : iso(nextAt);
      cron.set(spec.identifier, { ...spec, source, paused, lastAt, lastTask, nextAt: paused ? null : next });
    }
  }

  async listCron(): Promise<readonly CronItem[]> {
    const items = [...this.#state.cron.values()];
    return structuredClone(items.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1)));
  }

  async dueCron(): Promise<{ now: number; due: readonly CronItem[]; nextAt: number | null }> {
    const now = this.#state.now();
    const timed = (await this.listCron()).filter(({ nextAt }) => nextAt !== null);
    const timeOf = ({ nextAt }: CronItem): number => Date.parse(nextAt ?? "");
    const later = timed.map(timeOf).filter((time) => time > now);
    const due = timed.filter((item) => timeOf(item) <= now).toSorted((a, b) => timeOf(a) - timeOf(b));
    return { now, due, nextAt: later.length > 0 ? Math.min(...later) : null };
  }

  async fireCron({ identifier, expected, next, at, tasks }: CronFiring): Promise<boolean> {
    const item = this.#state.cron.get(identifier);
    if (!item || item.nextAt === null || Date.parse(item.nextAt) !== expected) return false;
    const createdBy = `cron:${identifier}`;
    const added = addTasks(
      this.#state,
      tasks.map((task) => ({ ...task, createdBy })),
    );
    const last = added.at(-1);
    const fired = last && { lastAt: iso(at), lastTask: last.row.id };
    this.#state.cron.set(identifier, { ...item, nextAt: iso(next), ...fired });
    this.#state.wake("work", added.length);
    return true;
  }

  async pauseCron(identifier: string): Promise<CronItem> {
    return this.#change(identifier, () => ({ paused: true, nextAt: null }));
  }

  async resumeCron(identifier: string, nextAt: number): Promise<CronItem> {
    return this.#change(identifier, ({ paused }) => (paused ? { paused: false, nextAt: iso(nextAt) } : {}));
  }

  async removeCron(identifier: string): Promise<void> {
    this.#change(identifier, () => ({}));
    this.#state.cron.delete(identifier);
  }

  #change(identifier: string, change: (item: CronItem) => Partial<CronItem>): CronItem {
    const item = this.#state.cron.get(identifier);
    if (!item) {
      const details = { identifier };
      throw new ChapterhouseError("CRON_NOT_FOUND", `There is no cron item ${identifier}`, { details });
    }
    const changed = { ...item, ...change(item) };
    this.#state.cron.set(identifier, changed);
    return structuredClone(changed);
  }
}
