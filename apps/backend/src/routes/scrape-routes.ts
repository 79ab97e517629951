import {
  ChapterhouseError,
  ROUTES,
  type ScrapeKind,
  enqueueAnswer,
  scrapeRangeBody,
  scrapeUrlBody,
} from "@chapterhouse/domain";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";
import { scrapeTarget } from "../scrape-target.ts";

const tags = ["scraping"];
const response = {
  202: enqueueAnswer.describe("added"),
  200: enqueueAnswer.describe("a live task does this already"),
  ...errors("BAD_REQUEST", "BAD_URL", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
};

export const scrapeRoutes = (app: App, { config, producer, resolve }: AppDeps): void => {
  const access = { access: "member" } as const;
  const enqueue = async (kind: ScrapeKind, url: string, from = 0, to = 0) => {
    const target = await scrapeTarget(url, { allow: config.scrapeAllow, resolve });
    const { task, created } = await producer.createScrapeTask(kind, target, from, to);
    return { task, created };
  };

  app.post(
    ROUTES.scrapeCatalogue,
    { config: access, schema: { tags, summary: "Scrape every book of a catalogue", body: scrapeUrlBody, response } },
    async (request, reply) => {
      const answer = await enqueue("catalogue", request.body.url);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );

  app.post(
    ROUTES.scrapeBook,
    { config: access, schema: { tags, summary: "Scrape a book", body: scrapeUrlBody, response } },
    async (request, reply) => {
      const answer = await enqueue("book", request.body.url);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );

  app.post(
    ROUTES.scrapeRange,
    { config: access, schema: { tags, summary: "Scrape some chapters of a book", body: scrapeRangeBody, response } },
    async (request, reply) => {
      const { url, fromChapter, toChapter } = request.body;
      if (fromChapter > toChapter) {
        throw new ChapterhouseError("RANGE_BACKWARDS", "fromChapter comes after toChapter", {
          details: { fromChapter, toChapter },
        });
      }
      const answer = await enqueue("book_range", url, fromChapter, toChapter);
      return reply.code(answer.created ? 202 : 200).send(answer);
    },
  );
};
