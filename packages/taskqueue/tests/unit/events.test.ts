import { expect, test } from "vitest";
import { countEvents, TaskEvents, type TaskLogger } from "../../src/index.ts";
import { silent } from "./worker-under-test.ts";

const runner = "here-1";

test("listeners are called in order until they are taken away", () => {
  const events = new TaskEvents(silent);
  const heard: string[] = [];
  const first = () => heard.push("first");
  events.on("worker:stop", first);
  const end = events.on("worker:stop", () => heard.push("second"));
  events.emit("worker:stop", { runner });
  end();
  events.emit("worker:stop", { runner });
  events.off("worker:stop", first);
  events.emit("worker:stop", { runner });
  expect(heard).toEqual(["first", "second", "first"]);
});

test("what a listener's promise rejects with is logged, like what it throws", async () => {
  const complaints: object[] = [];
  const events = new TaskEvents({ ...silent, error: (facts) => complaints.push(facts) });
  events.on("stop", async () => {
    throw new Error("broken later");
  });
  events.emit("stop", { runner });
  await expect.poll(() => complaints).toEqual([{ err: new Error("broken later"), event: "stop" }]);
});

test("a listener that throws is logged and harms nobody", () => {
  const complaints: object[] = [];
  const log: TaskLogger = { ...silent, error: (facts) => complaints.push(facts) };
  const events = new TaskEvents(log);
  let heard = 0;
  events.on("stop", () => {
    throw new Error("broken");
  });
  events.on("stop", () => {
    heard += 1;
  });
  events.emit("stop", { runner });
  expect([heard, complaints]).toEqual([1, [{ err: new Error("broken"), event: "stop" }]]);
});

test("a counter tells how often since it was last asked", () => {
  const events = new TaskEvents(silent);
  const counter = countEvents(events);
  const claimed = { runner, limit: 1, prefetch: 0 };
  events.emit("worker:claim:start", claimed);
  events.emit("worker:claim:empty", { runner, nextAt: null });
  expect(counter.take()).toMatchObject({ "worker:claim:empty": 1, "task:start": 0 });
  expect(counter.take()).toMatchObject({ "worker:claim:empty": 0 });
  counter.stop();
  events.emit("worker:claim:empty", { runner, nextAt: null });
  expect(counter.take()).toMatchObject({ "worker:claim:empty": 0 });
});
