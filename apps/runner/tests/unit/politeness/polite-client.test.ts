import { ChapterhouseError } from "@chapterhouse/domain";
import { createMemoryQueue } from "@chapterhouse/taskqueue";
import { expect, test } from "vitest";
import { HttpClient } from "../../../src/http/client.ts";
import { Pages } from "../../../src/pages/pages.ts";
import { PoliteClient } from "../../../src/politeness/polite-client.ts";
import { type Answer, TestSite } from "../../site/test-site.ts";

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end();

/** A client of one site with the memory queue's lanes. `minGapMs` is small: what is measured is order and least gaps. */
const politeTo = async (pages: Record<string, Answer>, { minGapMs = 0 } = {}) => {
  const site = await TestSite.open(pages);
  const http = new HttpClient({ userAgent: "Chapterhouse/test", rules: site.rules() });
  const lanes = createMemoryQueue();
  const clock = { now: Date.now() };
  const client = new PoliteClient({ http, minGapMs, now: () => (minGapMs > 0 ? Date.now() : clock.now) });
  const visit = { lanes, signal: new AbortController().signal };
  const lane = `host:${new URL(site.url).host}`;
  const close = async () => {
    await http.close();
    await site[Symbol.asyncDispose]();
  };
  return { site, client, visit, lanes, lane, clock, [Symbol.asyncDispose]: close };
};

const ROBOTS = "User-agent: *\nDisallow: /private/\n\nUser-agent: Chapterhouse\nDisallow: /ours/\nCrawl-delay: 0.05\n";

test("robots.txt is read once, before the first page, and its group for us is obeyed", async () => {
  await using polite = await politeTo({ "/robots.txt": ROBOTS, "/a": "a", "/b": "b", "/ours/x": "x" });
  await polite.client.page(polite.site.at("/a"), polite.visit);
  await polite.client.page(polite.site.at("/b"), polite.visit);
  await expect(polite.client.page(polite.site.at("/ours/x"), polite.visit)).rejects.toMatchObject({
    code: "ROBOTS_DENIED",
  });
  expect(polite.site.log).toEqual(["/robots.txt", "/a", "/b"]);
});

test("robots.txt is asked for anew after an hour", async () => {
  await using polite = await politeTo({ "/robots.txt": "", "/a": "a" });
  await polite.client.page(polite.site.at("/a"), polite.visit);
  polite.clock.now += 3_600_001;
  await polite.client.page(polite.site.at("/a"), polite.visit);
  expect(polite.site.log).toEqual(["/robots.txt", "/a", "/robots.txt", "/a"]);
});

test.each([
  ["missing (404)", status(404)],
  ["forbidden (403)", status(403)],
  ["empty", ""],
])("a robots.txt that is %s allows everything, and is not asked for again", async (_, robots) => {
  await using polite = await politeTo({ "/robots.txt": robots, "/a": "a", "/b": "b" });
  await polite.client.page(polite.site.at("/a"), polite.visit);
  await polite.client.page(polite.site.at("/b"), polite.visit);
  expect(polite.site.log).toEqual(["/robots.txt", "/a", "/b"]);
});

test.each([
  ["broken (500)", status(500)],
  ["cut off", ((request) => request.socket.destroy()) satisfies Answer],
])("a robots.txt that is %s allows nothing for now: ROBOTS_UNREACHABLE", async (_, robots) => {
  await using polite = await politeTo({ "/robots.txt": robots, "/a": "a" });
  await expect(polite.client.page(polite.site.at("/a"), polite.visit)).rejects.toMatchObject({
    code: "ROBOTS_UNREACHABLE",
  });
  await expect(polite.client.page(polite.site.at("/a"), polite.visit)).rejects.toMatchObject({
    code: "ROBOTS_UNREACHABLE",
  });
  expect(polite.site.log).toEqual(["/robots.txt", "/robots.txt"]);
});

test("a task that was cancelled while it asked for robots.txt does not spoil it for another", async () => {
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const pages: Record<string, Answer> = { "/robots.txt": () => asked.resolve(), "/a": "a" };
  await using polite = await politeTo(pages);
  const first = polite.client.page(polite.site.at("/a"), { ...polite.visit, signal: stop.signal });
  await asked.promise;
  const second = polite.client.page(polite.site.at("/a"), polite.visit);
  pages["/robots.txt"] = "";
  stop.abort(new Error("cancelled"));
  await expect(first).rejects.toThrow("cancelled");
  await expect(second).resolves.toMatchObject({ html: "a" });
});

