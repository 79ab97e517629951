import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FENCE, createAppUnderTest, fillLibrary } from "./app-under-test.ts";

let stage: ReturnType<typeof createAppUnderTest>;
let id: string;
beforeEach(async () => {
  stage = createAppUnderTest();
  id = (await fillLibrary(stage.library)).narration.id;
});
afterEach(() => stage.app.close());

const ask = (headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") =>
  stage.app.inject({
    method,
    url: `/api/narrations/${id}/audio`,
    headers: { authorization: stage.authorization, ...headers },
  });

describe("a narration's audio", () => {
  test.each([
    [{}, 200, "0123456789", undefined],
    [{ range: "bytes=0-3" }, 206, "0123", "bytes 0-3/10"],
    [{ range: "bytes=7-" }, 206, "789", "bytes 7-9/10"],
    [{ range: "bytes=-1" }, 206, "9", "bytes 9-9/10"],
    [{ range: "lines=1-2" }, 200, "0123456789", undefined],
  ])("%j answers %i", async (headers, status, body, contentRange) => {
    for (const method of ["GET", "HEAD"] as const) {
      const answer = await ask(headers, method);
      expect(answer.statusCode).toBe(status);
      expect(answer.body).toBe(method === "GET" ? body : "");
      expect(answer.headers).toMatchObject({
        "content-type": "audio/mpeg",
        "content-length": String(body.length),
        "accept-ranges": "bytes",
        etag: `"${id}"`,
      });
      expect(answer.headers["content-range"]).toBe(contentRange);
    }
  });

  test("past its end answers 416 with its length", async () => {
    const answer = await ask({ range: "bytes=10-" });
    expect(answer.statusCode).toBe(416);
    expect(answer.headers["content-range"]).toBe("bytes */10");
    expect(answer.json().code).toBe("RANGE_NOT_SATISFIABLE");
  });

  test("is not sent to who has it, nor in parts to who has parts of another", async () => {
    expect((await ask({ "if-none-match": `"${id}"` })).statusCode).toBe(304);
    expect((await ask({ "if-none-match": '"other"' })).statusCode).toBe(200);
    expect((await ask({ range: "bytes=0-3", "if-range": `"${id}"` })).statusCode).toBe(206);
    expect((await ask({ range: "bytes=0-3", "if-range": '"other"' })).statusCode).toBe(200);
  });

  test("is read no further when the listener goes away", async () => {
    let read = 0;
    const body = new Readable({
      highWaterMark: 65_536,
      read() {
        read += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const length = 1e12;
    stage.library.readAudio = async () => ({
      status: 200,
      mimeType: "audio/mpeg",
      length,
      contentRange: null,
      etag: `"${id}"`,
      body,
    });
    const address = await stage.app.listen({ host: "127.0.0.1", port: 0 });
    const headers = { authorization: stage.authorization };
    const client = request(`${address}/api/narrations/${id}/audio`, { headers }).end();
    const [answer] = (await once(client, "response")) as [Readable];
    await once(answer, "readable");
    const closed = once(body, "close");
    client.destroy();
    await closed;
    expect(body.destroyed).toBe(true);
    // Back-pressure: a listener who reads one piece has not made us read the whole.
    expect(read).toBeLessThan(64 * 1024 * 1024);
  });
});

test("a cover is served with its type and revalidated", async () => {
  await stage.library.saveCover("the-whale", Buffer.from("image"), "image/png", FENCE);
  const url = "/api/books/the-whale/cover";
  const headers = { authorization: stage.authorization };
  const answer = await stage.app.inject({ url, headers });
  expect(answer.headers).toMatchObject({ "content-type": "image/png", "content-length": "5" });
  expect(answer.body).toBe("image");
  const again = await stage.app.inject({ url, headers: { ...headers, "if-none-match": String(answer.headers.etag) } });
  expect(again.statusCode).toBe(304);
});

describe("the web page", () => {
  let folder: string;
  let page: ReturnType<typeof createAppUnderTest>["app"];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "web-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<title>Chapterhouse</title>");
    await writeFile(join(folder, "assets", "index-abc123.js"), "1");
    page = createAppUnderTest({ webDir: folder }).app;
  });
  afterEach(async () => {
    await page.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    ["/", "no-cache"],
    ["/books/the-whale/chapters/1?t=5", "no-cache"],
    ["/assets/index-abc123.js", "public, max-age=31536000, immutable"],
  ])("%s is kept as %s", async (url, cacheControl) => {
    const answer = await page.inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["cache-control"]).toBe(cacheControl);
  });

  test.each([["/assets/index-gone.js"], ["/api/nowhere"], ["/..%2f..%2fetc%2fpasswd"]])(
    "%s is not there",
    async (url) => {
      const answer = await page.inject({ url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ code: "ROUTE_NOT_FOUND", details: { method: "GET" } });
    },
  );

  test.each([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ])("its scripts travel packed as %s for who can unpack it", async (encoding, unpack) => {
    const script = "console.log('a line of a long script');\n".repeat(1000);
    await writeFile(join(folder, "assets", "long-abc123.js"), script);
    const url = "/assets/long-abc123.js";
    const packed = await page.inject({ url, headers: { "accept-encoding": encoding } });
    expect(packed.headers["content-encoding"]).toBe(encoding);
    expect(packed.rawPayload.length).toBeLessThan(script.length / 10);
    expect(unpack(packed.rawPayload).toString()).toBe(script);
    expect((await page.inject({ url })).body).toBe(script);
  });

  test("comes with headers that let nothing foreign in", async () => {
    const { headers } = await page.inject({ url: "/" });
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).toContain("script-src 'self';");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  });
});
