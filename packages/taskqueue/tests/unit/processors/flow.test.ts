import { ChapterhouseError } from "@chapterhouse/domain";
import { beforeEach, describe, expect, test } from "vitest";
import {
  BaseFlowProcessor,
  BaseParentProcessor,
  type Failure,
  flowProgress,
  type TaskResult,
} from "../../../src/index.ts";
import { resultOf, Stage, type Step, STEPS, video } from "./flow-under-test.ts";

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe("progress", () => {
  test("of four steps at each moment: 0, 5, 25, 30, 50, 55, 75, 80, 100 %", async () => {
    const { queue } = stage.ports;
    const id = await stage.add();
    const seen: number[] = [];
    const look = async () => {
      const { status } = await stage.find(id);
      seen.push(status === "done" ? 1 : ((await queue.rollUp()).get(id) ?? Number.NaN));
    };
    stage.flow.doing = look;
    for (const _ of STEPS) {
      await stage.run(["video"]);
      await look();
      await stage.run(["video.step"]);
    }
    await stage.run(["video"]);
    await look();
    expect(seen).toEqual([0, 0.05, 0.25, 0.3, 0.5, 0.55, 0.75, 0.8, 1]);
    expect((await stage.find(id)).progress).toMatchObject({ done: 4, total: 4, unit: "steps" });
  });

  test.each([
    [{ total: 4, done: 0, atWork: 0 }, 0],
    [{ total: 4, done: 0, atWork: 3 }, 0.05],
    [{ total: 3, done: 1, atWork: 1 }, 0.383333],
    [{ total: 4, done: 4, atWork: 0 }, 1],
    [{ total: 0, done: 0, atWork: 0 }, 1],
  ])("%o is %d", (steps, expected) => {
    expect(flowProgress(steps)).toBe(expected);
  });
});

describe("steps", () => {
  test("are done one after the other, each knows the results of those before, and the flow's result has all", async () => {
    const seen: unknown[] = [];
    stage.flow.doing = (step, { stepResults }) => {
      seen.push(Object.values(stepResults).map(({ data }) => data));
      return `${step}ed`;
    };
    const id = await stage.add({ lane: "videos", priority: 3, flags: ["gpu"] });
    await stage.run();
    expect(seen.map((names) => (names as unknown[]).length)).toEqual([0, 1, 2, 3]);
    const flow = await stage.find(id);
    const at = "2026-01-01T00:00:00.000Z";
    const done = (step: Step) => ({
      stepType: step,
      status: "completed",
      startedAt: at,
      completedAt: at,
      data: `${step}ed`,
    });
    expect([flow.status, flow.attempts]).toEqual(["done", 1]);
    expect(flow.result).toEqual({
      steps: Object.fromEntries(STEPS.map((step) => [step, done(step)])),
      completedSteps: STEPS,
      failedSteps: [],
      totalSteps: 4,
      completedCount: 4,
      failedCount: 0,
      startedAt: at,
      completedAt: at,
    });
    const [first] = await stage.ports.queue.children(id, { limit: 1 });
    expect(first?.task).toMatchObject({
      payload: { step: "download", input: { videoId: "v1" } },
      lane: "videos",
      priority: 3,
      flags: ["gpu"],
      maxAttempts: 3,
    });
  });

  test("of a list within the list are done at once", async () => {
    stage.flow.flow = ["download", ["transcode", "check"], "upload"];
    const id = await stage.add();
    const both = Promise.withResolvers<void>();
    let atWork = 0;
    stage.flow.doing = async (step) => {
      if (step !== "transcode" && step !== "check") return;
      atWork += 1;
      if (atWork === 2) both.resolve();
      await both.promise;
    };
    await stage.run();
    expect((await stage.find(id)).status).toBe("done");
    expect(stage.flow.calls.at(-1)).toBe("upload");
  });

  test("that find their work done do none", async () => {
    stage.flow.existing = { download: "was there" };
    const id = await stage.add();
    await stage.run();
    expect(stage.flow.calls).toEqual(["transcode", "check", "upload"]);
    expect(resultOf(await stage.find(id)).steps["download"]?.data).toBe("was there");
  });

  test("a flow of none is done; one with a step twice is refused for good", async () => {
    stage.flow.flow = [];
    const none = await stage.add();
    await stage.run();
    stage.flow.flow = ["check", ["check"]];
    const twice = await stage.add();
    await stage.run();
    expect(await stage.find(none)).toMatchObject({ status: "done", result: { totalSteps: 0 } });
    expect(await stage.find(twice)).toMatchObject({ status: "failed", error: { code: "KIND_INVALID" } });
  });
});

