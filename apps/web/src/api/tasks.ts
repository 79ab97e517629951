import {
  ROUTES,
  type AudioAnswer,
  type EnqueueAnswer,
  type Page,
  type Task,
  type TaskStatus,
} from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFollowing } from "../live/follow-queue.tsx";
import { pollInterval } from "./polling.ts";
import { path, request } from "./request.ts";

/** `parent`: a task's id, or `none` for tasks that are nobody's child. */
export interface TaskQuery {
  readonly status?: TaskStatus | "live" | "terminal";
  readonly kind?: string;
  readonly parent?: string;
  readonly limit?: number;
}

export const isLive = (task: Pick<Task, "status">): boolean =>
  task.status !== "done" && task.status !== "failed" && task.status !== "cancelled";

const readTasks = (query: TaskQuery, signal: AbortSignal) =>
  request<Page<Task>>("GET", path(ROUTES.tasks, {}, { ...query }), { signal });

/** The first page of `query`, kept current while it holds something live; `null` asks nothing. */
export const useTasks = (query: TaskQuery | null) => {
  const followed = useFollowing();
  return useQuery({
    queryKey: ["tasks", query],
    queryFn: ({ signal }) => readTasks(query ?? {}, signal),
    enabled: query !== null,
    refetchInterval: ({ state }) => pollInterval({ live: state.data?.items.some(isLive) ?? false, followed }),
  });
};

/** One task, followed to its end. */
export const useTask = (id: string | null) =>
  useQuery({
    queryKey: ["task", id],
    queryFn: ({ signal }) => request<Task>("GET", path(ROUTES.task, { id: id ?? "" }), { signal }),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data !== undefined && !isLive(state.data) ? false : 1_000),
  });

/** What shows tasks, or what they bring about. */
const SHOWS_WORK = ["queues", "queue", "ongoing", "item", "tasks", "task", "status", "why", "log", "books", "book"];

/** Whatever a mutation may have set in motion is read again at once. */
export const useAfterWork = () => {
  const client = useQueryClient();
  return () => Promise.all(SHOWS_WORK.map((head) => client.invalidateQueries({ queryKey: [head] })));
};

export type ScrapeRequest =
  | { what: "book" | "catalogue"; url: string }
  | { what: "range"; url: string; fromChapter: number; toChapter: number };

const SCRAPE_ROUTES = {
  book: ROUTES.scrapeBook,
  catalogue: ROUTES.scrapeCatalogue,
  range: ROUTES.scrapeRange,
} as const;

export const useScrape = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: ({ what, ...body }: ScrapeRequest) => request<EnqueueAnswer>("POST", SCRAPE_ROUTES[what], { body }),
    onSuccess: afterWork,
  });
};

export const useCancelTask = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("POST", path(ROUTES.cancelTask, { id })),
    onSettled: afterWork,
  });
};

export const useNarrateChapter = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: (wanted: { slug: string; chapter: number; voice: string }) =>
      request<AudioAnswer>("POST", path(ROUTES.audioChapter, { slug: wanted.slug, chapter: wanted.chapter }), {
        body: { voice: wanted.voice },
      }),
    onSuccess: afterWork,
  });
};

export interface AudioRangeAnswer {
  readonly created: number;
  readonly alreadyLive: number;
  readonly alreadyNarrated: number;
  readonly notStored: number;
}

export const useNarrateBook = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: ({ slug, ...body }: { slug: string; voice: string; from?: number; to?: number }) =>
      request<AudioRangeAnswer>("POST", path(ROUTES.audioBook, { slug }), { body }),
    onSuccess: afterWork,
  });
};
