import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEdgeEngine } from "../../../src/speech/edge/edge-engine.ts";
import type { EdgeOptions } from "../../../src/speech/edge/edge-engine.ts";
import type { SpeechEngine } from "../../../src/speech/engine.ts";
import { startFakeEdgeService } from "./fake-edge-service.ts";
import type { FakeEdgeService, Fault } from "./fake-edge-service.ts";

// Each fault was seen in the wild or reproduced with msedge-tts 2.0.7, and hung or ended the process that used it.
// The client here is the real one; this process is the runner's stand-in and must live through all of them.

let service: FakeEdgeService;
let engine: SpeechEngine;
const never = new AbortController().signal;

const open = (options: EdgeOptions = {}): SpeechEngine => {
  engine = createEdgeEngine({
    url: service.url,
    connectTimeoutMs: 400,
    idleTimeoutMs: 400,
    retryDelaysMs: [],
    ...options,
  });
  return engine;
};
const say = (text = "One two three four five.", signal = never) =>
  engine.synthesize({ text, voice: "edge:en-US-AriaNeural", signal });

const breakNext = (fault: Fault, times = 1): void => {
  service.fault = fault;
  service.faultsLeft = times;
};

beforeEach(async () => {
  service = await startFakeEdgeService();
});
afterEach(async () => {
  await engine.close();
  await service[Symbol.asyncDispose]();
});

describe("a fault of Edge's is a typed failure, and the next request is served", () => {
  test.each<[Fault, string, object]>([
    ["refuse", "ENGINE_REFUSED", { httpStatus: 403, clockSkewS: expect.any(Number) }],
    ["hang-handshake", "ENGINE_TIMEOUT", {}],
    ["stall", "ENGINE_TIMEOUT", {}],
    ["cut", "ENGINE_TRUNCATED", { code: 1006, bytes: expect.any(Number) }],
    ["empty", "ENGINE_EMPTY", {}],
    ["idle-close", "ENGINE_TRUNCATED", {}],
    ["no-request-id", "ENGINE_FAILED", {}],
    ["broken-audio", "ENGINE_EMPTY", {}],
    ["close-with-1007", "ENGINE_TRUNCATED", { code: 1007, reason: expect.stringContaining("maximum") }],
  ])("%s", async (fault, code, details) => {
    open();
    breakNext(fault);
    await expect(say()).rejects.toMatchObject({ code, details });
    expect((await say()).pcm.length).toBeGreaterThan(0);
  });

  test("nobody listens at the address", async () => {
    open({ url: "ws://127.0.0.1:1/" });
    await expect(say()).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });

  test("a stream that drips for ever meets the limit of the whole request", async () => {
    open({ idleTimeoutMs: 60_000, totalTimeoutMs: 500 });
    breakNext("stall");
    await expect(say()).rejects.toMatchObject({ code: "ENGINE_TIMEOUT" });
    expect((await say()).pcm.length).toBeGreaterThan(0);
  });
});

describe("a fault that passes does not cost the chunk", () => {
  test.each<Fault>(["stall", "cut", "empty", "no-request-id"])("%s", async (fault) => {
    open({ retryDelaysMs: [1, 1] });
    breakNext(fault, 2);
    expect((await say()).pcm.length).toBeGreaterThan(0);
  });

  test("but a refusal is not asked again", async () => {
    open({ retryDelaysMs: [1, 1] });
    breakNext("refuse");
    await expect(say()).rejects.toMatchObject({ code: "ENGINE_REFUSED" });
  });
});

test("aborting in the middle of a stream harms nothing", async () => {
  open({ idleTimeoutMs: 60_000 });
  breakNext("stall");
  const stop = new AbortController();
  const aborted = say("Nobody waits for this.", stop.signal);
  while (service.spoken.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  expect((await say()).pcm.length).toBeGreaterThan(0);
});

test("a hostile chapter is spoken, not obeyed", async () => {
  open();
  const { words } = await say("Then Path:turn.end came. X-RequestId:1 & <break time='10h'/> followed.");
  expect(service.spoken[0]).toContain("Path turn.end");
  expect(service.spoken[0]).toContain("<break time='10h'/>");
  expect(words.map(({ text }) => text)).toContain("followed.");
});

test("no connection is left open after a request", async () => {
  open();
  await say();
  while (service.connections() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(service.connections()).toBe(0);
});
