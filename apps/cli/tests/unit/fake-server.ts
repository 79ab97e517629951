import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Overall, QueueDetail, Task } from "@chapterhouse/domain";

/** What a test wants answered: a status and a JSON document, for each call of a route in turn; the last one stays. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface Call {
  readonly route: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: Call[];
}

/** A server on loopback that answers the documented API from a script: `"GET /api/tasks/t1"` → its answers. */
export const startFakeServer = async (script: Readonly<Record<string, readonly Answer[]>>): Promise<FakeServer> => {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  const answer = (request: IncomingMessage, response: ServerResponse, text: string) => {
    const url = new URL(request.url ?? "/", "http://fake");
    const route = `${request.method} ${url.pathname}`;
    const { authorization } = request.headers;
    calls.push({ route, query: Object.fromEntries(url.searchParams), body: text && JSON.parse(text), authorization });
    const answers = script[route] ?? [];
    const turn = calls.filter((call) => call.route === route).length - 1;
    const missing = { status: 404, body: { code: "ROUTE_NOT_FOUND", message: route, details: {} } };
    const { status = 200, body } = answers[Math.min(turn, answers.length - 1)] ?? missing;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const AT = "2026-01-02T03:04:05.000Z";

export const taskOf = (changes: Partial<Task> = {}): Task => ({
  id: "t1",
  revision: 0,
  flags: [],
  group: null,
  checkpoint: null,
  deadline: null,
  kind: "scrape.book",
  lane: "host:novels.example",
  key: null,
  status: "pending",
  priority: 0,
  runAt: AT,
  payload: { url: "https://novels.example/book/a" },
  attempts: 0,
  maxAttempts: 5,
  crashes: 0,
  lease: 0,
  runner: null,
  parent: null,
  children: { total: 0, done: 0, failed: 0, cancelled: 0 },
  onChildFailure: "fail",
  continuation: false,
  createdBy: null,
  progress: null,
  result: null,
  error: null,
  waitingFor: null,
  createdAt: AT,
  updatedAt: AT,
  startedAt: null,
  finishedAt: null,
  cancelRequestedAt: null,
  ...changes,
});

const UNKNOWN: Overall = { fraction: null, rate: null, eta: null };

/** What a look at a task answers. */
export const lookAt = (task: Task, overall: Overall = UNKNOWN): QueueDetail => ({
  task: { ...task, subject: "", overall },
  items: [],
  next: null,
});
