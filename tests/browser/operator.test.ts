import type { EnqueueAnswer, Page as ListPage, Task } from "@chapterhouse/domain";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type System, startSystem } from "../system/start-system.ts";
import { openBrowser, signIn, watchPage } from "./open-browser.ts";

// What an operator does, by the page alone, on the whole system.

const LANE = "host:nowhere.example";

let system: System;
let browser: Browser;
let page: Page;

const add = async (more: object): Promise<Task> =>
  (await system.call<EnqueueAnswer>("POST", "/api/tasks", { kind: "scrape.catalogue", ...more })).body.task;

const statusOf = async (id: string) => (await system.call<Task>("GET", `/api/tasks/${id}`)).body.status;

const card = (url: string) => page.getByRole("article", { name: new RegExp(url) });

beforeAll(async () => {
  system = await startSystem();
  browser = await openBrowser();
  ({ page } = await watchPage(browser, system, { viewport: { width: 1280, height: 900 } }));
  await signIn(page, system.admin);
  await system.until(
    async () => (await system.call<{ items: unknown[] }>("GET", "/api/definitions")).body.items.length,
    (kinds) => kinds > 0,
  );
  await system.call("PUT", `/api/lanes/${encodeURIComponent(LANE)}`, { concurrency: 1, gapMs: 0 });
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

test("a lane is paused, says so, and what stands in it says why it waits", async () => {
  const held = await system.call("POST", `/api/lanes/${encodeURIComponent(LANE)}/pause`, { reason: "the site moves" });
  expect(held.status).toBe(200);
  await add({ payload: { url: "http://nowhere.example/one" }, lane: LANE });
  await page.goto("/runners");
  const lane = page.getByRole("row", { name: new RegExp(LANE) });
  await lane.getByText("the site moves").waitFor();
  await page.goto("/tasks");
  const one = card("nowhere.example/one");
  await one.getByRole("button", { name: "Details" }).click();
  await one.getByText(/is paused: the site moves/).waitFor();
});

test("a task is held, goes on, is given up, is tried again and removed", async () => {
  const { id } = await add({ payload: { url: "http://nowhere.example/two" }, lane: LANE });
  await page.goto("/tasks");
  const two = card("nowhere.example/two");
  const choose = async (name: string, status: Task["status"]) => {
    await two.getByRole("button", { name: /^More for/ }).click();
    await page.getByRole("menuitem", { name }).click();
    const reached = await system.until(
      () => statusOf(id),
      (now) => now === status,
    );
    expect(reached).toBe(status);
  };
  await choose("Hold", "paused");
  await two.getByText("Held").waitFor();
  await choose("Go on", "pending");
  await two.getByText("Waiting its turn").waitFor();
  await choose("Give it up", "failed");
  await two.getByText("FAILED_BY_OPERATOR").waitFor();
  await choose("Try the same task again", "pending");
  await two.getByText("Waiting its turn").waitFor();
  await two.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await two.waitFor({ state: "detached" });
  expect((await system.call("GET", `/api/tasks/${id}`)).status).toBe(404);
});

test("all that wait are cancelled at once, after their number was named", async () => {
  for (let index = 0; index < 4; index += 1) {
    await add({ payload: { url: `http://nowhere.example/many/${index}` }, lane: LANE });
  }
  await page.goto("/tasks?kind=scrape.catalogue");
  await page.getByRole("button", { name: "Act on all" }).click();
  await page.getByRole("menuitem", { name: "Cancel all that wait" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("5 tasks will be cancelled.").waitFor();
  await dialog.getByRole("button", { name: "Cancel all that wait" }).click();
  await dialog.waitFor({ state: "detached" });
  const live = await system.call<ListPage<Task>>("GET", "/api/tasks?status=live");
  expect(live.body.items).toEqual([]);
});

test("a recurring task is added, run now, paused and removed; a wrong one is refused in words", async () => {
  await page.goto("/schedule");
  await page.getByRole("button", { name: "Add a recurring task" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("nightly");
  await dialog.getByLabel("Kind").selectOption("scrape.catalogue");
  await dialog.getByLabel("Schedule").fill("30 25 * * *");
  await dialog.getByLabel("Time zone").fill("Europe/Berlin");
  await dialog.getByLabel("Payload").fill(JSON.stringify({ url: system.site.bookUrl }));
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Schedule").fill("30 4 * * *");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  const item = page.getByRole("article", { name: "nightly" });
  await item.getByText(/Next in .* 04:30/).waitFor();
  const choose = async (name: string) => {
    await item.getByRole("button", { name: "Change nightly" }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  await choose("Run now");
  await page.getByText("Its task was added.").waitFor();
  await choose("Pause");
  await item.getByText("Paused").waitFor();
  await choose("Remove");
  await item.waitFor({ state: "detached" });
  expect((await system.call("GET", "/api/cron")).body).toEqual({ items: [] });
});

test("a kind is switched off and on", async () => {
  await page.goto("/schedule");
  const name = /catalogue.* is on/i;
  await page.getByRole("switch", { name }).click({ force: true });
  await system.until(
    async () =>
      (
        await system.call<{ code?: string }>("POST", "/api/tasks", {
          kind: "scrape.catalogue",
          payload: { url: "http://nowhere.example/three" },
          lane: LANE,
        })
      ).body.code,
    (code) => code === "KIND_DISABLED",
  );
  await expect.poll(() => page.getByRole("switch", { name }).isChecked()).toBe(false);
  await page.getByRole("switch", { name }).click({ force: true });
  await system.until(
    async () => (await system.call<{ items: { status: string }[] }>("GET", "/api/definitions")).body.items,
    (kinds) => kinds.every(({ status }) => status === "active"),
  );
});
