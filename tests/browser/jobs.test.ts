import type { QueueDetail, QueueTaskCreated, Task } from "@chapterhouse/domain";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, startSystem } from "../system/start-system.ts";
import { openBrowser, signIn, watchPage, type WatchedPage } from "./open-browser.ts";

// Jobs of many parts, as somebody watches them: on the whole system, with a lane that the test opens and closes.

const PARTS = 3_000;
const CHAPTERS = 4;

let system: System;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let lane: string;

/** A list of pages that the site does not have: they wait while the lane is paused, and fail one by one when it is not. */
const addList = async (parts: number): Promise<string> => {
  const items = Array.from({ length: parts }, (_, index) => ({ url: `${system.site.url}/missing/${index + 1}` }));
  const body = { type: "scrape.catalogue", items };
  return (await system.call<QueueTaskCreated>("POST", "/api/queues/tasks", body)).body.task_id;
};

const jobOf = async (id: string) => (await system.call<QueueDetail>("GET", `/api/queues/${id}?limit=0`)).body.task;

const untilStatus = (id: string, status: Task["status"]) =>
  system.until(
    () => jobOf(id),
    (job) => job.status === status,
  );

const switchLane = (to: "pause" | "resume") => system.call("POST", `/api/lanes/${lane}/${to}`, {});

const row = (name: string | RegExp) => page.getByRole("row", { name });

