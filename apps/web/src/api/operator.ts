import { ROUTES, type LogLine, type Page, type Task } from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { QUIET_MS } from "./polling.ts";
import { path, request } from "./request.ts";
import { useAfterWork } from "./tasks.ts";

export interface Why {
  readonly reason: string;
  readonly sentence: string;
  readonly until: string | null;
}

/** What a live task waits for; re-read while it is shown. */
export const useWhy = (id: string, shown: boolean) =>
  useQuery({
    queryKey: ["why", id],
    queryFn: ({ signal }) => request<Why>("GET", path(ROUTES.taskWhy, { id }), { signal }),
    enabled: shown,
    refetchInterval: QUIET_MS,
  });

export const useTaskLog = (id: string, shown: boolean) =>
  useQuery({
    queryKey: ["log", id],
    queryFn: ({ signal }) => request<Page<LogLine>>("GET", path(ROUTES.taskLog, { id }, { limit: 100 }), { signal }),
    enabled: shown,
    refetchInterval: QUIET_MS,
  });

export type TaskAction =
  | { readonly type: "redrive" | "hold" | "resume" | "cancel" | "remove" | "complete" }
  | { readonly type: "fail"; readonly reason: string }
  | { readonly type: "reschedule"; readonly runAt?: string; readonly priority?: number };

export interface TaskMatch {
  readonly status?: readonly Task["status"][];
  readonly kinds?: readonly string[];
  readonly parent?: null;
}

export interface ActionRequest {
  readonly action: TaskAction;
  readonly ids?: readonly string[];
  readonly filter?: TaskMatch;
}

interface ActionAnswer {
  readonly matched: number;
  readonly changed: number;
}

const act = (body: ActionRequest & { preview?: boolean }) =>
  request<ActionAnswer>("POST", ROUTES.taskActions, { body });

/** The API acts on a thousand at a time: asked again until nothing is left, or nothing moves any more. */
const actOnAll = async (wanted: ActionRequest): Promise<number> => {
  let changed = 0;
  for (;;) {
    const answer = await act(wanted);
    changed += answer.changed;
    if (answer.changed === 0 || answer.changed >= answer.matched) return changed;
  }
};

/** How many tasks an action would reach; null asks nothing. */
export const useActionPreview = (wanted: ActionRequest | null) =>
  useQuery({
    queryKey: ["preview", wanted],
    queryFn: async () => (wanted === null ? 0 : (await act({ ...wanted, preview: true })).matched),
    enabled: wanted !== null,
    gcTime: 0,
  });

export const useAct = () => {
  const afterWork = useAfterWork();
  return useMutation({ mutationFn: actOnAll, onSettled: afterWork });
};

export const useReleaseRunner = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<{ released: number }>("POST", path(ROUTES.releaseRunner, { id }), { body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: ["runners"] }),
  });
};

const LANE_ROUTES = { pause: ROUTES.pauseLane, resume: ROUTES.resumeLane, drain: ROUTES.drainLane } as const;
export type LaneSwitch = keyof typeof LANE_ROUTES;

export const useSwitchLane = () => {
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: ({ name, to }: { name: string; to: LaneSwitch }) =>
      request<unknown>("POST", path(LANE_ROUTES[to], { name })),
    onSettled: afterWork,
  });
};
