import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { type LiveEvent, type LiveNotice, ROUTES } from "@chapterhouse/domain";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createAppUnderTest } from "../app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
let origin: string;
const opened: { close(): void }[] = [];

const serve = async (config: Parameters<typeof createAppUnderTest>[0] = {}) => {
  stage = createAppUnderTest(config);
  await stage.app.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${(stage.app.server.address() as AddressInfo).port}`;
};
beforeEach(() => serve());
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await stage.app.close();
});

type Heard = LiveEvent | LiveNotice;
const session = (role: string) => ({ cookie: `chapterhouse_session=token-of-${role}` });
const withKey = () => ({ authorization: stage.authorization });
const book = (number: number) =>
  ({ kind: "scrape.book", payload: { url: `https://novels.example/${number}` } }) as const;

/** Reads a stream of Server-Sent Events block by block. */
const openStream = async (query = "", headers: Record<string, string> = withKey()) => {
  const aborted = new AbortController();
  const answer = await fetch(`${origin}${ROUTES.liveEvents}${query}`, { headers, signal: aborted.signal });
  opened.push({ close: () => aborted.abort() });
  const blocks = (async function* () {
    let text = "";
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece).toString();
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        yield text.slice(0, end);
        text = text.slice(end + 2);
      }
    }
  })();
  const next = async () => (await blocks.next()).value ?? null;
  const nextEvent = async (): Promise<Heard> => {
    const data = /^data: (.*)$/m.exec((await next()) ?? "")?.[1];
    return data === undefined ? nextEvent() : (JSON.parse(data) as Heard);
  };
  return { answer, next, nextEvent };
};

const openSocket = (query = "", headers: Record<string, string> = withKey()) => {
  const socket = new WebSocket(`${origin.replace("http", "ws")}${ROUTES.liveSocket}${query}`, { headers });
  opened.push({ close: () => socket.terminate() });
  const heard: Heard[] = [];
  const closed = Promise.withResolvers<number>();
  const refused = Promise.withResolvers<number | undefined>();
  socket.on("message", (data: Buffer) => heard.push(JSON.parse(data.toString()) as Heard));
  socket.on("close", closed.resolve);
  socket.on("unexpected-response", (_request, response) => {
    refused.resolve(response.statusCode);
    socket.terminate();
  });
  socket.on("error", () => {});
  const next = async (): Promise<Heard> => {
    while (heard.length === 0) await once(socket, "message");
    return heard.shift() as Heard;
  };
  return { socket, next, closed: closed.promise, refused: refused.promise };
};

describe("the stream of events", () => {
  test("says when it begins, and then what happens, as text that nobody keeps back", async () => {
    const { answer, next, nextEvent } = await openStream("", session("reader"));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    expect(answer.headers.has("content-encoding")).toBe(false);
    expect(await next()).toMatch(/^retry: [12]\d{3}$/);
    expect(await next()).toBe('id: 0\nevent: ready\ndata: {"type":"ready","id":"0","resumed":false}');
    const [added] = await stage.queue.add([book(1)]);
    expect(await nextEvent()).toMatchObject({ type: "task.created", task: added?.task.id, status: "pending" });
  });

  test("goes on after the id of the header, else of the address", async () => {
    await stage.queue.add([book(1), book(2), book(3)]);
    const first = await openStream("?lastEventId=0");
    expect(await first.nextEvent()).toMatchObject({ type: "ready", resumed: true });
    const { id } = await first.nextEvent();
    const second = await openStream("?lastEventId=0", { ...withKey(), "last-event-id": id ?? "" });
    expect(await second.nextEvent()).toMatchObject({ type: "ready", id, resumed: true });
    expect(await second.nextEvent()).toEqual(await first.nextEvent());
  });

  test("is of the tasks that were asked for", async () => {
    const [one, two] = await stage.queue.add([book(1), book(2), book(3)]);
    const ids = [one?.task.id, two?.task.id];
    const { nextEvent } = await openStream(`?lastEventId=0&task=${ids[0]}&task=${ids[1]}`);
    await nextEvent();
    expect([(await nextEvent()) as LiveEvent, (await nextEvent()) as LiveEvent].map(({ task }) => task)).toEqual(ids);
  });

  test.each([
    ["nobody", {}, 401],
    ["a wrong key", { authorization: "Bearer wrong-wrong-wrong-wrong" }, 401],
    ["a session that is over", session("ghost"), 401],
  ])("is not for %s", async (_who, headers, status) => {
    expect((await openStream("", headers)).answer.status).toBe(status);
    expect(await openSocket("", headers).refused).toBe(status);
  });

  test("has no heads, and a socket's address says what it is", async () => {
    const head = await fetch(origin + ROUTES.liveEvents, { method: "HEAD", headers: withKey() });
    expect(head.status).toBe(404);
    const plain = await fetch(origin + ROUTES.liveSocket, { headers: withKey() });
    expect([plain.status, await plain.json()]).toMatchObject([400, { code: "BAD_REQUEST" }]);
  });

  test("ends, as sockets do, when the backend closes", async () => {
    const stream = await openStream();
    await stream.nextEvent();
    const socket = openSocket();
    await socket.next();
    await stage.app.close();
    expect(await stream.next()).toBeNull();
    expect(await socket.closed).toBe(1001);
  });
});