describe("a step that fails", () => {
  /** `check` fails in its first `times` attempts. */
  const failing = (times: number) => {
    let left = times;
    stage.flow.doing = (step) => {
      if (step !== "check" || left === 0) return `${step}ed`;
      left -= 1;
      return stage.flow.recoverable(step, `failure ${times - left}`);
    };
  };

  test("is tried again after 2 s and 4 s, the flow waits meanwhile, and finished steps have run once", async () => {
    failing(2);
    const id = await stage.add();
    const seen: unknown[] = [];
    const look = async () => seen.push([(await stage.find(id)).status, (await stage.steps(id)).at(-1)]);
    await stage.run();
    await look();
    await stage.after(1999);
    await look();
    await stage.after(1);
    await look();
    await stage.after(3999);
    await look();
    await stage.after(1);
    expect(seen).toEqual([
      ["waiting", ["check", "pending", 1]],
      ["waiting", ["check", "pending", 1]],
      ["waiting", ["check", "pending", 2]],
      ["waiting", ["check", "pending", 2]],
    ]);
    expect((await stage.find(id)).status).toBe("done");
    expect(stage.flow.calls).toEqual(["download", "transcode", "check", "check", "check", "upload"]);
  });

  test("three times fails the flow, and its error says how far it came", async () => {
    failing(3);
    const id = await stage.add();
    await stage.run();
    await stage.after(2000);
    expect(resultOf(await stage.find(id))).toMatchObject({ currentStep: "check", completedCount: 2, failedCount: 0 });
    await stage.after(4000);
    const { status, error, attempts, maxAttempts } = await stage.find(id);
    expect([status, attempts < maxAttempts]).toEqual(["failed", true]);
    expect(error).toMatchObject({
      code: "STEPS_FAILED",
      message: "Of 4 steps these failed: check",
      details: {
        completedSteps: ["download", "transcode"],
        failedSteps: ["check"],
        currentStep: "check",
        totalSteps: 4,
        completedCount: 2,
        failedCount: 1,
        startedAt: "2026-01-01T00:00:00.000Z",
        completedAt: "2026-01-01T00:00:06.000Z",
        steps: { check: { status: "failed", error: "failure 3" } },
      },
    });
  });

  test.each(["redrive", "retry_children"] as const)("after %s goes on where it failed", async (type) => {
    failing(3);
    const id = await stage.add();
    for (const ms of [0, 2000, 4000]) await stage.after(ms);
    await stage.ports.admin.act({ type }, { ids: [id] });
    await stage.run();
    expect(await stage.find(id)).toMatchObject({ status: "done", error: null, result: { completedCount: 4 } });
    expect(stage.flow.calls).toEqual(["download", "transcode", "check", "check", "check", "check", "upload"]);
  });

  test.each([
    ["throws", new Error("no such codec"), "failed", 1],
    ["throws what is tried again", new ChapterhouseError("UPSTREAM_ERROR", "HTTP 500"), "pending", 1],
    ["throws what is put off", new ChapterhouseError("RATE_LIMITED", "later"), "pending", 0],
  ])("one that %s: %s is %s", async (_, thrown, status, attempts) => {
    stage.flow.doing = () => {
      throw thrown;
    };
    const id = await stage.add();
    await stage.run();
    expect(await stage.steps(id)).toEqual([["download", status, attempts]]);
    expect((await stage.find(id)).status).toBe(status === "failed" ? "failed" : "waiting");
  });

  test("one that somebody cancels fails the flow", async () => {
    const id = await stage.add();
    await stage.run(["video"]);
    const [step] = await stage.ports.queue.children(id, { limit: 1 });
    await stage.ports.queue.cancel([step?.task.id ?? ""]);
    await stage.run();
    expect(await stage.find(id)).toMatchObject({
      status: "failed",
      error: { details: { steps: { download: { status: "failed", error: "It was cancelled" } } } },
    });
  });
});

test("one below another parent is tried again with it, where it failed", async () => {
  const { queue, admin } = stage.ports;
  let isBroken = true;
  stage.flow.doing = (step) => {
    if (step === "check" && isBroken) throw new Error("no such codec");
  };
  const flow = { kind: "video", payload: { videoId: "v1" } };
  const { task, children } = await queue.addTree({ kind: "album", payload: {}, children: [flow] });
  await stage.run();
  expect([(await stage.find(task.id)).status, (await stage.find(children[0]?.task.id ?? "")).status]).toEqual([
    "failed",
    "failed",
  ]);
  isBroken = false;
  await admin.act({ type: "retry_children" }, { ids: [task.id] });
  await stage.run();
  expect(await stage.find(task.id)).toMatchObject({ status: "done", children: { total: 1, done: 1, failed: 0 } });
  expect(stage.flow.calls).toEqual(["download", "transcode", "check", "check", "upload"]);
});

test("its hooks tell of the flow as a whole, once", async () => {
  const told: unknown[] = [];
  Object.assign(stage.flow, {
    onActive: () => told.push("active"),
    onCompleted: ({ completedCount }: TaskResult) => told.push(["completed", completedCount]),
    onFailed: ({ error, isLast }: Failure) => told.push(["failed", error.code, isLast]),
  });
  await stage.add();
  await stage.run();
  stage.flow.doing = () => {
    throw new Error("no such codec");
  };
  await stage.add();
  await stage.run();
  expect(told).toEqual(["active", ["completed", 4], "active", ["failed", "STEPS_FAILED", true]]);
});

test("a flow whose runner dies between adding a step and waiting for it does not add it twice", async () => {
  const { queue } = stage.ports;
  const id = await stage.add();
  const card = { id: "dying", host: "", pid: 1, version: "", kinds: ["video"], concurrency: 1 };
  const { tasks } = await queue.claim({ runner: card.id, kinds: ["video"], limit: 1, leaseMs: 1000 });
  const lease = tasks[0]?.lease ?? 0;
  const payload = { step: "download", input: { videoId: "v1" } };
  await queue.add([{ kind: "video.step", payload }], { taskId: id, lease });
  stage.time += 1001;
  await queue.reap(0);
  await stage.run();
  expect((await stage.find(id)).status).toBe("done");
  expect(stage.flow.calls).toEqual(STEPS);
});

test("the former name is the same", async () => {
  class Old extends BaseParentProcessor<typeof video> {
    readonly kind = "old";
    readonly payload = video;
    steps() {
      return ["only"];
    }
    async processStep() {}
  }
  expect(new Old()).toBeInstanceOf(BaseFlowProcessor);
  expect(new Old().toKinds().map(({ kind }) => kind)).toEqual(["old", "old.step"]);
});
