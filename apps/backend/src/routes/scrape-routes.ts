import {
  ChapterhouseError,
  ROUTES,
  type ScrapeKind,
  enqueueAnswer,
  scrapeRangeBody,
  scrapeUrlBody,
} from "@chapterhouse/domain";
import { createProducer } from "@chapterhouse/taskqueue";
import { type Caller, ENQUEUE, callerOf, checkKind, nameOf } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { scrapeTarget } from "../scrape-target.ts";

const tags = ["scraping"];
const response = {
  202: enqueueAnswer.describe("added"),
  200: enqueueAnswer.describe("a live task does this already"),
  ...errors("BAD_REQUEST", "BAD_URL", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
};

export const scrapeRoutes = (app: App, { config, queue, resolve }: AppDeps): void => {
  const { scrapeAllow: allow, scrapeMinGapMs: minGapMs } = config;
  const enqueue = async (caller: Caller, kind: ScrapeKind, url: string, from = 0, to = 0) => {
    checkKind(caller, `scrape.${kind}`);
    const target = await scrapeTarget(url, { allow, resolve });
    const producer = createProducer(queue, { minGapMs, createdBy: nameOf(caller) });
    const { task, created } = await producer.createScrapeTask(kind, target, from, to);
    return { task, created };
  };

  app.post(
    ROUTES.scrapeCatalogue,
    { config: ENQUEUE, schema: { tags, summary: "Scrape every book of a catalogue", body: scrapeUrlBody, response } },
    async (request, reply) => {
      const answer = await enqueue(callerOf(request), "catalogue", request.body.url);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );

  app.post(
    ROUTES.scrapeBook,
    { config: ENQUEUE, schema: { tags, summary: "Scrape a book", body: scrapeUrlBody, response } },
    async (request, reply) => {
      const answer = await enqueue(callerOf(request), "book", request.body.url);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );

  app.post(
    ROUTES.scrapeRange,
    { config: ENQUEUE, schema: { tags, summary: "Scrape some chapters of a book", body: scrapeRangeBody, response } },
    async (request, reply) => {
      const { url, fromChapter, toChapter } = request.body;
      if (fromChapter > toChapter) {
        throw new ChapterhouseError("RANGE_BACKWARDS", "fromChapter comes after toChapter", {
          details: { fromChapter, toChapter },
        });
      }
      const answer = await enqueue(callerOf(request), "book_range", url, fromChapter, toChapter);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );
};
