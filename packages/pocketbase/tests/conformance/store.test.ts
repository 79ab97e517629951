import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, startTemporaryStore, type TemporaryStore } from "@chapterhouse/pocketbase";

let store: TemporaryStore;
beforeAll(async () => {
  store = await startTemporaryStore();
});
afterAll(async () => {
  await store.stop();
});

const selfOf = (connection: typeof store.backend) => connection.sdk.authStore.record;

test("service accounts sign in with the secrets of the folder, which only its owner can read", async () => {
  const record = await store.runner.call<{ record: { role: string } }>(
    "POST",
    "/api/collections/accounts/auth-refresh",
  );
  expect(record.record.role).toBe("runner");
  expect((await stat(join(store.folder, "secrets", "runner-password"))).mode & 0o777).toBe(0o600);
  expect(selfOf(store.runner)).toBeDefined();
});

const lists = ["users", "accounts", "_superusers"];
test.each(lists)("nobody but a superuser lists %s", async (collection) => {
  const guest = await fetch(`${store.url}/api/collections/${collection}/records`);
  expect(guest.status).toBe(403);
  for (const connection of [store.backend, store.runner]) {
    await expect(connection.call("GET", `/api/collections/${collection}/records`)).rejects.toMatchObject({
      code: "STORE_REFUSED",
      details: { status: 403 },
    });
  }
});

test("nobody registers", async () => {
  const body = JSON.stringify({
    email: "me@example.org",
    password: "a-long-password",
    passwordConfirm: "a-long-password",
    role: "admin",
  });
  for (const collection of ["users", "accounts"]) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${store.url}/api/collections/${collection}/records`, { method: "POST", headers, body });
    expect(answer.status).toBe(403);
  }
});

test("a person cannot make themself an admin", async () => {
  const person = connect({ url: store.url, credentials: store.admin, collection: "users" });
  const { record } = await person.call<{ record: { id: string } }>("POST", "/api/collections/users/auth-refresh");
  await expect(
    person.call("PATCH", `/api/collections/users/records/${record.id}`, { role: "reader" }),
  ).rejects.toMatchObject({ code: "STORE_REFUSED" });
  await person.close();
});

test("a killed PocketBase is STORE_UNREACHABLE, and the same connection works again after a restart", async () => {
  await store.kill();
  const ask = () => store.backend.call<{ record: { role: string } }>("POST", "/api/collections/accounts/auth-refresh");
  await expect(ask()).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
  await store.restart();
  expect((await ask()).record.role).toBe("backend");
});

test("what cannot be written as JSON is not taken for a server that is away", async () => {
  await expect(store.backend.call("POST", "/api/taskqueue/counts", { big: 1n })).rejects.toThrow(TypeError);
});

test("closed while PocketBase is away, a connection does not go on connecting", async () => {
  const connection = store.connect("runner");
  await connection.sdk.collection("signals").subscribe("*", () => {});
  const away = Promise.withResolvers<void>();
  connection.sdk.realtime.onDisconnect = () => away.resolve();
  await store.kill();
  await away.promise;
  // The SDK's own count of a connecting that goes on; 0 when it has given up.
  expect(connection.sdk.realtime["reconnectAttempts"]).toBeGreaterThan(0);
  await connection.close();
  expect(connection.sdk.realtime["reconnectAttempts"]).toBe(0);
  await store.restart();
});

test("a wrong password is refused, not retried for ever", async () => {
  const stranger = connect({
    url: store.url,
    credentials: { email: store.admin.email, password: "wrong-password-123" },
  });
  await expect(stranger.call("GET", "/api/collections/tasks/records")).rejects.toMatchObject({ code: "STORE_REFUSED" });
  await stranger.close();
});
