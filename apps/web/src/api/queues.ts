import { ROUTES, type Page, type QueueDetail, type QueuedTask, type QueueItem, type Task } from "@chapterhouse/domain";
import type { LogLine, TaskStatus } from "@chapterhouse/domain";
import { useInfiniteQuery, useMutation, useQueries, useQuery } from "@tanstack/react-query";
import { useFollowing } from "../live/follow-queue.tsx";
import { pollInterval } from "./polling.ts";
import { path, request } from "./request.ts";
import { isLive, useAfterWork } from "./tasks.ts";

export interface JobQuery {
  readonly status?: TaskStatus | "live" | "terminal" | undefined;
  /** A kind. */
  readonly type?: string | undefined;
  readonly created_by?: "me" | undefined;
}

const JOBS_A_PAGE = 30;

/** Jobs (tasks that are nobody's part), newest first, page by page. */
export const useJobs = (query: JobQuery) => {
  const followed = useFollowing();
  return useInfiniteQuery({
    queryKey: ["queues", query],
    queryFn: ({ signal, pageParam }) =>
      request<Page<QueuedTask>>("GET", path(ROUTES.queues, {}, { ...query, limit: JOBS_A_PAGE, cursor: pageParam }), {
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? [];
      return pollInterval({ live: pages.some((page) => page.items.some(isLive)), pages: pages.length, followed });
    },
  });
};

/** What is being done now, over all. */
export const useOngoing = () => {
  const followed = useFollowing();
  return useQuery({
    queryKey: ["ongoing"],
    queryFn: async ({ signal }) => await request<{ items: QueuedTask[] }>("GET", ROUTES.ongoing, { signal }),
    refetchInterval: ({ state }) => pollInterval({ live: (state.data?.items.length ?? 0) > 0, followed }),
  });
};

/** One job, without its items. */
const jobQuery = (id: string, followed: boolean) => ({
  queryKey: ["queue", id] as const,
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<QueuedTask> =>
    (await request<QueueDetail>("GET", path(ROUTES.queue, { id }, { limit: "0" }), { signal })).task,
  refetchInterval: ({ state }: { state: { data: QueuedTask | undefined } }) =>
    pollInterval({ live: state.data !== undefined && isLive(state.data), followed }),
});

export const useJob = (id: string) => useQuery(jobQuery(id, useFollowing()));

/** Jobs inside jobs, by id: those that are open below another. */
export const useJobsInside = (ids: readonly string[]): ReadonlyMap<string, QueuedTask> => {
  const followed = useFollowing();
  return useQueries({
    queries: ids.map((id) => jobQuery(id, followed)),
    combine: (results) =>
      new Map(results.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data] as const]))),
  });
};

export const ITEMS_A_PAGE = 100;

/** Items `page * ITEMS_A_PAGE` and on of `parent`; `expected` is how many of them there should be. */
export interface ItemsPage {
  readonly parent: string;
  readonly page: number;
  readonly expected: number;
}

/** The items on these pages, by parent and index (`itemAt`). Those on pages that are on their way are missing. */
export const useItems = (pages: readonly ItemsPage[]): ReadonlyMap<string, Task> => {
  const followed = useFollowing();
  return useQueries({
    queries: pages.map(({ parent, page, expected }) => ({
      queryKey: ["queue", parent, "items", page],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const query = { from: page * ITEMS_A_PAGE, limit: ITEMS_A_PAGE };
        const { items } = await request<QueueDetail>("GET", path(ROUTES.queue, { id: parent }, query), { signal });
        return { parent, items };
      },
      refetchInterval: ({ state }: { state: { data: { items: QueueItem[] } | undefined } }) => {
        const items = state.data?.items ?? [];
        // Items that came since are announced by the parent's count alone.
        return pollInterval({
          live: items.some(({ task }) => isLive(task)),
          followed: followed && items.length >= expected,
        });
      },
    })),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }) =>
          (data?.items ?? []).map(({ index, task }) => [itemAt(data?.parent ?? "", index), task] as const),
        ),
      ),
  });
};

export const itemAt = (parent: string, index: number): string => `${parent}/${index}`;

/** An item with what was logged of it, newest first. */
export const useItem = (parent: string, item: string) => {
  const followed = useFollowing();
  return useQuery({
    queryKey: ["item", parent, item],
    queryFn: ({ signal }) =>
      request<{ task: Task; log: Page<LogLine> }>("GET", path(ROUTES.queueItem, { id: parent, itemId: item }), {
        signal,
      }),
    // Its log grows while it runs, and no event tells that.
    refetchInterval: ({ state }) =>
      pollInterval({ live: false, followed: followed && state.data !== undefined && !isLive(state.data.task) }),
  });
};

/** Tries those of its items again that failed; with `cancelled` also those that were cancelled. */
export const useRetryItems = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: ({ id, cancelled }: { id: string; cancelled: boolean }) =>
      request<unknown>("POST", path(ROUTES.retryQueue, { id }), { body: { cancelled } }),
    onSettled: afterWork,
  });
};

export const useCancelJob = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("POST", path(ROUTES.cancelQueue, { id })),
    onSettled: afterWork,
  });
};
