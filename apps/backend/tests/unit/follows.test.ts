import { hostLane } from "@chapterhouse/domain";
import { fireDueCron } from "@chapterhouse/taskqueue";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
beforeEach(() => {
  stage = createAppUnderTest();
});
afterEach(() => stage.app.close());

const headers = { cookie: "chapterhouse_session=token-of-member", "sec-fetch-site": "same-origin" };
const call = async (method: "GET" | "POST" | "DELETE", url: string, payload?: object) => {
  const answer = await stage.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
};
const follow = (body: object) => call("POST", "/api/follows", body);
const url = "https://novels.example/whale";
const tasks = async () => (await stage.queue.list({ limit: 50 })).items;

describe("following a book", () => {
  test("looks at it at once and every day from then on, in its site's lane", async () => {
    const answer = await follow({ url: "https://Novels.example:443/whale#top", narrate: "flite:slt" });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        follow: { what: "book", url, narrate: "flite:slt", lastAt: null, lastTask: null },
        task: { kind: "scrape.book", payload: { url, narrate: "flite:slt" }, createdBy: "person:member" },
      },
    });
    expect(answer.body.task_id).toBe(answer.body.task.id);
    expect(answer.body.follow.schedule).toMatch(/^[1-5]?\d (?:1?\d|2[0-3]) \* \* \*$/);
    const [item] = await stage.crontab.listCron();
    expect(item).toMatchObject({
      identifier: `follow:${answer.body.follow.id}`,
      source: "api",
      lane: hostLane(url),
      key: answer.body.task.key,
      keyMode: "keep_first",
      payload: { url, narrate: "flite:slt" },
    });
    expect(await call("GET", "/api/follows")).toMatchObject({ body: { items: [answer.body.follow] } });
  });

  test("its daily task is the same as the first, and is not added while that one lives", async () => {
    const { body } = await follow({ url });
    const due = async () => {
      const { nextAt } = (await call("GET", "/api/follows")).body.items[0];
      stage.clock.now = Date.parse(nextAt);
      await fireDueCron({ crontab: stage.crontab, log: stage.app.log });
      return (await call("GET", "/api/follows")).body.items[0];
    };
    expect((await due()).lastTask).toBe(body.task_id);
    await stage.queue.cancel([body.task_id]);
    const { lastTask } = await due();
    expect(lastTask).not.toBe(body.task_id);
    const [later] = await stage.queue.find([lastTask]);
    const { kind, lane, key, priority } = body.task;
    const createdBy = `cron:follow:${body.follow.id}`;
    expect(later).toMatchObject({ kind, lane, key, priority, createdBy, payload: { url } });
  });

  test("again changes what the request says, and answers with the task that it has", async () => {
    const first = await follow({ url, narrate: "flite:slt" });
    const again = await follow({ url: `${url}#again` });
    expect(again).toMatchObject({ status: 200, body: { follow: first.body.follow, task_id: first.body.task_id } });
    const changed = await follow({ url, schedule: "5 4 * * 1", narrate: "flite:rms" });
    expect(changed.body.follow).toMatchObject({ schedule: "5 4 * * 1", narrate: "flite:rms" });
    await stage.queue.cancel([first.body.task_id]);
    expect((await follow({ url })).body).toMatchObject({
      task_id: first.body.task_id,
      follow: { schedule: "5 4 * * 1", narrate: "flite:rms" },
    });
    expect(await tasks()).toHaveLength(1);
  });

  test("whose first look was never added looks at it now", async () => {
    const { body } = await follow({ url });
    await stage.queue.removeTask(body.task.key);
    const again = await follow({ url });
    expect(again.status).toBe(200);
    expect(again.body.task_id).not.toBe(body.task_id);
  });

  test("ends when it is removed; what is under way stays", async () => {
    const { body } = await follow({ url });
    expect((await call("DELETE", `/api/follows/${body.follow.id}`)).status).toBe(204);
    expect((await call("GET", "/api/follows")).body).toEqual({ items: [] });
    expect(await tasks()).toMatchObject([{ status: "pending" }]);
    expect(await call("DELETE", `/api/follows/${body.follow.id}`)).toMatchObject({
      status: 404,
      body: { code: "FOLLOW_NOT_FOUND" },
    });
  });
});

test("a source is added the same way, and is another than a book of its address", async () => {
  const source = await follow({ what: "catalogue", url });
  expect(source).toMatchObject({ status: 201, body: { task: { kind: "scrape.catalogue", payload: { url } } } });
  const book = await follow({ url });
  expect(book.status).toBe(201);
  expect(book.body.follow.id).not.toBe(source.body.follow.id);
});

test("a hundred follows are not due at once", async () => {
  const schedules = new Set<string>();
  for (let n = 0; n < 100; n += 1) schedules.add((await follow({ url: `${url}/${n}` })).body.follow.schedule);
  expect(schedules.size).toBeGreaterThan(80);
});

test.each([
  ["nightly", "scrape.book"],
  ["follow:nightly", "cover.shrink"],
])("another recurring task, %s of %s, is no follow and cannot be removed as such", async (identifier, kind) => {
  const body = { identifier, kind, schedule: "0 4 * * *", payload: { url } };
  const authorization = stage.authorization;
  await stage.app.inject({ method: "POST", url: "/api/cron", headers: { authorization }, payload: body });
  expect((await call("GET", "/api/follows")).body).toEqual({ items: [] });
  expect((await call("DELETE", "/api/follows/nightly")).status).toBe(404);
});

test.each([
  [{ url: "http://inside.example/" }, 422, "ADDRESS_REFUSED"],
  [{ url: "file:///etc/passwd" }, 422, "BAD_URL"],
  [{ url, narrate: "flite:nobody" }, 422, "VOICE_UNKNOWN"],
  [{ url, what: "catalogue", narrate: "flite:rms" }, 400, "BAD_REQUEST"],
  [{ url, schedule: "every day" }, 422, "CRON_INVALID"],
  [{ url, voice: "flite:rms" }, 400, "BAD_REQUEST"],
])("%j is refused, and nothing is followed or added", async (body, status, code) => {
  expect(await follow(body)).toMatchObject({ status, body: { code } });
  expect(await stage.crontab.listCron()).toEqual([]);
  expect(await tasks()).toEqual([]);
});
