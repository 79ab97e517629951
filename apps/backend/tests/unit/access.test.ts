import { API_KEY_SCOPES, type TaskKind } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAppUnderTest } from "./app-under-test.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Scope = (typeof API_KEY_SCOPES)[number];
type Role = "reader" | "member" | "admin";

// Who may use what: least role of a person, and scope of a key (`operate` may all). A new route fails until it is here.
const ROUTES_FOR: readonly [Role, Scope, string][] = [
  ["reader", "read", "GET /api/auth/me"],
  ["reader", "read", "POST /api/auth/sign-out"],
  ["reader", "read", "GET /api/books"],
  ["reader", "read", "GET /api/books/{slug}"],
  ["reader", "read", "GET /api/books/{slug}/cover"],
  ["reader", "read", "GET /api/books/{slug}/chapters"],
  ["reader", "read", "GET /api/books/{slug}/chapters/{chapter}"],
  ["reader", "read", "GET /api/narrations/{id}"],
  ["reader", "read", "GET /api/narrations/{id}/audio"],
  ["reader", "read", "GET /api/voices"],
  ["reader", "read", "GET /api/status"],
  ["reader", "read", "GET /api/runners"],
  ["reader", "read", "GET /api/lanes"],
  ["reader", "read", "GET /api/lanes/{name}"],
  ["reader", "read", "GET /api/definitions"],
  ["reader", "read", "GET /api/cron"],
  ["reader", "read", "GET /api/follows"],
  ["reader", "read", "GET /api/tasks"],
  ["reader", "read", "GET /api/tasks/{id}"],
  ["reader", "read", "GET /api/tasks/{id}/why"],
  ["reader", "read", "GET /api/tasks/{id}/log"],
  ["reader", "read", "GET /api/queues"],
  ["reader", "read", "GET /api/queues/ongoing"],
  ["reader", "read", "GET /api/queues/{id}"],
  ["reader", "read", "GET /api/queues/{id}/items/{itemId}"],
  ["reader", "read", "GET /events/queues"],
  ["reader", "read", "GET /ws/queues"],
  ["member", "enqueue", "POST /api/scrape/catalogue"],
  ["member", "enqueue", "POST /api/scrape/book"],
  ["member", "enqueue", "POST /api/scrape/book/range"],
  ["member", "enqueue", "POST /api/audio/{slug}"],
  ["member", "enqueue", "POST /api/audio/{slug}/{chapter}"],
  ["member", "enqueue", "POST /api/queues/tasks"],
  ["member", "enqueue", "POST /api/queues/{id}/retry"],
  ["member", "enqueue", "POST /api/follows"],
  ["member", "enqueue", "DELETE /api/follows/{id}"],
  ["member", "cancel", "POST /api/tasks/{id}/cancel"],
  ["member", "cancel", "POST /api/queues/{id}/cancel"],
  ["admin", "operate", "POST /api/tasks"],
  ["admin", "operate", "POST /api/tasks/batch"],
  ["admin", "operate", "POST /api/tasks/actions"],
  ["admin", "operate", "DELETE /api/tasks/by-key"],
  ["admin", "operate", "DELETE /api/books/{slug}"],
  ["admin", "operate", "PATCH /api/definitions/{kind}"],
  ["admin", "operate", "DELETE /api/definitions/{kind}"],
  ["admin", "operate", "POST /api/definitions/{kind}/restore"],
  ["admin", "operate", "PUT /api/lanes/{name}"],
  ["admin", "operate", "POST /api/lanes/{name}/pause"],
  ["admin", "operate", "POST /api/lanes/{name}/resume"],
  ["admin", "operate", "POST /api/lanes/{name}/drain"],
  ["admin", "operate", "POST /api/cron"],
  ["admin", "operate", "DELETE /api/cron/{identifier}"],
  ["admin", "operate", "POST /api/cron/{identifier}/pause"],
  ["admin", "operate", "POST /api/cron/{identifier}/resume"],
  ["admin", "operate", "POST /api/cron/{identifier}/run"],
  ["admin", "operate", "POST /api/runners/{id}/release"],
  ["admin", "operate", "GET /api/keys"],
  ["admin", "operate", "POST /api/keys"],
  ["admin", "operate", "DELETE /api/keys/{name}"],
];
const OPEN = ["POST /api/auth/sign-in", "GET /health", "GET /ready", "GET /openapi.json"];
/** Streams: they would not end by themselves. Their own tests say who may listen. */
const ENDLESS = new Set(["GET /events/queues", "GET /ws/queues"]);