test("more clients than are let in are told so", async () => {
  await stage.app.close();
  await serve({ mostLiveClients: 1 });
  const { nextEvent } = await openStream();
  await nextEvent();
  const { answer } = await openStream();
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: "TOO_MANY_CLIENTS" }]);
  expect(await openSocket().refused).toBe(503);
});

describe("a socket", () => {
  test("is told the same, and begins anew when it asks for it", async () => {
    const { socket, next } = openSocket();
    expect(await next()).toEqual({ type: "ready", id: "0", resumed: false });
    const [one, two] = await stage.queue.add([book(1), book(2)]);
    expect(await next()).toMatchObject({ type: "task.created", task: one?.task.id });
    expect(await next()).toMatchObject({ type: "task.created", task: two?.task.id });
    socket.send(JSON.stringify({ type: "subscribe", tasks: [two?.task.id], lastEventId: "0" }));
    expect(await next()).toEqual({ type: "ready", id: "0", resumed: true });
    expect(await next()).toMatchObject({ type: "task.created", task: two?.task.id });
  });

  test.each([
    ["its own page", { origin: "self" }, "ready"],
    ["its own page, as browsers say", { "sec-fetch-site": "same-origin", origin: "https://behind.a.proxy" }, "ready"],
    ["another page", { origin: "https://evil.example" }, 403],
    ["another page of the site", { "sec-fetch-site": "same-site", origin: "self" }, 403],
    ["nowhere that it says", {}, 403],
  ] as const)("with a cookie from %s", async (_where, headers, answer) => {
    const own = "origin" in headers && headers.origin === "self" ? { ...headers, origin } : headers;
    const { next, refused } = openSocket("", { ...session("reader"), ...own });
    expect(await Promise.race([next().then(({ type }) => type), refused])).toBe(answer);
  });

  test.each([
    ["no JSON", "hello", 1008],
    ["another message", '{"type":"publish"}', 1008],
    ["a misspelt field", '{"type":"subscribe","task":["a"]}', 1008],
    ["a long message", JSON.stringify({ type: "subscribe", tasks: ["x".repeat(9000)] }), 1009],
  ])("that says %s is closed", async (_what, message, code) => {
    const { socket, next, closed } = openSocket();
    await next();
    socket.send(message);
    expect(await closed).toBe(code);
  });

  test("that asks too often is closed", async () => {
    const { socket, next, closed } = openSocket();
    await next();
    for (let asked = 0; asked < 11; asked += 1) socket.send('{"type":"subscribe"}');
    expect(await closed).toBe(1008);
  });

  test("whose session ends is closed within the next minute", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "performance"] });
    await stage.app.close();
    await serve();
    const { socket, next, closed } = openSocket("", { ...session("reader"), origin });
    await next();
    stage.people.shutOut.add("token-of-reader");
    stage.clock.now += 61_000;
    const pinged = once(socket, "ping");
    vi.advanceTimersByTime(31_000);
    await pinged;
    // Answered after the pong has come.
    socket.send('{"type":"subscribe"}');
    expect(await next()).toMatchObject({ type: "ready" });
    vi.advanceTimersByTime(30_000);
    vi.useRealTimers();
    expect(await closed).toBe(4401);
  });
});

test("a stream that nobody reads is cut off, and holds up nobody", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "performance"] });
  await stage.app.close();
  await serve();
  const stalled = connect(Number(new URL(origin).port), "127.0.0.1");
  opened.push({ close: () => stalled.destroy() });
  stalled.write(`GET ${ROUTES.liveEvents} HTTP/1.1\r\nHost: x\r\nAuthorization: ${stage.authorization}\r\n\r\n`);
  await once(stalled, "data");
  stalled.pause();
  const { nextEvent } = await openStream();
  await nextEvent();
  // More than a socket and the kernel take.
  for (let times = 0; times < 18; times += 1)
    await stage.queue.add(Array.from({ length: 1000 }, (_, index) => book(index)));
  for (let told = 0; told < 18_000; told += 1) await nextEvent();
  const isCutOff = () => stage.lines.some((line) => line.includes("did not read"));
  vi.advanceTimersByTime(9000);
  expect(isCutOff()).toBe(false);
  vi.advanceTimersByTime(2000);
  vi.useRealTimers();
  expect(isCutOff()).toBe(true);
});

test.each([
  ["another protocol elsewhere", "GET /health", "h2c", "200 OK"],
  ["a WebSocket where a GET would make one", `POST ${ROUTES.liveSocket}`, "websocket", "404 Not Found"],
])("whoever offers %s is answered in this one, and let go", async (_what, line, protocol, status) => {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  const head = [`${line} HTTP/1.1`, "Host: x", "Connection: Upgrade, close", `Upgrade: ${protocol}`, "", ""];
  socket.write(head.join("\r\n"));
  let said = "";
  for await (const piece of socket) said += String(piece);
  expect(said.split("\r\n")[0]).toBe(`HTTP/1.1 ${status}`);
});
