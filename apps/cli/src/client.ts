import type {
  ApiKey,
  apiKeyCreated as ApiKeyCreatedSchema,
  AudioAnswer,
  audioRangeAnswer as AudioRangeSchema,
  Book,
  EnqueueAnswer,
  followCreated as FollowCreatedSchema,
  newApiKeyBody as NewApiKeySchema,
  newFollowBody as NewFollowSchema,
  Page,
  QueuedTask,
  Task,
} from "@chapterhouse/domain";
import {
  apiKeyCreated,
  apiKeyList,
  audioAnswer,
  audioRangeAnswer,
  bookPage,
  ChapterhouseError,
  enqueueAnswer,
  errorSchema,
  followCreated,
  isErrorCode,
  queueDetail,
  queuedPage,
  ROUTES,
  taskPage,
  taskSchema,
} from "@chapterhouse/domain";
import { Agent, request } from "undici";
import { z } from "zod";
import type { ChapterRange } from "./range.ts";

/** A call that takes longer than this counts as unreachable: every route of ours answers from an index. */
const CALL_TIMEOUT_MS = 30_000;

export type AudioRangeAnswer = z.infer<typeof AudioRangeSchema>;
type Query = Readonly<Record<string, string | number>>;
type Method = "GET" | "POST" | "DELETE";

export interface ServerAddress {
  /** `http://HOST:PORT`, without a path. */
  readonly url: string;
  /** An admin's bearer key; null sends none. */
  readonly apiKey: string | null;
}

/**
 * The REST API as functions. Each throws a `ChapterhouseError`: the server's own code and details, or
 * `SERVER_UNREACHABLE` when nothing answered at the address.
 */
export interface ApiClient {
  readonly url: string;
  scrapeCatalogue(url: string): Promise<EnqueueAnswer>;
  scrapeBook(url: string): Promise<EnqueueAnswer>;
  /** 1-based positions, both included. */
  scrapeRange(url: string, fromChapter: number, toChapter: number): Promise<EnqueueAnswer>;
  narrateChapter(slug: string, chapter: number, voice?: string): Promise<AudioAnswer>;
  narrateRange(slug: string, range: ChapterRange, voice?: string): Promise<AudioRangeAnswer>;
  listTasks(query: Query): Promise<Page<Task>>;
  /** Tasks without a parent, and how far all of each is. */
  listQueues(query: Query): Promise<Page<QueuedTask>>;
  task(id: string): Promise<QueuedTask>;
  /** What failed of its parts, all levels down; with `cancelled` what was cancelled as well. */
  retryTask(id: string, cancelled: boolean): Promise<{ task: Task; isTriedAgain: boolean }>;
  cancelTask(id: string): Promise<Task>;
  listBooks(query: Query): Promise<Page<Book>>;
  follow(body: z.input<typeof NewFollowSchema>): Promise<z.infer<typeof FollowCreatedSchema>>;
  listKeys(): Promise<{ items: ApiKey[] }>;
  addKey(body: z.input<typeof NewApiKeySchema>): Promise<z.infer<typeof ApiKeyCreatedSchema>>;
  removeKey(name: string): Promise<void>;
  close(): Promise<void>;
}

const pathOf = (route: string, parts: Readonly<Record<string, string | number>> = {}): string =>
  route.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(parts[name])));

const errorOf = (status: number, body: unknown): ChapterhouseError => {
  const known = errorSchema.safeParse(body);
  if (!known.success)
    return new ChapterhouseError("INTERNAL", `The server answered ${status}`, { details: { status } });
  const { code, message, details } = known.data;
  if (isErrorCode(code)) return new ChapterhouseError(code, message, { details });
  return new ChapterhouseError("INTERNAL", `${code}: ${message}`, { details: { ...details, code } });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const createClient = ({ url, apiKey }: ServerAddress): ApiClient => {
  const agent = new Agent({ headersTimeout: CALL_TIMEOUT_MS, bodyTimeout: CALL_TIMEOUT_MS });
  const base = url.replace(/\/+$/, "");

  const send = async (method: Method, path: string, body?: unknown) => {
    const headers = {
      accept: "application/json",
      ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    try {
      const options = { method, headers, dispatcher: agent, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const answer = await request(base + path, options);
      return { status: answer.statusCode, body: parseJson(await answer.body.text()) };
    } catch (cause) {
      const message = `Nothing answers at ${base}. Is Chapterhouse running? (npm start)`;
      throw new ChapterhouseError("SERVER_UNREACHABLE", message, { details: { url: base }, cause });
    }
  };

  const ask = async <T>(answer: z.ZodType<T>, method: Method, path: string, body?: unknown) => {
    const got = await send(method, path, body);
    if (got.status >= 400) throw errorOf(got.status, got.body);
    const read = answer.safeParse(got.body);
    if (read.success) return { status: got.status, data: read.data };
    const message = `The answer to ${method} ${path} is not what this version knows: is ${base} another version, or no Chapterhouse?`;
    throw new ChapterhouseError("INTERNAL", message, { details: { issues: read.error.issues.slice(0, 3) } });
  };

  const call = async <T>(...asked: Parameters<typeof ask<T>>): Promise<T> => (await ask(...asked)).data;

  const query = (route: string, parameters: Query) => {
    const search = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    return search.size > 0 ? `${route}?${search}` : route;
  };

  return {
    url: base,
    scrapeCatalogue: (target) => call(enqueueAnswer, "POST", ROUTES.scrapeCatalogue, { url: target }),
    scrapeBook: (target) => call(enqueueAnswer, "POST", ROUTES.scrapeBook, { url: target }),
    scrapeRange: (target, fromChapter, toChapter) =>
      call(enqueueAnswer, "POST", ROUTES.scrapeRange, { url: target, fromChapter, toChapter }),
    narrateChapter: (slug, chapter, voice) =>
      call(audioAnswer, "POST", pathOf(ROUTES.audioChapter, { slug, chapter }), { ...(voice && { voice }) }),
    narrateRange: (slug, range, voice) =>
      call(audioRangeAnswer, "POST", pathOf(ROUTES.audioBook, { slug }), { ...range, ...(voice && { voice }) }),
    listTasks: (parameters) => call(taskPage, "GET", query(ROUTES.tasks, parameters)),
    listQueues: (parameters) => call(queuedPage, "GET", query(ROUTES.queues, parameters)),
    task: async (id) => (await call(queueDetail, "GET", query(pathOf(ROUTES.queue, { id }), { limit: 0 }))).task,
    retryTask: async (id, cancelled) => {
      const { status, data } = await ask(taskSchema, "POST", pathOf(ROUTES.retryQueue, { id }), { cancelled });
      return { task: data, isTriedAgain: status === 202 };
    },
    cancelTask: (id) => call(taskSchema, "POST", pathOf(ROUTES.cancelTask, { id })),
    listBooks: (parameters) => call(bookPage, "GET", query(ROUTES.books, parameters)),
    follow: (body) => call(followCreated, "POST", ROUTES.follows, body),
    listKeys: () => call(apiKeyList, "GET", ROUTES.apiKeys),
    addKey: (body) => call(apiKeyCreated, "POST", ROUTES.apiKeys, body),
    removeKey: (name) => call(z.undefined(), "DELETE", pathOf(ROUTES.apiKey, { name })),
    close: () => agent.close(),
  };
};
