import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Person, Resolve } from "@chapterhouse/domain";
import { type Library, createMemoryLibrary, textHash } from "@chapterhouse/library";
import { createCompleter, createEnqueuer, createMemoryPorts } from "@chapterhouse/taskqueue";
import pino from "pino";
import { type AppConfig, type People, buildApp } from "../../src/app.ts";
import { createMemoryApiKeys } from "./memory-api-keys.ts";

export const KEY = "a-key-of-the-tests-0123456789";
export const PASSWORD = "correct horse battery";

const PEOPLE: readonly Person[] = (["admin", "member", "reader"] as const).map((role) => ({
  id: role,
  email: `${role}@example.org`,
  name: role,
  role,
}));

export const createMemoryPeople = (): People & { asked: number; away: boolean; shutOut: Set<string> } => ({
  asked: 0,
  away: false,
  shutOut: new Set(),
  async signIn(email, password) {
    const person = PEOPLE.find((each) => each.email === email && password === PASSWORD);
    return person ? { token: `token-of-${person.id}`, person } : null;
  },
  async recognise(token) {
    this.asked += 1;
    if (this.shutOut.has(token)) return null;
    return PEOPLE.find(({ id }) => token === `token-of-${id}`) ?? null;
  },
});

export const DNS: Readonly<Record<string, readonly string[]>> = {
  "novels.example": ["93.184.216.34"],
  "inside.example": ["10.0.0.7"],
  "both.example": ["93.184.216.34", "127.0.0.1"],
  "sixes.example": ["fd00::1"],
};

const resolve: Resolve = async (host) => {
  const failure = (code: string) => Object.assign(new Error(`${code} ${host}`), { code });
  if (host === "resolver-away.example") throw failure("EAI_AGAIN");
  const addresses = DNS[host];
  if (!addresses) throw failure("ENOTFOUND");
  return addresses;
};

/** The whole app over memory adapters, with a clock that tests move. */
export const createAppUnderTest = (config: Partial<AppConfig> = {}) => {
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const now = () => clock.now;
  const ports = createMemoryPorts({ now });
  const library = createMemoryLibrary({ now, isLive: () => true });
  const people = createMemoryPeople();
  const apiKeys = createMemoryApiKeys(now);
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const app = buildApp({
    config: {
      apiKey: KEY,
      scrapeAllow: new Set(["127.0.0.1:4321"]),
      scrapeMinGapMs: 0,
      defaultVoice: "flite:rms",
      trustedProxies: "loopback",
      mostLiveClients: 10,
      webDir: null,
      version: "1.2.3",
      ...config,
    },
    ...ports,
    enqueue: createEnqueuer(ports),
    complete: createCompleter(ports),
    library,
    people,
    apiKeys,
    resolve,
    now,
    log,
  });
  const authorization = `Bearer ${KEY}`;
  return { app, ...ports, library, people, apiKeys, clock, lines, authorization };
};

export const FENCE = { taskId: "task", lease: 1 };

/** A book of three chapters: 1 stored and narrated by flite:slt, 2 stored, 3 only listed. */
export const fillLibrary = async (library: Library) => {
  const url = "https://novels.example/whale";
  const book = await library.saveBook(
    {
      url,
      title: "The Whale",
      author: "H. M.",
      summary: "A whale.",
      genres: [],
      language: "en",
      status: "completed",
      source: "fallback",
      advertisedChapters: null,
    },
    FENCE,
  );
  const listed = [1, 2, 3].map((number) => ({ url: `${url}/${number}`, title: `Chapter ${number}` }));
  const { chapters } = await library.reconcileChapters(book.slug, listed, FENCE);
  const [one, two] = chapters;
  if (!one || !two) throw new Error("three were listed");
  for (const { id } of [one, two]) await library.publishChapter(id, { html: "<p>Words.</p>", text: "Words." }, FENCE);
  const narration = await narrate(library, one.id, "flite:slt", "0123456789");
  return { slug: book.slug, narration };
};

export const narrate = async (library: Library, chapterId: string, voice: string, audio: string) => {
  const folder = await mkdtemp(join(tmpdir(), "backend-"));
  const path = join(folder, "audio.mp3");
  await writeFile(path, audio);
  const facts = { voice, engine: "flite", textHash: textHash("Words."), durationMs: 1000, loudnessLufs: -19 };
  const sentences = [{ text: "Words.", startMs: 0, endMs: 900 }];
  const draft = { chapterId, ...facts, sentences, audio: { path, mimeType: "audio/mpeg" } };
  const narration = await library.publishNarration(draft, FENCE);
  await rm(folder, { recursive: true });
  return narration;
};
