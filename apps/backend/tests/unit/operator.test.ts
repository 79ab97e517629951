import type { Task } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

type Under = ReturnType<typeof createAppUnderTest>;

let under: Under;
beforeEach(async () => {
  under = createAppUnderTest();
  await under.definitions.define([
    {
      kind: "index.rebuild",
      title: "Rebuild the index",
      defaults: { payload: { depth: 3 }, lane: "index", maxAttempts: 2 },
    },
  ]);
});
afterEach(() => under.app.close());

const call = async (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, body?: object) => {
  const answer = await under.app.inject({
    method,
    url,
    headers: { authorization: under.authorization },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
};

const rebuild = async (more: object = {}): Promise<Task> =>
  (await call("POST", "/api/tasks", { kind: "index.rebuild", ...more })).body.task;

describe("adding tasks by their kind's name", () => {
  test("what is left out comes from the kind's definition", async () => {
    const answer = await call("POST", "/api/tasks", { kind: "index.rebuild", payload: { shelf: "b" } });
    expect(answer).toMatchObject({
      status: 202,
      body: { created: true, task: { lane: "index", maxAttempts: 2, payload: { depth: 3, shelf: "b" } } },
    });
  });

  test("a key's mode is the task's own", async () => {
    const first = await rebuild({ key: "k", keyMode: "replace", priority: 4 });
    const second = await call("POST", "/api/tasks", {
      kind: "index.rebuild",
      key: "k",
      keyMode: "replace",
      priority: 1,
    });
    expect(second).toMatchObject({
      status: 200,
      body: { created: false, task: { id: first.id, priority: 1, revision: 1 } },
    });
    const removed = await call("DELETE", "/api/tasks/by-key?key=k");
    expect(removed).toMatchObject({ status: 200, body: { task: { id: first.id } } });
    expect((await call("DELETE", "/api/tasks/by-key?key=k")).body).toEqual({ task: null });
  });

  test("many are added together or not at all", async () => {
    const tasks = [{ kind: "index.rebuild" }, { kind: "index.rebuild", maxAttempts: 0 }];
    expect(await call("POST", "/api/tasks/batch", { tasks })).toMatchObject({
      status: 400,
      body: { code: "MAX_ATTEMPTS_INVALID", details: { index: 1, seed: "GWBMA" } },
    });
    expect((await call("GET", "/api/tasks")).body.items).toEqual([]);
    const answer = await call("POST", "/api/tasks/batch", { tasks: [tasks[0], tasks[0]] });
    expect(answer).toMatchObject({ status: 202, body: { items: [{ created: true }, { created: true }] } });
  });

  test.each([
    [{ kind: "no.such.kind" }, 404, "DEFINITION_NOT_FOUND"],
    [{ kind: "index.rebuild", lane: "l".repeat(129) }, 400, "LANE_INVALID"],
    [{ kind: "index.rebuild", key: "k".repeat(513) }, 400, "KEY_INVALID"],
    [{ kind: "index.rebuild", keyMode: "sometimes" }, 400, "BAD_REQUEST"],
    [{ kind: "index.rebuild", runAt: "tomorrow" }, 400, "BAD_REQUEST"],
  ])("%o: %i %s", async (body, status, code) => {
    expect(await call("POST", "/api/tasks", body)).toMatchObject({ status, body: { code } });
  });
});

describe("an operator's actions", () => {
  test("by filter: first a preview, then the act", async () => {
    for (let index = 0; index < 3; index += 1) await rebuild();
    const body = { action: { type: "hold" }, filter: { lane: "index" } };
    const preview = await call("POST", "/api/tasks/actions", { ...body, preview: true });
    expect(preview.body).toMatchObject({ matched: 3, changed: 0 });
    const held = await call("POST", "/api/tasks/actions", body);
    expect(held.body).toMatchObject({ matched: 3, changed: 3, tasks: [{ status: "paused" }, {}, {}] });
  });

  test("by ids: a task is rescheduled", async () => {
    const { id } = await rebuild();
    const runAt = "2030-01-01T00:00:00.000Z";
    const action = { type: "reschedule", runAt, priority: 7, maxAttempts: 9 };
    const answer = await call("POST", "/api/tasks/actions", { action, ids: [id] });
    expect(answer.body.tasks).toMatchObject([{ id, runAt, priority: 7, maxAttempts: 9 }]);
  });

  test.each([
    [{ action: { type: "hold" } }],
    [{ action: { type: "hold" }, ids: ["a"], filter: {} }],
    [{ action: { type: "hold" }, filter: { lanes: "index" } }],
    [{ action: { type: "explode" }, ids: ["a"] }],
    [{ action: { type: "fail" }, ids: ["a"] }],
  ])("%o is refused", async (body) => {
    expect(await call("POST", "/api/tasks/actions", body)).toMatchObject({
      status: 400,
      body: { code: "BAD_REQUEST" },
    });
  });

  test("why a task waits, in a sentence, and its log", async () => {
    const { id } = await rebuild({ runAt: "2030-01-01T00:00:00.000Z" });
    const why = await call("GET", `/api/tasks/${id}/why`);
    expect(why).toMatchObject({
      status: 200,
      body: { taskId: id, reason: "not_due", until: "2030-01-01T00:00:00.000Z" },
    });
    expect(why.body.sentence).toContain("2030-01-01 00:00:00 UTC");
    await call("POST", "/api/tasks/actions", { action: { type: "fail", reason: "no longer wanted" }, ids: [id] });
    const log = await call("GET", `/api/tasks/${id}/log?failures=true`);
    expect(log.body.items).toMatchObject([{ code: "FAILED_BY_OPERATOR", message: "no longer wanted" }]);
    expect(await call("GET", "/api/tasks/nowhere/why")).toMatchObject({
      status: 404,
      body: { code: "TASK_NOT_FOUND" },
    });
  });

  test("a runner that beats is not released unless forced; one that nobody knows is not found", async () => {
    const card = { id: "r", host: "h", pid: 1, version: "0", kinds: ["index.rebuild"], concurrency: 1 };
    await rebuild();
    await under.queue.claim({ runner: "r", kinds: card.kinds, limit: 1, leaseMs: 60_000 });
    await under.queue.heartbeat(card, 60_000, []);
    expect(await call("POST", "/api/runners/r/release")).toMatchObject({ status: 409, body: { code: "RUNNER_ALIVE" } });
    expect((await call("POST", "/api/runners/r/release", { force: true })).body).toEqual({ released: 1 });
    expect(await call("POST", "/api/runners/x/release")).toMatchObject({
      status: 404,
      body: { code: "RUNNER_NOT_FOUND" },
    });
  });
});

describe("kinds", () => {
  test("one that is disabled refuses and holds until it is active again", async () => {
    const held = await rebuild();
    expect((await call("PATCH", "/api/definitions/index.rebuild", { status: "disabled" })).body).toMatchObject({
      status: "disabled",
      title: "Rebuild the index",
    });
    const refused = await call("POST", "/api/tasks", { kind: "index.rebuild" });
    expect(refused).toMatchObject({ status: 409, body: { code: "KIND_DISABLED" } });
    expect((await call("GET", `/api/tasks/${held.id}/why`)).body.reason).toBe("kind_disabled");
    await call("PATCH", "/api/definitions/index.rebuild", { status: "active" });
    expect((await call("POST", "/api/tasks", { kind: "index.rebuild" })).status).toBe(202);
  });

  test("one that is removed is listed only when asked for, and can be restored", async () => {
    await call("DELETE", "/api/definitions/index.rebuild");
    expect((await call("GET", "/api/definitions")).body.items).toEqual([]);
    expect((await call("GET", "/api/definitions?removed=true")).body.items).toHaveLength(1);
    expect((await call("POST", "/api/definitions/index.rebuild/restore")).body.removedAt).toBeNull();
    expect((await call("PATCH", "/api/definitions/other", { status: "active" })).status).toBe(404);
  });
});

describe("lanes", () => {
  const lane = "/api/lanes/host%3Anovels.example";

  test("are made, limited, paused, resumed and drained", async () => {
    const limits = { concurrency: 2, gapMs: 500, rate: { count: 3, intervalMs: 1000 } };
    expect((await call("PUT", lane, limits)).body).toMatchObject({ name: "host:novels.example", ...limits });
    expect((await call("POST", `${lane}/pause`, { reason: "site is down" })).body).toMatchObject({
      paused: true,
      reason: "site is down",
    });
    await rebuild({ lane: "host:novels.example" });
    expect((await call("GET", "/api/lanes")).body.items).toMatchObject([{ name: "host:novels.example", pending: 1 }]);
    expect((await call("POST", `${lane}/resume`)).body.paused).toBe(false);
    expect((await call("POST", `${lane}/drain`)).body).toEqual({ cancelled: 1 });
    expect((await call("GET", lane)).body).toMatchObject({ pending: 0, concurrency: 2 });
  });

  test.each(["GET", "POST pause", "POST resume", "POST drain"])("%s of a lane that is not there", async (what) => {
    const [method = "GET", action] = what.split(" ");
    const url = action ? `/api/lanes/nowhere/${action}` : "/api/lanes/nowhere";
    expect(await call(method as "GET", url)).toMatchObject({ status: 404, body: { code: "LANE_NOT_FOUND" } });
  });
});

describe("recurring tasks", () => {
  const nightly = { identifier: "nightly", kind: "index.rebuild", schedule: "30 4 * * *", timeZone: "Europe/Berlin" };

  test("are added, paused, resumed, run by hand and removed", async () => {
    const added = await call("POST", "/api/cron", nightly);
    expect(added).toMatchObject({ status: 200, body: { item: { source: "api", paused: false } } });
    expect(added.body.upcoming).toHaveLength(5);
    expect(added.body.item.nextAt).toBe(added.body.upcoming[0]);
    const paused = await call("POST", "/api/cron/nightly/pause");
    expect(paused.body).toMatchObject({ item: { paused: true, nextAt: null }, upcoming: [] });
    expect((await call("POST", "/api/cron/nightly/resume")).body.item.nextAt).toBe(added.body.item.nextAt);
    expect(await call("POST", "/api/cron/nightly/run")).toMatchObject({
      status: 202,
      body: { task: { kind: "index.rebuild", createdBy: "key:host" } },
    });
    expect((await call("DELETE", "/api/cron/nightly")).status).toBe(204);
    expect((await call("GET", "/api/cron")).body).toEqual({ items: [] });
    expect(await call("POST", "/api/cron/nightly/pause")).toMatchObject({
      status: 404,
      body: { code: "CRON_NOT_FOUND" },
    });
  });

  test.each([[{ schedule: "61 * * * *" }], [{ schedule: "0 0 31 2 *" }], [{ timeZone: "Mars/Olympus" }]])(
    "%o is refused",
    async (wrong) => {
      expect(await call("POST", "/api/cron", { ...nightly, ...wrong })).toMatchObject({
        status: 422,
        body: { code: "CRON_INVALID" },
      });
    },
  );

  test("what comes from a file is changed there", async () => {
    const spec = { ...nightly, catchUp: { mode: "none" as const }, fillMs: null, payload: {}, lane: null, priority: 0 };
    const item = { ...spec, maxAttempts: null, key: null, keyMode: "replace" as const, nextAt: under.clock.now + 1000 };
    await under.crontab.saveCron("file", [item]);
    expect(await call("POST", "/api/cron", nightly)).toMatchObject({ status: 422, body: { code: "CRON_INVALID" } });
  });
});
