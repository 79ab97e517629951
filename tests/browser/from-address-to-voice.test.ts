import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type System, startSystem } from "../system/start-system.ts";
import { openBrowser, signIn, watchPage, type WatchedPage } from "./open-browser.ts";

// One visit, told in order: each test goes on where the one before it ended.
const CHAPTERS = 5;

let system: System;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

/** The site answers for chapters only once `release` is called. */
const holdSite = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  system.site.faults.hold = promise;
  return () => {
    system.site.faults.hold = null;
    resolve();
  };
};

beforeAll(async () => {
  system = await startSystem({ site: { chapters: CHAPTERS, title: "The Quay" } });
  browser = await openBrowser();
  watched = await watchPage(browser, system, { viewport: { width: 1280, height: 900 } });
  page = watched.page;
  page.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe("somebody new", () => {
  test("is asked who they are, wherever they go, and told when that was wrong", async () => {
    await page.goto("/tasks");
    await page.getByLabel("E-mail").fill(system.admin.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("No account has this e-mail address and password.").waitFor();
    expect(new URL(page.url()).search).toBe("?to=%2Ftasks");
  });

  test("comes in, to an empty library that says what to do", async () => {
    await signIn(page, system.admin);
    await page.getByRole("heading", { name: "The shelves are empty" }).waitFor();
    expect(await page.title()).toBe("Library · Chapterhouse");
    const cookies = await page.context().cookies();
    expect(cookies.every((cookie) => cookie.httpOnly)).toBe(true);
  });
});

describe("a book", () => {
  const add = async (address: string) => {
    await page.getByRole("button", { name: "Add book" }).click();
    await page.getByLabel("Address").fill(address);
    await page.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
  };

  test.each([
    ["not an address", "That is not a web address."],
    ["http://127.0.0.1:1/book", "That address points into a private network"],
  ])("is refused for “%s”, in words", async (address, words) => {
    await page.goto("/");
    await add(address);
    await page.getByRole("dialog").getByText(words).waitFor();
    await page.keyboard.press("Escape");
    expect((await system.call<{ items: unknown[] }>("GET", "/api/tasks")).body.items).toEqual([]);
  });

  test("is on its way as soon as its address is given, and can be cancelled", async () => {
    const release = holdSite();
    await page.goto("/");
    await add(system.site.bookUrl);
    await page.getByRole("region", { name: "On their way" }).getByText("/book/quay").click();
    const card = page.getByRole("article", { name: /^Book: / });
    await card.getByText(`0 of ${CHAPTERS} chapters`).waitFor();
    await card.getByRole("row", { name: /chapter-5 / }).waitFor();
    await page.getByRole("region", { name: "What runs now" }).getByText("/book/quay").waitFor();
    await card.getByRole("button", { name: "Cancel" }).click();
    release();
    await card.getByText("Cancelled", { exact: true }).first().waitFor();
    expect(system.site.chapterVisits().length).toBeLessThan(CHAPTERS);
  });

  test("is complete after it was asked for again", async () => {
    await page
      .getByRole("article", { name: /^Book: / })
      .getByRole("button", { name: "Try again" })
      .click();
    const before = page.url();
    await page.getByText("It is on its way again").getByRole("link", { name: "Show it" }).click();
    await page.waitForURL((url) => url.href !== before);
    // What the cancelled task fetched is not fetched again, so that this one may have fewer parts.
    const again = page.getByRole("article", { name: /^Book: / });
    await again.getByText(/^Book · ended/).waitFor();
    await again.getByText("Done", { exact: true }).first().waitFor();
    await page.getByRole("link", { name: "Library", exact: true }).click();
    await page.getByRole("link", { name: "The Quay" }).click();
    await page.getByRole("heading", { name: "The Quay", level: 1 }).waitFor();
    const links = page.getByRole("listitem").getByRole("link", { name: /^Chapter \d+: Lamp \d+$/ });
    await links.nth(CHAPTERS - 1).waitFor();
    expect(await links.allTextContents()).toEqual(
      Array.from({ length: CHAPTERS }, (_, index) => system.site.titleOf(index + 1)),
    );
  });
});

describe("a chapter", () => {
  const text = () => page.locator("article [class*=text] p").allTextContents();

  test("is read, and the arrow keys turn the page", async () => {
    await page.getByRole("link", { name: system.site.titleOf(1), exact: true }).click();
    await page.getByRole("heading", { name: system.site.titleOf(1), level: 1 }).waitFor();
    expect((await text()).join("\n")).toBe(system.site.textOf(1));
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { name: system.site.titleOf(2), level: 1 }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("heading", { name: system.site.titleOf(1), level: 1 }).waitFor();
  });

  const spoken = () =>
    page.evaluate(() => [...(CSS.highlights.get("spoken") ?? [])].map((range) => (range as Range).toString()).join(""));
  const position = () => page.evaluate(() => document.querySelector("audio")?.currentTime ?? 0);

  test("is read aloud when asked, and the spoken sentence is marked", async () => {
    await page.getByRole("button", { name: "Read this aloud" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor({ timeout: 60_000 });
    await page.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 1);
    const first = await spoken();
    expect(system.site.textOf(1)).toContain(first);
    expect(first.length).toBeGreaterThan(3);
    const before = await position();
    await page.waitForFunction((then) => (document.querySelector("audio")?.currentTime ?? 0) > then + 1, before);
  });

  test("goes on from the sentence that is clicked", async () => {
    const paragraph = page.locator("article [class*=text] p").last();
    await paragraph.click({ position: { x: 6, y: 12 } });
    const opening = (await paragraph.textContent()) ?? "";
    await page.waitForFunction(
      (paragraphText) =>
        [...(CSS.highlights.get("spoken") ?? [])].some((range) =>
          paragraphText.startsWith((range as Range).toString()),
        ),
      opening,
    );
    expect(await position()).toBeGreaterThan(5);
  });

  test("is heard at the speed that was chosen, and stops when told to", async () => {
    await page.getByLabel("Speed").selectOption("1.5");
    const rates = await page.evaluate(() => {
      const audio = document.querySelector("audio");
      return [audio?.playbackRate, audio?.preservesPitch];
    });
    expect(rates).toEqual([1.5, true]);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const before = await position();
    await page.getByRole("button", { name: "Back 15 seconds" }).click();
    expect(await position()).toBeLessThan(before);
  });
});

describe("a book that is heard", () => {
  const heading = (chapter: number) => page.getByRole("heading", { name: system.site.titleOf(chapter), level: 1 });

  test("begins by “Listen”, which has the chapter narrated first", async () => {
    await page.goto("/books/the-quay");
    const row = page.getByRole("listitem").filter({ hasText: system.site.titleOf(2) });
    await row.getByRole("link", { name: /^Listen/ }).click();
    await heading(2).waitFor();
    await page.getByRole("button", { name: "Pause" }).waitFor({ timeout: 60_000 });
    const { voices } = (await system.call<{ voices: string[] }>("GET", "/api/books/the-quay/chapters/2")).body;
    expect(voices).toHaveLength(1);
  });

  test("goes on by itself with the next chapter that is narrated, and ends where none is", async () => {
    await page.goto("/books/the-quay/1");
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(() => (document.querySelector("audio")?.currentTime ?? 0) > 0.2);
    const toTheEnd = () =>
      page.evaluate(() => {
        const audio = document.querySelector("audio");
        if (audio !== null) audio.currentTime = audio.duration - 0.4;
      });
    await toTheEnd();
    await heading(2).waitFor();
    await page.waitForFunction(() => {
      const audio = document.querySelector("audio");
      return audio !== null && !audio.paused && audio.currentTime > 0.2 && audio.currentTime < 20;
    });
    await toTheEnd();
    await page.waitForFunction(() => document.querySelector("audio")?.ended === true);
    expect(await heading(2).isVisible()).toBe(true);
  });

  test("can be removed, after a question", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "More about The Quay" }).click();
    await page.getByRole("menuitem", { name: "Remove…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click();
    await page.getByRole("heading", { name: "The shelves are empty" }).waitFor();
    expect((await system.call<{ items: unknown[] }>("GET", "/api/books")).body.items).toEqual([]);
  });
});

test("whoever signs out is asked again who they are", async () => {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("E-mail").waitFor();
  expect(await page.context().cookies()).toEqual([]);
  await page.goto("/tasks");
  await page.getByLabel("E-mail").waitFor();
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});

test("of all that, nothing went elsewhere and nothing broke", () => {
  expect(watched.strayRequests).toEqual([]);
  expect(watched.complaints).toEqual([]);
});
