import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../../../src/pages/browser.ts";
import { findChromium, type FoundChromium } from "../../../src/pages/find-chromium.ts";
import { body, novel, text } from "../../site/novel.ts";
import { scrapingRunner } from "../../site/scraping-runner.ts";
import { type Answer, TestSite } from "../../site/test-site.ts";

// A real Chromium, found as a runner finds it.
// oxlint-disable-next-line no-process-env -- a test is its own main
const env = process.env;
let chromium: FoundChromium;
beforeAll(async () => {
  chromium = await findChromium(env["CHROMIUM_PATH"], env["PATH"] ?? "");
});

const browsers = new Set<Browser>();
afterAll(() => Promise.all([...browsers].map((browser) => browser.close())));

const browserFor = (site: TestSite, limits: { settleMs?: number; readMs?: number } = {}) => {
  const find = () => Promise.resolve(chromium);
  const browser = new Browser({ find, rules: site.rules(), userAgent: "Chapterhouse/test", now: Date.now, ...limits });
  browsers.add(browser);
  return browser;
};
const open = { signal: new AbortController().signal, admit: () => Promise.resolve() };

const filledBy = (script: string) => `<body><div id="content"></div><script>${script}</script></body>`;
const write = (what: string) => `document.getElementById("content").textContent=${what};`;

test("a page is taken after its scripts have filled it, and its pictures are never asked for", async () => {
  await using site = await TestSite.open({
    "/page": `<img src="/map.png">${filledBy(`fetch("/words").then(r=>r.text()).then(t=>{${write("t")}})`)}`,
    "/words": "and so it was",
  });
  const counted: string[] = [];
  const { html, url } = await browserFor(site).open(site.at("/page"), {
    ...open,
    admit: async (asked, counts) => void (counts && counted.push(asked.pathname)),
  });
  expect(html).toContain('<div id="content">and so it was</div>');
  expect(url.href).toBe(site.at("/page").href);
  expect(site.log).toEqual(["/page", "/words"]);
  expect(counted).toEqual(["/page", "/words"]);
  expect([...site.agents]).toEqual(["Chapterhouse/test"]);
});

describe("the SSRF guard holds in the browser", () => {
  const attempts: readonly (readonly [string, (secret: string) => Answer])[] = [
    [
      "a script's request",
      (secret) =>
        filledBy(`fetch("${secret}").then(r=>r.text()).then(t=>{${write("t")}}).catch(()=>{${write('"no"')}})`),
    ],
    ["a frame", (secret) => `<iframe src="${secret}"></iframe>`],
    [
      "a WebSocket",
      (secret) => filledBy(`new WebSocket("${secret.replace("http", "ws")}").onerror=()=>{${write('"no"')}}`),
    ],
    [
      "a request that is redirected",
      () => filledBy(`fetch("/away").then(()=>{${write('"yes"')}},()=>{${write('"no"')}})`),
    ],
  ];

  test.each(attempts)("against %s", async (_, page) => {
    await using secret = await TestSite.open({ "/": "secret" });
    await using site = await TestSite.open({
      "/page": page(`${secret.url}/`),
      "/away": (_, response) => response.writeHead(302, { location: `${secret.url}/` }).end(),
    });
    const { html } = await browserFor(site).open(site.at("/page"), open);
    expect(html).not.toContain(">secret<");
    expect(secret.log).toEqual([]);
  });

  test("against a page that sends the browser on", async () => {
    await using secret = await TestSite.open({ "/": "secret" });
    await using site = await TestSite.open({
      "/page": (_, response) => response.writeHead(302, { location: `${secret.url}/` }).end(),
    });
    await expect(browserFor(site).open(site.at("/page"), open)).rejects.toMatchObject({ name: "ChapterhouseError" });
    expect(secret.log).toEqual([]);
  });
});

test("a challenge is named, not solved", async () => {
  await using site = await TestSite.open({
    "/page": (_, response) =>
      response.writeHead(403, { "content-type": "text/html" }).end("<title>Just a moment...</title>"),
  });
  await expect(browserFor(site).open(site.at("/page"), open)).rejects.toMatchObject({ code: "BLOCKED_CHALLENGE" });
});

test("an abort closes the page, with the signal's own reason", async () => {
  const stop = new AbortController();
  await using site = await TestSite.open({ "/page": () => stop.abort(new Error("enough")) });
  await expect(browserFor(site).open(site.at("/page"), { ...open, signal: stop.signal })).rejects.toThrow("enough");
});

