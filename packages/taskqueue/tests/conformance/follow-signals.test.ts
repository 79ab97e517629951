import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "@chapterhouse/pocketbase";
import { expect, test } from "vitest";
import { createPocketBaseQueue } from "../../src/index.ts";

test("while PocketBase is away, subscribing again and again leaves nothing behind", async () => {
  let attempts = 0;
  const enough = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    attempts += 1;
    if (attempts === 3) enough.resolve();
    response.writeHead(503).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = connect({ url, credentials: { email: "nobody@example.org", password: "nothing" } });
  const unsubscribe = await createPocketBaseQueue(connection).subscribe(() => {});
  await enough.promise;
  // What the SDK holds at this moment is the third attempt's alone: its signals, and word of the connection.
  const held = (connection.sdk.realtime as unknown as { subscriptions: Record<string, unknown[]> }).subscriptions;
  expect(Object.values(held).flat()).toHaveLength(2);
  await unsubscribe();
  await connection.close();
  server.close().closeAllConnections();
});

test("ended while it connects, it does not connect again", async () => {
  let attempts = 0;
  const asked = Promise.withResolvers<void>();
  // Takes every request and answers none, as a PocketBase that hangs.
  const server = createServer(() => {
    attempts += 1;
    asked.resolve();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = connect({ url, credentials: { email: "nobody@example.org", password: "nothing" } });
  const unsubscribe = await createPocketBaseQueue(connection).subscribe(() => {});
  await asked.promise;
  await unsubscribe();
  await connection.close();
  // A request that was on its way would be here before this one.
  await fetch(url, { signal: AbortSignal.timeout(200) }).catch(() => {});
  expect(attempts).toBe(2);
  server.close().closeAllConnections();
});
