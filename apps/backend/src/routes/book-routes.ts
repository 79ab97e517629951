import {
  ChapterhouseError,
  ROUTES,
  bookPage,
  bookSchema,
  booksQuery,
  chapterPage,
  chapterSchema,
  pageQuery,
} from "@chapterhouse/domain";
import { z } from "zod";
import { OPERATE, READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors, fileAnswer } from "../openapi.ts";
import { sendFile } from "../send-file.ts";
import { cancelTasksOf } from "../tasks-of-book.ts";
import { requireBook, requireChapter } from "./library-lookups.ts";
import { chapterParams, slugParams } from "./params.ts";

const tags = ["library"];

export const bookRoutes = (app: App, { library, queue }: AppDeps): void => {
  app.get(
    ROUTES.books,
    {
      config: READ,
      schema: {
        tags,
        summary: "Books, most recently updated first",
        querystring: booksQuery,
        response: { 200: bookPage, ...errors("BAD_REQUEST") },
      },
    },
    async (request) => {
      const { limit, cursor, q } = request.query;
      return library.listBooks({ limit, ...(cursor !== undefined && { cursor }), ...(q !== undefined && { q }) });
    },
  );

  app.get(
    ROUTES.book,
    {
      config: READ,
      schema: {
        tags,
        summary: "A book",
        params: slugParams,
        response: { 200: bookSchema, ...errors("BOOK_NOT_FOUND") },
      },
    },
    async (request) => requireBook(library, request.params.slug),
  );

  app.delete(
    ROUTES.book,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Remove a book with its chapters and narrations, and cancel its tasks",
        params: slugParams,
        response: { 204: z.null(), ...errors("BOOK_NOT_FOUND") },
      },
    },
    async (request, reply) => {
      const { slug } = request.params;
      await cancelTasksOf(await requireBook(library, slug), queue);
      await library.removeBook(slug);
      return reply.code(204).send(null);
    },
  );

  app.route({
    method: ["GET", "HEAD"],
    url: ROUTES.cover,
    config: READ,
    schema: {
      tags,
      summary: "A book's cover",
      params: slugParams,
      response: { ...fileAnswer("image/*"), ...errors("COVER_NOT_FOUND") },
    },
    handler: async (request, reply) => {
      const { slug } = request.params;
      const file = await library.readCover(slug);
      if (!file) throw new ChapterhouseError("COVER_NOT_FOUND", "The book has no cover", { details: { slug } });
      return sendFile(file, request, reply, "private, no-cache");
    },
  });

  app.get(
    ROUTES.chapters,
    {
      config: READ,
      schema: {
        tags,
        summary: "A book's chapters by position, without their text",
        params: slugParams,
        querystring: pageQuery,
        response: { 200: chapterPage, ...errors("BOOK_NOT_FOUND", "BAD_REQUEST") },
      },
    },
    async (request) => {
      const { slug } = request.params;
      const { limit, cursor } = request.query;
      const page = await library.listChapters(slug, { limit, ...(cursor !== undefined && { cursor }) });
      if (page.items.length === 0) await requireBook(library, slug);
      return page;
    },
  );

  app.get(
    ROUTES.chapter,
    {
      config: READ,
      schema: {
        tags,
        summary: "A chapter with its text and narrations",
        params: chapterParams,
        response: { 200: chapterSchema, ...errors("BOOK_NOT_FOUND", "CHAPTER_NOT_FOUND", "BAD_REQUEST") },
      },
    },
    async (request) => requireChapter(library, request.params.slug, request.params.chapter),
  );
};
