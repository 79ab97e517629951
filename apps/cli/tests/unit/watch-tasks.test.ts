import { ChapterhouseError } from "@chapterhouse/domain";
import { expect, test } from "vitest";
import { watchTasks } from "../../src/watch-tasks.ts";
import { taskOf } from "./fake-server.ts";

const away = () => new ChapterhouseError("SERVER_UNREACHABLE", "nobody there");
const forever = new AbortController().signal;

test("a server that restarts does not end the wait", async () => {
  const answers = [taskOf({ status: "running" }), away(), away(), taskOf({ status: "done" })];
  const task = () => {
    const next = answers.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? taskOf());
  };
  const [last] = await watchTasks({ task }, [taskOf()], { signal: forever, pollMs: 1 });
  expect(last?.status).toBe("done");
  expect(answers).toEqual([]);
});

test("a server that stays away ends it, and so does a task that is gone", async () => {
  const gone = new ChapterhouseError("TASK_NOT_FOUND", "no such task");
  const watch = (answer: Promise<never>) =>
    watchTasks({ task: () => answer }, [taskOf()], { signal: forever, pollMs: 1, patienceMs: 0 });
  await expect(watch(Promise.reject(away()))).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  await expect(watch(Promise.reject(gone))).rejects.toMatchObject({ code: "TASK_NOT_FOUND" });
});

test("however many tasks are waited for, a look asks about a dozen", async () => {
  const tasks = Array.from({ length: 40 }, (_, index) => taskOf({ id: `t${index}` }));
  const looks: string[][] = [];
  const task = (id: string) => {
    looks.at(-1)?.push(id);
    return Promise.resolve(taskOf({ id, status: "done" }));
  };
  const last = await watchTasks({ task }, tasks, { signal: forever, pollMs: 1, onChange: () => looks.push([]) });
  expect(looks.map((ids) => ids.length)).toEqual([12, 12, 12, 4, 0]);
  expect(last.every(({ status }) => status === "done")).toBe(true);
});
