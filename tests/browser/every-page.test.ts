import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type Axe from "axe-core";
import type { Browser, Page } from "playwright";
import type { EnqueueAnswer, Task } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, startSystem } from "../system/start-system.ts";
import { openBrowser, signIn, watchPage, type WatchedPage } from "./open-browser.ts";

const PAGES = [
  { path: "/", title: "Library · Chapterhouse", ready: "The Quay" },
  { path: "/books/the-quay", title: "The Quay · Chapterhouse", ready: "Lamp 3" },
  { path: "/books/the-quay/1", title: "Chapter 1: Lamp 1 · The Quay", ready: "Read this aloud" },
  { path: "/books/the-quay/9999", title: "There is no such chapter · Chapterhouse", ready: "CHAPTER_NOT_FOUND" },
  { path: "/tasks", title: "Tasks · Chapterhouse", ready: "took" },
  { path: "/tasks/JOB", title: /\/book\/quay · Chapterhouse$/, ready: "chapter-3" },
  { path: "/schedule", title: "Schedule · Chapterhouse", ready: "Next look" },
  { path: "/keys", title: "API keys · Chapterhouse", ready: "Never used" },
  { path: "/runners", title: "Runners · Chapterhouse", ready: "Alive" },
  { path: "/nowhere", title: "Not here · Chapterhouse", ready: "There is no such page" },
] as const;

/** What axe finds wrong with the page, at least serious, each as `rule: element: why`. */
const faultsOf = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`),
      );
  });

let system: System;
let browser: Browser;
let axe: string;
/** The job that fetched the book. */
let job: string;

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  system = await startSystem({ site: { chapters: 3, title: "The Quay" } });
  browser = await openBrowser();
  const { task } = (await system.call<EnqueueAnswer>("POST", "/api/follows", { url: system.site.bookUrl })).body;
  job = task.id;
  await system.call("POST", "/api/keys", { name: "reader", scopes: ["read"] });
  await system.until(
    async () => (await system.call<Task>("GET", `/api/tasks/${task.id}`)).body.status,
    (status) => status === "done",
  );
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe.each([
  ["a desk, light", { width: 1440, height: 900 }, "light"],
  ["a desk, dark", { width: 1440, height: 900 }, "dark"],
  ["a phone, light", { width: 390, height: 844 }, "light"],
  ["a phone, dark", { width: 390, height: 844 }, "dark"],
] as const)("on %s", (_, viewport, colorScheme) => {
  let watched: WatchedPage;
  beforeAll(async () => {
    // axe is put in as a script of the page, which the page's CSP rightly refuses.
    watched = await watchPage(browser, system, { viewport, colorScheme, bypassCSP: true });
    await watched.page.addInitScript(axe);
    await signIn(watched.page, system.admin);
  });
  afterAll(async () => {
    await watched.page.context().close();
  });

  test.each(PAGES)("$path can be used by everybody, fits, and says what it is", async ({ path, title, ready }) => {
    const { page } = watched;
    await page.goto(path.replace("JOB", job));
    await page.getByText(ready).first().waitFor();
    // The title's parts come with their answers, which need not be those that the text waits for.
    await expect.poll(() => page.title(), { timeout: 10_000 }).toMatch(title);
    expect(await faultsOf(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test("the dialogs can be used by everybody, too", async () => {
    const { page } = watched;
    await page.goto("/");
    await page.getByRole("button", { name: "Add book" }).click();
    await page.getByRole("dialog").getByLabel("Address").waitFor();
    await page.getByLabel("Keep following it").check();
    await page.getByLabel("Read new chapters aloud").check();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto("/keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByRole("dialog").getByLabel("Name").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`/tasks/${job}`);
    await page.getByRole("row", { name: /chapter-2 / }).click();
    await page.getByRole("dialog").getByText("Log", { exact: true }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto("/books/the-quay");
    await page.getByRole("button", { name: "Narrate", exact: true }).click();
    await page.getByRole("dialog").getByRole("option", { name: "Rowan" }).waitFor({ state: "attached" });
    expect(await faultsOf(page)).toEqual([]);
  });

  test("nothing went elsewhere and nothing broke", () => {
    expect(watched.strayRequests).toEqual([]);
    expect(watched.complaints).toEqual([]);
  });
});

test("by keyboard alone: the first stop skips to the page, and the library is two steps from a chapter", async () => {
  const { page } = await watchPage(browser, system);
  await signIn(page, system.admin);
  await page.goto("/books/the-quay/1");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the page");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Library", level: 1 }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  await page.context().close();
});

test("a chapter that came with more than prose shows its prose alone, and loads nothing from elsewhere", async () => {
  const { page, strayRequests, complaints } = await watchPage(browser, system);
  await page.route("**/api/books/the-quay/chapters/1", async (route) => {
    const answer = await route.fetch();
    const hostile = `<p onclick="alert(1)">Kept <em>words</em>.<script>alert(2)</script></p>
      <img src="https://elsewhere.example/x.png" onerror="alert(3)"><iframe src="https://elsewhere.example/"></iframe>
      <p style="background:url(https://elsewhere.example/y.png)"><a href="javascript:alert(4)">one</a>
      <a href="https://elsewhere.example/">two</a></p><form action="https://elsewhere.example/"><input name="q"></form>`;
    await route.fulfill({ response: answer, json: { ...(await answer.json()), html: hostile } });
  });
  await signIn(page, system.admin);
  await page.goto("/books/the-quay/1");
  await page.getByText("Kept words.").waitFor();
  const kept = await page.evaluate(() => {
    const all = [...document.querySelectorAll("article [class*=text] div *")];
    return all.map((element) => [element.localName, ...element.getAttributeNames()].join(" "));
  });
  expect(kept).toEqual(["p", "em", "p", "a target rel", "a href target rel"]);
  expect({ strayRequests, complaints }).toEqual({ strayRequests: [], complaints: [] });
  await page.context().close();
});

test("when the server goes away the page says so, and takes it back when it returns", async () => {
  const { page } = await watchPage(browser, system);
  await signIn(page, system.admin);
  await page.context().setOffline(true);
  const banner = page.getByText("Chapterhouse does not answer.");
  await banner.waitFor();
  await page.context().setOffline(false);
  await banner.waitFor({ state: "detached" });
  expect(await page.getByRole("heading", { name: "Library", level: 1 }).isVisible()).toBe(true);
  await page.context().close();
});
