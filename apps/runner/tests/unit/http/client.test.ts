import { gzipSync } from "node:zlib";
import type { ErrorCode } from "@chapterhouse/domain";
import { describe, expect, test } from "vitest";
import { HttpClient, TIME_LIMITS } from "../../../src/http/client.ts";
import { pinnedLookup } from "../../../src/http/guarded-connector.ts";
import { type Answer, TestSite } from "../../site/test-site.ts";

const LIMITS = { ...TIME_LIMITS, headers: 200, idle: 200, total: 400 };
const clientOf = (site: TestSite, resolve?: (host: string) => Promise<string[]>) =>
  new HttpClient({ userAgent: "Chapterhouse/test", rules: site.rules(resolve), limits: LIMITS });
const options = { signal: new AbortController().signal, accept: "*/*", maxBytes: 50_000 };

const forward =
  (to: string): Answer =>
  (_, response) =>
    response.writeHead(302, { location: to }).end();

test("a page comes with its address after redirects, its status and its body", async () => {
  await using site = await TestSite.open({ "/old": forward("/new"), "/new": "<p>here</p>" });
  const client = clientOf(site);
  const answer = await client.get(site.at("/old"), options);
  expect({ status: answer.status, url: answer.url.href, body: answer.body.toString() }).toEqual({
    status: 200,
    url: site.at("/new").href,
    body: "<p>here</p>",
  });
  expect([...site.agents]).toEqual(["Chapterhouse/test"]);
  await client.close();
});

test("cookies last for one call and its redirects, no longer", async () => {
  const seen: (string | undefined)[] = [];
  await using site = await TestSite.open({
    "/gate": (_, response) => response.writeHead(302, { location: "/page", "set-cookie": "seen=1; Path=/" }).end(),
    "/page": (request, response) => {
      seen.push(request.headers.cookie);
      response.end("page");
    },
  });
  const client = clientOf(site);
  await client.get(site.at("/gate"), options);
  await client.get(site.at("/page"), options);
  expect(seen).toEqual(["seen=1", undefined]);
  await client.close();
});

const failures: readonly (readonly [string, ErrorCode, Answer])[] = [
  [
    "a body that is cut short",
    "UPSTREAM_TRUNCATED",
    (_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("half of ");
      setImmediate(() => response.destroy());
    },
  ],
  [
    "a chunked body that is cut short",
    "UPSTREAM_TRUNCATED",
    (_, response) => {
      response.write("half of ");
      setImmediate(() => response.destroy());
    },
  ],
  [
    "a compressed body that is cut short",
    "UPSTREAM_TRUNCATED",
    (_, response) => {
      const whole = gzipSync("a chapter ".repeat(500));
      response.writeHead(200, { "content-encoding": "gzip" }).end(whole.subarray(0, whole.length / 2));
    },
  ],
  ["a connection closed without an answer", "UPSTREAM_TRUNCATED", (request) => request.socket.destroy()],
  ["a body beyond the limit", "RESPONSE_TOO_LARGE", (_, response) => response.end("x".repeat(60_000))],
  [
    "a small body that unpacks beyond the limit",
    "RESPONSE_TOO_LARGE",
    (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("x".repeat(5_000_000)));
    },
  ],
  ["headers that do not come", "UPSTREAM_TIMEOUT", () => {}],
  ["a body that stops coming", "UPSTREAM_TIMEOUT", (_, response) => void response.write("and then")],
  ["redirects without end", "TOO_MANY_REDIRECTS", forward("/page")],
  ["a redirect to a file", "BAD_URL", forward("file:///etc/passwd")],
];

test.each(failures)("%s is %s", async (_, code, answer) => {
  await using site = await TestSite.open({ "/page": answer });
  const client = clientOf(site);
  await expect(client.get(site.at("/page"), options)).rejects.toMatchObject({ code });
  await client.close();
});

test("a body that drips is ended by the limit on the whole", async () => {
  let drips: NodeJS.Timeout | undefined;
  await using site = await TestSite.open({
    "/page": (_, response) => {
      drips = setInterval(() => response.write("."), 20);
    },
  });
  const client = clientOf(site);
  await expect(client.get(site.at("/page"), options)).rejects.toMatchObject({ code: "UPSTREAM_TIMEOUT" });
  clearInterval(drips);
  await client.close();
});

test("an abort ends a request with the signal's own reason", async () => {
  const stop = new AbortController();
  await using site = await TestSite.open({ "/page": () => stop.abort(new Error("enough")) });
  const client = clientOf(site);
  await expect(client.get(site.at("/page"), { ...options, signal: stop.signal })).rejects.toThrow("enough");
  await client.close();
});

test("nobody at home is UPSTREAM_UNREACHABLE", async () => {
  const site = await TestSite.open({});
  const rules = site.rules();
  await site[Symbol.asyncDispose]();
  const client = new HttpClient({ userAgent: "Chapterhouse/test", rules, limits: LIMITS });
  await expect(client.get(site.at("/"), options)).rejects.toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  await client.close();
});

describe("the SSRF guard", () => {
  test.each([
    ["a redirect to a private address", (secret: TestSite) => secret.url],
    [
      "a redirect to the same by an IPv6 form",
      (secret: TestSite) => secret.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
    ],
    ["a redirect to link-local metadata", () => "http://169.254.169.254/latest/"],
    ["a redirect to a number", (secret: TestSite) => secret.url.replace("127.0.0.1", "2130706433")],
    ["a redirect to localhost", (secret: TestSite) => secret.url.replace("127.0.0.1", "localhost")],
  ])("refuses %s before it connects", async (_, target) => {
    await using secret = await TestSite.open({ "/": "secret" });
    await using site = await TestSite.open({ "/page": forward(target(secret)) });
    const client = clientOf(site);
    await expect(client.get(site.at("/page"), options)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    expect(secret.log).toEqual([]);
    await client.close();
  });

  test("refuses a name that turned private between the check and the connection", async () => {
    await using site = await TestSite.open({});
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const client = clientOf(site, () => Promise.resolve(answers.shift() ?? []));
    const target = new URL(`http://rebinding.example:${new URL(site.url).port}/`);
    await expect(client.get(target, options)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    expect({ asked: answers.length, requests: site.log }).toEqual({ asked: 0, requests: [] });
    await client.close();
  });

  test("a pinned lookup knows the checked addresses and no name", async () => {
    const lookup = pinnedLookup(["93.184.216.34", "2606:2800:220:1::1"]);
    const all = await new Promise((found) =>
      lookup("elsewhere.example", { all: true }, (_, addresses) => found(addresses)),
    );
    expect(all).toEqual([
      { address: "93.184.216.34", family: 4 },
      { address: "2606:2800:220:1::1", family: 6 },
    ]);
  });
});