test("the lane is told what the site asks for: one at a time, its Crawl-delay or our floor", async () => {
  await using polite = await politeTo({ "/robots.txt": ROBOTS, "/a": "a" }, { minGapMs: 10 });
  await polite.lanes.add([{ kind: "scrape.book", payload: { url: polite.site.url }, lane: polite.lane }]);
  await polite.client.page(polite.site.at("/a"), polite.visit);
  expect(await polite.lanes.listLanes(1)).toMatchObject([{ name: polite.lane, concurrency: 1, gapMs: 50 }]);
});

test("every request waits for its slot: robots.txt, pages and redirects alike", async () => {
  const at: number[] = [];
  const noted =
    (answer: (response: Parameters<Exclude<Answer, string>>[1]) => void): Answer =>
    (_, response) => {
      at.push(performance.now());
      answer(response);
    };
  await using polite = await politeTo(
    {
      "/robots.txt": noted((response) => response.end()),
      "/a": noted((response) => response.writeHead(302, { location: "/b" }).end()),
      "/b": noted((response) => response.end("b")),
    },
    { minGapMs: 60 },
  );
  await polite.client.page(polite.site.at("/a"), polite.visit);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(gaps).toHaveLength(2);
  // A few ms of grace: slots are spaced where they are given out, requests arrive when they arrive.
  for (const gap of gaps) expect(gap).toBeGreaterThan(50);
});

test("a Crawl-delay beyond our floor holds from the first page on", async () => {
  const at: number[] = [];
  const noted =
    (text: string): Answer =>
    (_, response) => {
      at.push(performance.now());
      response.end(text);
    };
  const pages = { "/robots.txt": noted("User-agent: *\nCrawl-delay: 0.15"), "/a": noted("a") };
  await using polite = await politeTo(pages, { minGapMs: 10 });
  await polite.client.page(polite.site.at("/a"), polite.visit);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(150);
});

test("429 blocks the host's lane until the site wants to be asked again", async () => {
  await using polite = await politeTo({ "/robots.txt": "", "/a": status(429, { "retry-after": "120" }) });
  await polite.lanes.add([{ kind: "scrape.book", payload: { url: polite.site.url }, lane: polite.lane }]);
  await expect(polite.client.page(polite.site.at("/a"), polite.visit)).rejects.toMatchObject({
    code: "RATE_LIMITED",
    details: { retryAfterMs: 120_000 },
  });
  const [lane] = await polite.lanes.listLanes(1);
  expect(Date.parse(lane?.blockedUntil ?? "")).toBe(polite.clock.now + 120_000);
});

test("429 in the browser blocks the lane as well", async () => {
  await using polite = await politeTo({ "/robots.txt": "", "/a": "<script></script>" });
  await polite.lanes.add([{ kind: "scrape.book", payload: { url: polite.site.url }, lane: polite.lane }]);
  const refusal = new ChapterhouseError("RATE_LIMITED", "asks for fewer requests", {
    details: { url: polite.site.at("/a").href, retryAfterMs: 120_000 },
  });
  const browser = { open: () => Promise.reject(refusal) };
  const pages = new Pages({ client: polite.client, browser, now: () => polite.clock.now });
  const nothing = () => ({ value: null, enough: false });
  await expect(pages.read(polite.site.at("/a"), "chapter", polite.visit, nothing)).rejects.toBe(refusal);
  const [lane] = await polite.lanes.listLanes(1);
  expect(Date.parse(lane?.blockedUntil ?? "")).toBe(polite.clock.now + 120_000);
});

test("a robots.txt that is longer than need be is obeyed as far as it is read", async () => {
  const robots = `User-agent: *\nDisallow: /private/\n${"# and so on\n".repeat(60_000)}`;
  await using polite = await politeTo({ "/robots.txt": robots, "/private/x": "x" });
  await expect(polite.client.page(polite.site.at("/private/x"), polite.visit)).rejects.toMatchObject({
    code: "ROBOTS_DENIED",
  });
});

test("what is no HTML is NOT_HTML, what is no image no cover", async () => {
  await using polite = await politeTo({
    "/robots.txt": "",
    "/book.pdf": (_, response) => response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF"),
    "/page": "<p>x</p>",
    "/cover": (_, response) => response.writeHead(200, { "content-type": "image/png; x=y" }).end("png"),
  });
  await expect(polite.client.page(polite.site.at("/book.pdf"), polite.visit)).rejects.toMatchObject({
    code: "NOT_HTML",
  });
  await expect(polite.client.image(polite.site.at("/page"), polite.visit)).rejects.toMatchObject({ code: "NOT_HTML" });
  const cover = await polite.client.image(polite.site.at("/cover"), polite.visit);
  expect({ ...cover, bytes: cover.bytes.toString() }).toEqual({ bytes: "png", mimeType: "image/png" });
});
