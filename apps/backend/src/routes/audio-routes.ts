import {
  ChapterhouseError,
  type ChapterSummary,
  ROUTES,
  audioAnswer,
  audioBody,
  audioRangeAnswer,
  audioRangeBody,
} from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import { createProducer } from "@chapterhouse/taskqueue";
import { checkVoice } from "../asked-tasks.ts";
import { type Caller, ENQUEUE, callerOf, checkKind, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { requireBook, requireChapter } from "./library-lookups.ts";
import { chapterParams, slugParams } from "./params.ts";

const tags = ["narration"];

const allChapters = async (library: Library, slug: string): Promise<ChapterSummary[]> => {
  const all: ChapterSummary[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Library["listChapters"]>> = await library.listChapters(slug, {
      limit: 500,
      ...(cursor !== null && { cursor }),
    });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
};

export const audioRoutes = (app: App, { config, library, queue }: AppDeps): void => {
  const producerFor = (caller: Caller) => {
    checkKind(caller, "narrate.chapter");
    return createProducer(queue, { minGapMs: config.scrapeMinGapMs, createdBy: nameOf(caller) });
  };

  app.post(
    ROUTES.audioChapter,
    {
      config: ENQUEUE,
      schema: {
        tags,
        summary: "Narrate a chapter",
        params: chapterParams,
        body: audioBody,
        response: {
          202: audioAnswer.describe("added"),
          200: audioAnswer.describe("a live task does this already, or the narration is there and current"),
          ...errors("BOOK_NOT_FOUND", "CHAPTER_NOT_FOUND", "CHAPTER_NOT_STORED", "VOICE_UNKNOWN", "BAD_REQUEST"),
        },
      },
    },
    async (request, reply) => {
      const { slug, chapter: number } = request.params;
      const producer = producerFor(callerOf(request));
      const voice = checkVoice(request.body?.voice ?? config.defaultVoice);
      const chapter = await requireChapter(library, slug, number);
      if (chapter.state !== "stored") {
        throw new ChapterhouseError("CHAPTER_NOT_STORED", "The chapter's text is not here yet", {
          details: { slug, chapter: number, state: chapter.state },
        });
      }
      const narration = chapter.narrations.find((each) => each.voice === voice && each.current);
      if (narration) return reply.code(200).send({ task: null, narration, created: false });
      const { task, created } = await producer.createAudioTask(slug, number, voice);
      return reply.code(created ? 202 : 200).send({ task, narration: null, created });
    },
  );

  app.post(
    ROUTES.audioBook,
    {
      config: ENQUEUE,
      schema: {
        tags,
        summary: "Narrate all chapters of a book, or a range",
        params: slugParams,
        body: audioRangeBody,
        response: {
          202: audioRangeAnswer.describe("at least one task was added"),
          200: audioRangeAnswer.describe("there was nothing to add"),
          ...errors("BOOK_NOT_FOUND", "CHAPTER_NOT_FOUND", "VOICE_UNKNOWN", "RANGE_BACKWARDS", "BAD_REQUEST"),
        },
      },
    },
    async (request, reply) => {
      const { slug } = request.params;
      const producer = producerFor(callerOf(request));
      const voice = checkVoice(request.body?.voice ?? config.defaultVoice);
      const { from = 1, to = Number.MAX_SAFE_INTEGER } = request.body ?? {};
      if (from > to) throw new ChapterhouseError("RANGE_BACKWARDS", "from comes after to", { details: { from, to } });
      await requireBook(library, slug);
      const chapters = await allChapters(library, slug);
      const range = chapters.filter(({ number }) => number >= from && number <= to);
      if (range.length === 0) {
        const message = `The book has ${chapters.length} chapters, none from ${from} on`;
        throw new ChapterhouseError("CHAPTER_NOT_FOUND", message, {
          details: { slug, from, chapters: chapters.length },
        });
      }
      const stored = range.filter(({ state }) => state === "stored");
      const missing = stored.filter(({ voices }) => !voices.includes(voice)).map(({ number }) => number);
      const added = missing.length === 0 ? [] : await producer.createAudioTasks(slug, missing, voice);
      const created = added.filter((each) => each.created).length;
      return reply.code(created > 0 ? 202 : 200).send({
        tasks: added.map(({ task }) => task),
        created,
        alreadyLive: added.length - created,
        alreadyNarrated: stored.length - missing.length,
        notStored: range.length - stored.length,
      });
    },
  );
};