const ROLES: readonly Role[] = ["reader", "member", "admin"];

let stage: ReturnType<typeof createAppUnderTest>;
const secrets = new Map<Scope, string>();
beforeAll(async () => {
  stage = createAppUnderTest();
  await stage.app.ready();
  for (const scope of API_KEY_SCOPES) {
    const { secret } = await stage.apiKeys.add({ name: scope, scopes: [scope], kinds: null, expiresAt: null });
    secrets.set(scope, secret);
  }
});
afterAll(() => stage.app.close());

const asPerson = (role: string) => ({
  cookie: `chapterhouse_session=token-of-${role}`,
  "sec-fetch-site": "same-origin",
});
const asKey = (scope: Scope) => ({ authorization: `Bearer ${secrets.get(scope)}` });

const answerTo = async (route: string, headers: Record<string, string>) => {
  const [method = "", path = ""] = route.split(" ");
  const url = path.replace(/\{chapter\}/, "1").replaceAll(/\{\w+\}/g, "x");
  const answer = await stage.app.inject({ method: method as Method, url, headers });
  return { status: answer.statusCode, isLetIn: answer.statusCode !== 401 && answer.statusCode !== 403 };
};

test("the table names every route", () => {
  const routes = Object.entries(stage.app.swagger().paths ?? {}).flatMap(([path, operations]) =>
    Object.keys(operations ?? {})
      .filter((method) => method !== "head")
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect([...ROUTES_FOR.map(([, , route]) => route), ...OPEN].toSorted()).toEqual(routes.toSorted());
});

test("the OpenAPI document says of each route what the table says", () => {
  for (const [role, scope, route] of ROUTES_FOR) {
    const [method = "", path = ""] = route.split(" ");
    const operations = stage.app.swagger().paths?.[path] as Record<string, { description?: string }> | undefined;
    const description = operations?.[method.toLowerCase()]?.description;
    expect({ route, description }).toEqual({
      route,
      description: `For people from the role \`${role}\` up, keys with \`${scope}\`.`,
    });
  }
});

describe("least role and scope", () => {
  test.each(ROUTES_FOR.filter(([, , route]) => !ENDLESS.has(route)))("%s, %s: %s", async (role, scope, route) => {
    const letIn = { people: [] as Role[], keys: [] as Scope[] };
    expect((await answerTo(route, {})).status).toBe(401);
    for (const each of ROLES) if ((await answerTo(route, asPerson(each))).isLetIn) letIn.people.push(each);
    for (const each of API_KEY_SCOPES) if ((await answerTo(route, asKey(each))).isLetIn) letIn.keys.push(each);
    expect(letIn).toEqual({
      people: ROLES.slice(ROLES.indexOf(role)),
      keys: API_KEY_SCOPES.filter((each) => each === scope || each === "operate"),
    });
  });
});

const PAYLOADS: Readonly<Record<string, object>> = {
  "scrape.catalogue": { url: "https://novels.example/list" },
  "scrape.book": { url: "https://novels.example/a" },
  "scrape.book_range": { url: "https://novels.example/a", fromChapter: 1, toChapter: 2 },
  "scrape.chapter": {
    url: "https://novels.example/a/1",
    bookUrl: "https://novels.example/a",
    slug: "a",
    chapterId: "1",
  },
  "narrate.chapter": { slug: "a", chapter: 1, voice: "flite:rms" },
  "cover.shrink": {},
} satisfies Record<TaskKind | "cover.shrink", object>;
const OWN = ["scrape.catalogue", "scrape.book", "scrape.book_range", "narrate.chapter"];
const OF_ANYONE = [...OWN, "cover.shrink"];

/** A key by its patterns of kinds, or a person by a role. */
const headersOf = async (who: Role | readonly string[] | null, scopes: Scope[]) => {
  if (typeof who === "string") return asPerson(who);
  const name = `kinds-${JSON.stringify(who)}-${scopes.join()}`;
  const known = secrets.get(name as Scope);
  const made = known ?? (await stage.apiKeys.add({ name, scopes, kinds: who && [...who], expiresAt: null })).secret;
  secrets.set(name as Scope, made);
  return asKey(name as Scope);
};

const WHO: readonly [Role | readonly string[] | null, readonly string[]][] = [
  ["reader", []],
  ["member", OWN],
  ["admin", Object.keys(PAYLOADS)],
  [null, OF_ANYONE],
  [["*"], OF_ANYONE],
  [["scrape.*"], ["scrape.catalogue", "scrape.book", "scrape.book_range"]],
  [["scrape.book*"], ["scrape.book", "scrape.book_range"]],
  [["scrape.book"], ["scrape.book"]],
  [["*.chapter"], ["narrate.chapter"]],
  [["s*.*book"], ["scrape.book"]],
  [["scrapexbook", "cover"], []],
];

describe("kinds of task", () => {
  beforeAll(() => stage.definitions.define([{ kind: "cover.shrink", title: "Shrink a cover" }]));

  test.each(WHO)("%j may add %j, one by one and as a list", async (who, kinds) => {
    const headers = await headersOf(who, ["enqueue"]);
    for (const [type, meta] of Object.entries(PAYLOADS)) {
      for (const body of [
        { type, meta },
        { type, items: [meta] },
      ]) {
        const answer = await stage.app.inject({ method: "POST", url: "/api/queues/tasks", headers, payload: body });
        const isAdded = answer.statusCode === 200 || answer.statusCode === 201;
        expect({ type, isAdded, status: answer.statusCode }).toMatchObject({
          isAdded: kinds.includes(type),
          ...(!kinds.includes(type) && { status: 403 }),
        });
      }
    }
  });

  test.each([
    ["reader", "scrape.book", 403],
    ["member", "scrape.book", 202],
    ["member", "scrape.chapter", 202],
    ["member", "batch.scrape.book", 202],
    ["member", "cover.shrink", 403],
    ["member", "batch.cover.shrink", 403],
    ["member", "batch.batch.scrape.book", 403],
    ["admin", "cover.shrink", 202],
    [["scrape.*"], "scrape.book", 202],
    [["scrape.*"], "batch.scrape.book", 202],
    [["scrape.*"], "cover.shrink", 403],
    [null, "cover.shrink", 202],
  ] as const)("%j may cancel and try again %s: %i", async (who, kind, status) => {
    const headers = await headersOf(who, ["enqueue", "cancel"]);
    const [added] = await stage.queue.add([{ kind, payload: {} }]);
    const url = `/api/queues/${added?.task.id}`;
    const ask = async (action: string) =>
      (await stage.app.inject({ method: "POST", url: `${url}/${action}`, headers, payload: { cancelled: true } }))
        .statusCode;
    expect(await ask("cancel")).toBe(status);
    if (status === 403) await stage.queue.cancel([added?.task.id ?? ""]);
    expect(await ask("retry")).toBe(status);
  });

  test.each([
    ["POST", "/api/scrape/book", { url: "https://novels.example/a" }],
    ["POST", "/api/follows", { url: "https://novels.example/a" }],
    ["POST", "/api/audio/a/1", {}],
    ["POST", "/api/audio/a", {}],
  ] as const)("%s %s is closed to a key of other kinds", async (method, url, payload) => {
    const headers = await headersOf(["cover.*"], ["enqueue"]);
    const answer = await stage.app.inject({ method, url, headers, payload });
    expect(answer.json()).toMatchObject({ code: "FORBIDDEN", details: { kinds: ["cover.*"] } });
  });
});

test("a key says nothing of scopes that it does not have: read alone adds nothing, enqueue alone reads nothing", async () => {
  const add = { method: "POST", url: "/api/queues/tasks", headers: asKey("read") } as const;
  const answer = await stage.app.inject({ ...add, payload: { type: "scrape.book", meta: PAYLOADS["scrape.book"] } });
  expect(answer.json()).toMatchObject({ code: "FORBIDDEN", details: { scope: "enqueue" } });
  const read = await stage.app.inject({ url: "/api/queues", headers: asKey("enqueue") });
  expect(read.json()).toMatchObject({ code: "FORBIDDEN", details: { scope: "read" } });
});