beforeAll(async () => {
  system = await startSystem({ site: { chapters: CHAPTERS, title: "The Quay" } });
  lane = encodeURIComponent(`host:${system.site.hostPort}`);
  browser = await openBrowser();
  watched = await watchPage(browser, system, { viewport: { width: 1280, height: 900 } });
  page = watched.page;
  page.setDefaultTimeout(20_000);
  await signIn(page, system.admin);
  await system.until(
    async () => (await system.call<{ items: unknown[] }>("GET", "/api/definitions")).body.items.length,
    (kinds) => kinds > 0,
  );
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe("a job of 3,000 parts", () => {
  let id: string;
  beforeAll(async () => {
    await system.call("PUT", `/api/lanes/${lane}`, { concurrency: 1, gapMs: 0 });
    await switchLane("pause");
    id = await addList(PARTS);
  });

  test("opens in the list of tasks, and holds no more rows than are in view", async () => {
    await page.goto("/tasks");
    await page.getByRole("button", { name: "Show its 3,000 tasks" }).click();
    await row("1 127.0.0.1").first().waitFor();
    expect(await page.getByRole("treegrid").getAttribute("aria-rowcount")).toBe(String(PARTS));
    expect(await page.getByRole("row").count()).toBeLessThan(40);
  });

  test("is walked by keyboard to its last part and back, one stop of the tab key for all", async () => {
    await page.getByRole("row").first().focus();
    await page.keyboard.press("End");
    const last = row(/missing\/3000 /);
    await last.waitFor();
    expect(await last.getAttribute("aria-posinset")).toBe(String(PARTS));
    expect(await last.getAttribute("aria-setsize")).toBe(String(PARTS));
    await expect.poll(() => last.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex"))).toBe("2999");
    expect(await page.getByRole("row").count()).toBeLessThan(40);
    expect(await page.locator('[role="row"][tabindex="0"]').count()).toBe(1);
    await page.keyboard.press("Home");
    await row(/missing\/1 /).waitFor();
  });

  test("is scrolled to any place, and the row in focus is not lost", async () => {
    await page.getByRole("treegrid").evaluate((tree) => tree.scrollTo({ top: tree.scrollHeight / 2 }));
    await row(/missing\/1500 /).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-rowindex"))).toBe("1");
  });

  test("has a page of its own, to which the strip on every page leads", async () => {
    await page.goto("/runners");
    const strip = page.getByRole("region", { name: "What runs now" });
    await strip.getByText("0 of 3,000 tasks").waitFor();
    await strip.getByRole("button", { name: "All that is being done: 1 job" }).click();
    await strip.getByRole("list", { name: "Being done" }).getByRole("link").click();
    await page.getByRole("heading", { name: "3,000 × Catalogue", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/tasks/${id}`);
  });

  test("shows what happens without being read again, by its stream alone", async () => {
    await row(/missing\/1 .*Waiting its turn/).waitFor();
    await page.evaluate(() => Object.assign(globalThis, { since: "before" }));
    await page.route("**/api/queues**", (route) => route.abort());
    await switchLane("resume");
    await row(/missing\/1 .*Failed/).waitFor();
    await page
      .getByRole("article")
      .getByText(/^\d+ failed$/)
      .waitFor();
    await row(/missing\/5 .*Failed/).waitFor();
    await page.unroute("**/api/queues**");
    await switchLane("pause");
    // Why it failed is no event: that is read when somebody can.
    await row(/missing\/1 .*The site has no such page any more/).waitFor();
    expect(await page.evaluate(() => "since" in globalThis)).toBe(true);
  });

  test("shows what happens by polling where no stream comes through", async () => {
    await page.route("**/events/queues**", (route) => route.abort());
    await page.reload();
    const failed = page.getByRole("article").getByText(/^[\d,]+ failed$/);
    const before = await failed.textContent();
    await switchLane("resume");
    await expect.poll(() => failed.textContent(), { timeout: 10_000 }).not.toBe(before);
    await page.unroute("**/events/queues**");
    await switchLane("pause");
  });

  test("gives its connection back while nobody sees the page, and goes on where it was", async () => {
    const look = (state: "hidden" | "visible") =>
      page.evaluate((now) => {
        Object.defineProperty(document, "visibilityState", { value: now, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    const isStream = (request: { url(): string }) => request.url().includes("/events/queues");
    await page.reload();
    await page.waitForResponse((response) => isStream(response.request()));
    await row(/missing\/1 .*Failed/).waitFor();
    const ended = page.waitForEvent("requestfailed", isStream);
    await look("hidden");
    await ended;
    const begun = page.waitForRequest(isStream);
    await look("visible");
    expect(new URL((await begun).url()).searchParams.get("lastEventId")).toMatch(/^\d+/);
  });

  test("says of each part what became of it, and its log, beside the list", async () => {
    await row(/missing\/1 /).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("The site has no such page any more.").waitFor();
    const log = dialog.getByRole("list", { name: "Its log, newest first" }).getByRole("listitem");
    await expect.poll(() => log.allTextContents()).toMatchObject([expect.stringContaining("NOT_FOUND")]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  test("is cancelled, and says when that was asked for, when it had stopped, and how long it took", async () => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText(/^Asked to stop at \d\d:\d\d:\d\d, stopped at \d\d:\d\d:\d\d, after [\d.]+ s$/).waitFor();
    await row(/missing\/1 .*Failed/).waitFor();
    await page.getByRole("row").first().focus();
    await page.keyboard.press("End");
    await row(/missing\/3000 .*Cancelled/).waitFor();
    expect(await untilStatus(id, "cancelled")).toMatchObject({ children: { total: PARTS } });
  });
});

describe("a catalogue with a book of which a chapter failed", () => {
  test("shows the book's chapters in its place, and why one is missing", async () => {
    await switchLane("resume");
    system.site.faults.challenge = [2];
    const { body } = await system.call<{ task: Task }>("POST", "/api/scrape/catalogue", {
      url: `${system.site.url}/books`,
    });
    await untilStatus(body.task.id, "done");
    await page.goto(`/tasks/${body.task.id}`);
    const book = row(/book\/quay .*Done with errors/);
    await book.focus();
    await page.keyboard.press("ArrowRight");
    await row(/chapter-4 .*Done/).waitFor();
    await row(/chapter-2 .*proof that a person is reading.*Failed/).waitFor();
    expect(await row(/chapter-4 /).getAttribute("aria-level")).toBe("2");
    await page.keyboard.press("ArrowLeft");
    await row(/chapter-4 /).waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("link", { name: "Its 4 chapters" }).click();
    await page.getByRole("heading", { name: /book\/quay/, level: 1 }).waitFor();
  });

  test("has what failed, only that, tried again", async () => {
    const card = page.getByRole("article");
    await card.getByText("3 of 4 chapters").waitFor();
    const before = system.site.chapterVisits().length;
    system.site.faults.challenge = [];
    await card.getByRole("button", { name: "Retry failed only" }).click();
    await card.getByText("4 of 4 chapters").waitFor();
    await card.getByText("Done", { exact: true }).first().waitFor();
    const visits = system.site.chapterVisits().slice(before);
    expect(visits.map(({ path }) => path)).toEqual(["/book/quay/chapter-2"]);
  });
});

describe("what is followed", () => {
  test("is chosen with the book, in a voice, and stands on the schedule until it is unfollowed", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Add book" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address").fill(system.site.bookUrl);
    await dialog.getByLabel("Keep following it").check();
    await dialog.getByLabel("Read new chapters aloud").check();
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("It is followed from now on.").getByRole("link", { name: "Show it" }).click();
    await page.getByRole("heading", { name: /book\/quay/, level: 1 }).waitFor();
    await page.getByRole("link", { name: "Schedule" }).click();
    const followed = page.getByRole("article", { name: /book\/quay/ });
    await followed.getByText("new chapters are read aloud by Rowan").waitFor();
    await followed.getByText(/^Next look in/).waitFor();
    await followed.getByRole("button", { name: /^Unfollow/ }).click();
    await page.getByText("Nothing is followed yet.").waitFor();
    expect((await system.call("GET", "/api/follows")).body).toEqual({ items: [] });
  });
});

describe("keys of programs", () => {
  test("are made by an admin, work, are told once, and are refused when they are removed", async () => {
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "API keys" }).click();
    await page.getByRole("button", { name: "Make a key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("home-server");
    await dialog.getByRole("button", { name: "Make it" }).click();
    const secret = await dialog.getByLabel("Secret").inputValue();
    await dialog.getByRole("button", { name: "I have it" }).click();
    const ask = async () =>
      (await fetch(`${system.url}/api/queues`, { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await ask()).toBe(200);
    expect(await page.content()).not.toContain(secret);
    const key = page.getByRole("article", { name: "home-server" });
    await key.getByRole("button", { name: "Remove home-server" }).click();
    await dialog.getByRole("button", { name: "Remove it" }).click();
    await key.waitFor({ state: "detached" });
    expect(await ask()).toBe(401);
  });
});

test("of all that, nothing went elsewhere and nothing broke", () => {
  expect(watched.strayRequests).toEqual([]);
  expect(watched.complaints).toEqual([]);
});
