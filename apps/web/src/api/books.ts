import { ROUTES, type Book, type Chapter, type ChapterSummary, type Page } from "@chapterhouse/domain";
import type { NarrationDetail, Voice } from "@chapterhouse/domain";
import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { LIVE_MS, QUIET_MS } from "./polling.ts";
import { path, request } from "./request.ts";

const BOOKS = ["books"] as const;
const BOOK = ["book"] as const;

/** `moving`: something is being scraped, so that the list will change. */
export const useBooks = (search: string, moving: boolean) => {
  useLastReading(moving, BOOKS);
  return useInfiniteQuery({
    queryKey: [...BOOKS, search],
    queryFn: ({ signal, pageParam }) =>
      request<Page<Book>>("GET", path(ROUTES.books, {}, { limit: 60, q: search, cursor: pageParam }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) => (moving ? LIVE_MS * Math.max(1, state.data?.pages.length ?? 1) : false),
  });
};

export const useBook = (slug: string, moving: boolean) => {
  useLastReading(moving, BOOK);
  return useQuery({
    queryKey: [...BOOK, slug],
    queryFn: ({ signal }) => request<Book>("GET", path(ROUTES.book, { slug }), { signal }),
    refetchInterval: moving ? LIVE_MS : QUIET_MS * 3,
  });
};

/** When what moved comes to rest the polling slows a moment too early to see how it ended: this reads once more. */
const useLastReading = (moving: boolean, queryKey: readonly string[]): void => {
  const client = useQueryClient();
  useEffect(() => {
    if (!moving) return undefined;
    return () => void client.invalidateQueries({ queryKey });
  }, [client, moving, queryKey]);
};

export const useRemoveBook = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (slug: string) => request<unknown>("DELETE", path(ROUTES.book, { slug })),
    onSuccess: () => client.invalidateQueries({ queryKey: BOOKS }),
  });
};

const CHAPTERS_A_PAGE = 500;
const REREAD_MS = 3_000;

/**
 * Every chapter of a book, in order. A book of 3,000 chapters is about a megabyte, too much to poll: it is read in a
 * few large pages, and again, at most every three seconds, only when `version` (the book's own counts) has moved.
 */
export const useChapters = (slug: string, version: string) =>
  useQuery({
    queryKey: ["chapters", slug],
    queryFn: async ({ signal }) => {
      const chapters: ChapterSummary[] = [];
      let cursor: string | null = null;
      do {
        const url = path(ROUTES.chapters, { slug }, { limit: CHAPTERS_A_PAGE, cursor });
        const page: Page<ChapterSummary> = await request("GET", url, { signal });
        chapters.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return { version, chapters };
    },
    refetchInterval: ({ state }) => (state.data !== undefined && state.data.version !== version ? REREAD_MS : false),
  });

/** Changes whenever a chapter or a narration of the book has come, gone or failed. */
export const bookVersion = (book: Book): string =>
  [book.chapters.listed, book.chapters.stored, book.chapters.failed, book.narrations].join("/");

export const chapterQuery = (slug: string, chapter: number) =>
  queryOptions({
    queryKey: ["chapter", slug, chapter],
    queryFn: ({ signal }) => request<Chapter>("GET", path(ROUTES.chapter, { slug, chapter }), { signal }),
    staleTime: 30_000,
  });

export const useChapter = (slug: string, chapter: number) => useQuery(chapterQuery(slug, chapter));

export const useVoices = () =>
  useQuery({
    queryKey: ["voices"],
    queryFn: async ({ signal }) => (await request<{ items: Voice[] }>("GET", ROUTES.voices, { signal })).items,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useNarration = (id: string | null) =>
  useQuery({
    queryKey: ["narration", id],
    queryFn: ({ signal }) => request<NarrationDetail>("GET", path(ROUTES.narration, { id: id ?? "" }), { signal }),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const coverAddress = (book: Pick<Book, "slug" | "updatedAt">): string =>
  path(ROUTES.cover, { slug: book.slug }, { v: Date.parse(book.updatedAt) });

export const audioAddress = (narration: string): string => path(ROUTES.narrationAudio, { id: narration });