test("an abort does not wait for Chromium to start", async () => {
  await using site = await TestSite.open({ "/page": "x" });
  const stop = new AbortController();
  const find = () => new Promise<FoundChromium>(() => stop.abort(new Error("enough")));
  const browser = new Browser({ find, rules: site.rules(), userAgent: "Chapterhouse/test", now: Date.now });
  await expect(browser.open(site.at("/page"), { ...open, signal: stop.signal })).rejects.toThrow("enough");
  expect(site.log).toEqual([]);
});

describe("an abort closes the page's connections, and nothing more is asked for", () => {
  const asks = `fetch("/words").then(()=>fetch("/more"))`;
  test.each<[string, Record<string, (stop: () => void) => Answer>]>([
    ["while its own document is awaited", { "/page": (stop) => stop }],
    [
      "while its document is coming",
      { "/page": (stop) => (_, response) => void response.write("<p>and then</p>".repeat(200), stop) },
    ],
    ["while a script's request is awaited", { "/page": () => filledBy(asks), "/words": (stop) => stop }],
  ])("%s", async (_, pages) => {
    const stop = new AbortController();
    const abort = () => stop.abort(new Error("enough"));
    await using site = await TestSite.open(
      Object.fromEntries(Object.entries(pages).map(([path, answer]) => [path, answer(abort)])),
    );
    await expect(browserFor(site).open(site.at("/page"), { ...open, signal: stop.signal })).rejects.toThrow("enough");
    const asked = Object.keys(pages);
    await site.hungUp(asked.at(-1) ?? "");
    expect(site.log).toEqual(asked);
  });

  test("while a request of its own waits for its slot", async () => {
    const stop = new AbortController();
    await using site = await TestSite.open({ "/page": filledBy(asks), "/words": "w", "/more": "m" });
    const admit = async (url: URL) => {
      if (url.pathname !== "/words") return;
      stop.abort(new Error("enough"));
      stop.signal.throwIfAborted();
    };
    const opened = browserFor(site).open(site.at("/page"), { signal: stop.signal, admit });
    await expect(opened).rejects.toThrow("enough");
    expect(site.log).toEqual(["/page"]);
  });
});

test("a page whose script never rests is given up", async () => {
  await using site = await TestSite.open({
    "/page": "<p>x</p><script>onload = () => setTimeout(() => { for (;;); }, 50)</script>",
  });
  const browser = browserFor(site, { settleMs: 1000, readMs: 100 });
  await expect(browser.open(site.at("/page"), open)).rejects.toMatchObject({ code: "UPSTREAM_TIMEOUT" });
});

test("what `admit` refuses is not asked for", async () => {
  await using site = await TestSite.open({ "/page": "x" });
  const admit = () => Promise.reject(new Error("denied"));
  await expect(browserFor(site).open(site.at("/page"), { ...open, admit })).rejects.toMatchObject({
    code: "BROWSER_FAILED",
  });
  expect(site.log).toEqual([]);
});

test("a browser that was closed, or died, is started again by the next page", async () => {
  await using site = await TestSite.open({ "/page": "<p>here</p>" });
  const browser = browserFor(site);
  await browser.open(site.at("/page"), open);
  await browser.close();
  await expect(browser.open(site.at("/page"), open)).resolves.toMatchObject({ html: expect.stringContaining("here") });
});

test("a chosen Chromium that is none is BROWSER_MISSING", async () => {
  await expect(findChromium("/nowhere/chromium", "")).rejects.toMatchObject({ code: "BROWSER_MISSING" });
});

test("a book whose chapters are filled in by scripts is scraped through the browser, one request a chapter more", async () => {
  const pages = novel({ chapters: ["1", "2"] });
  for (const name of ["1", "2"]) {
    pages[`/novel/c/${name}`] = filledBy(
      `fetch("/words/${name}").then(r=>r.text()).then(t=>{document.getElementById("content").innerHTML=t})`,
    );
    pages[`/words/${name}`] = body(name);
  }
  const holder: { browser?: Browser } = {};
  await using runner = await scrapingRunner(pages, {
    browser: { open: (url, options) => (holder.browser ??= browserFor(runner.site)).open(url, options) },
  });
  const task = await runner.run("scrape.book", { url: runner.site.at("/novel").href });
  expect(task).toMatchObject({ status: "done" });
  expect(await runner.library.getChapter("the-lamp", 2)).toMatchObject({ text: text("2") });
  expect(runner.site.log.filter((path) => path.startsWith("/novel/c/"))).toEqual([
    "/novel/c/1",
    "/novel/c/1",
    "/novel/c/2",
  ]);
});
