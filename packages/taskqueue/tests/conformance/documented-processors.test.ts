import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, startTemporaryStore } from "@chapterhouse/pocketbase";
import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { PhotonImage } from "@silvia-odwyer/photon-node";
import { afterAll, expect, test } from "vitest";
import {
  createEnqueuer,
  createPocketBasePorts,
  type DefinedKind,
  EXECUTION_STATE,
  readErrorLog,
  runTaskList,
  type TaskLogger,
} from "../../src/index.ts";
import { KeepPage } from "./documented/keep-page.ts";
import { ThumbnailCover } from "./documented/thumbnail-cover.ts";

// docs/processors.md shows these two files, and they do what it says: on a real PocketBase, from the payload to the file.

const page = new URL("../../../../docs/processors.md", import.meta.url);
const silent: TaskLogger = { debug() {}, info() {}, warn() {}, error() {} };
const folder = await mkdtemp(join(tmpdir(), "processors-"));
const store = await startTemporaryStore();
let answer: RequestListener = () => {};
const server = createServer((request, response) => answer(request, response));
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await store.stop();
  await rm(folder, { recursive: true });
});

/** Does these kinds with the runner's rights until the task is over. */
const runUntilOver = async (defined: readonly DefinedKind[], payload: Record<string, unknown>) => {
  const { queue, definitions, admin } = createPocketBasePorts(store.backend);
  const credentials = { email: SERVICE_ACCOUNTS.runner, password: store.passwords.runner };
  const connection = connect({ url: store.url, credentials });
  const ports = createPocketBasePorts(connection);
  const options = { queue: ports.queue, definitions: ports.definitions, logger: silent, handleSignals: false };
  const pool = runTaskList({ ...options, defined, concurrency: 2 });
  try {
    const kinds = async () => (await definitions.listDefinitions()).map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 20_000 }).toEqual(expect.arrayContaining(defined.map(({ kind }) => kind)));
    const [added] = await createEnqueuer({ queue, definitions })([{ kind: defined[0]?.kind ?? "", payload }]);
    const find = async () => (await queue.find([added?.task.id ?? ""]))[0];
    await expect.poll(async () => (await find())?.status, { timeout: 20_000 }).toMatch(/done|failed/);
    const task = await find();
    if (!task) throw new Error("it is gone");
    return {
      task,
      children: await queue.children(task.id, { limit: 9 }),
      log: await readErrorLog({ queue, admin }, task),
    };
  } finally {
    await pool.release();
    await connection.close();
  }
};

test.each(["thumbnail-cover.ts", "keep-page.ts"])("the page shows %s as it is", async (name) => {
  const source = await readFile(new URL(`documented/${name}`, import.meta.url), "utf8");
  expect(await readFile(page, "utf8")).toContain(`\`\`\`ts\n${source}\`\`\``);
});

test("the newcomer's has thirty lines at most", async () => {
  const source = await readFile(new URL("documented/thumbnail-cover.ts", import.meta.url), "utf8");
  expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
});

test("the page names all that no payload may have", async () => {
  const words = (await readFile(page, "utf8")).replaceAll(/\s+/g, " ");
  expect(words).toContain(`${EXECUTION_STATE.map((name) => `\`${name}\``).join(", ")}.`);
});

class Thumbnails extends ThumbnailCover {
  override readonly server = address;
  override readonly folder = folder;
}

test("the newcomer's kind makes a thumbnail of a real image, once", async () => {
  let asked: (string | undefined)[] = [];
  const cover = new PhotonImage(
    new Uint8Array(300 * 450 * 4).map((_, at) => (at * 7) % 256),
    300,
    450,
  ).get_bytes_jpeg(90);
  await writeFile(`${folder}/api-key`, "a key\n");
  answer = ({ url, headers }, response) => {
    asked = [...asked, url, headers.authorization];
    response.setHeader("content-type", "image/jpeg").end(cover);
  };
  const kinds = new Thumbnails().toKinds();
  const file = `${folder}/moby-dick-150.jpg`;
  const { task } = await runUntilOver(kinds, { slug: "moby-dick", width: 150 });
  expect(task).toMatchObject({ status: "done", result: { file }, maxAttempts: 3 });
  const made = PhotonImage.new_from_byteslice(await readFile(file));
  expect([made.get_width(), made.get_height()]).toEqual([150, 225]);
  expect((await runUntilOver(kinds, { slug: "moby-dick", width: 150 })).task.result).toEqual({ file });
  expect(asked).toEqual(["/api/books/moby-dick/cover", "Bearer a key"]);
});

class Pages extends KeepPage {
  override readonly folder = folder;
  override readonly stepRetryDelaysMs = [0];
}

test("a flow goes on after a failed step, and does none twice that is done", async () => {
  const codes = [503, 200];
  answer = (_, response) => {
    response.statusCode = codes.shift() ?? 500;
    response.end("Call me Ishmael.");
  };
  const { task, children, log } = await runUntilOver(new Pages().toKinds(), { url: address, name: "ishmael" });
  expect(task).toMatchObject({
    status: "done",
    attempts: 1,
    children: { total: 3, done: 3, failed: 0 },
    progress: { done: 3, total: 3, unit: "steps" },
    result: { completedSteps: ["fetch", "compress", "check"], steps: { check: { data: { bytes: 16 } } } },
  });
  expect(children.map(({ task }) => [task.payload["step"], task.attempts])).toEqual([
    ["fetch", 2],
    ["compress", 1],
    ["check", 1],
  ]);
  expect(log).toMatch(/^\S+Z fetch, attempt 1: HTTP 503 \(STEP_FAILED\)\nError: HTTP 503\n {4}at .*keep-page\.ts/);
});

test("one whose step fails for good says how far it came", async () => {
  answer = (_, response) => {
    response.statusCode = 404;
    response.end();
  };
  const { task, log } = await runUntilOver(new Pages().toKinds(), { url: address, name: "nothing" });
  expect(task).toMatchObject({
    status: "failed",
    error: { code: "STEPS_FAILED", details: { failedSteps: ["fetch"], completedCount: 0, totalSteps: 3 } },
  });
  expect(log.split("\n\n").map((entry) => entry.split("\n")[0]?.slice(25))).toEqual([
    `fetch, attempt 1: There is no ${address} (STEP_FAILED)`,
    "attempt 1: Of 3 steps these failed: fetch (STEPS_FAILED)",
  ]);
});
