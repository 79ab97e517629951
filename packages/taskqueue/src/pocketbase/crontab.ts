import type { CronItem, CronSpec } from "@chapterhouse/domain";
import type { Connection } from "@chapterhouse/pocketbase";
import type { Crontab } from "../ports.ts";
import { taskSpec } from "../task-row.ts";
import { validateTasks } from "../validate-task.ts";

/** Times in ms, 0 and '' for none. */
interface CronRow {
  readonly spec: CronSpec;
  readonly source: CronItem["source"];
  readonly paused: number;
  readonly nextAt: number;
  readonly lastAt: number;
  readonly lastTask: string;
}

const toItem = ({ spec, source, paused, nextAt, lastAt, lastTask }: CronRow): CronItem => ({
  ...spec,
  source,
  paused: paused !== 0,
  nextAt: paused === 0 ? new Date(nextAt).toISOString() : null,
  lastAt: lastAt > 0 ? new Date(lastAt).toISOString() : null,
  lastTask: lastTask || null,
});

/** Cron items in PocketBase (pb_hooks/taskqueue/cron-*.js). Only a backend pauses, resumes and removes. */
export const createPocketBaseCrontab = (connection: Connection): Crontab => {
  const call = <T>(name: string, body: unknown) => connection.call<T>("POST", `/api/taskqueue/${name}`, body);
  const set = async (body: { readonly identifier: string; readonly to: string; readonly nextAt?: number }) =>
    toItem((await call<{ item: CronRow }>("cron-set", body)).item);

  return {
    async saveCron(source, items, { exact = false } = {}) {
      await call("cron-save", { source, exact, items: items.map(({ nextAt, ...spec }) => ({ nextAt, spec })) });
    },

    async listCron() {
      return (await call<{ items: CronRow[] }>("cron-list", {})).items.map(toItem);
    },

    async dueCron() {
      const { now, due, nextAt } = await call<{ now: number; due: CronRow[]; nextAt: number | null }>("cron-due", {});
      return { now, due: due.map(toItem), nextAt };
    },

    async fireCron({ tasks, ...firing }) {
      validateTasks(tasks);
      const specs = tasks.map((task) => taskSpec(task, Date.now()));
      return (await call<{ fired: boolean }>("cron-fire", { ...firing, tasks: specs })).fired;
    },

    pauseCron: (identifier) => set({ identifier, to: "paused" }),
    resumeCron: (identifier, nextAt) => set({ identifier, to: "running", nextAt }),
    async removeCron(identifier) {
      await set({ identifier, to: "removed" });
    },
  };
};
