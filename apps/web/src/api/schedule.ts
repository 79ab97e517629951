import { ROUTES, type CronItem } from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { QUIET_MS } from "./polling.ts";
import { path, request } from "./request.ts";

export interface CronEntry {
  readonly item: CronItem;
  readonly upcoming: readonly string[];
}

export interface Kind {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly status: "active" | "disabled";
}

/** What a person says of a recurring task; the API knows defaults for the rest. */
export interface NewCronItem {
  readonly identifier: string;
  readonly kind: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly payload: Record<string, unknown>;
}

export const useCron = () =>
  useQuery({
    queryKey: ["cron"],
    queryFn: async ({ signal }) => (await request<{ items: CronEntry[] }>("GET", ROUTES.cron, { signal })).items,
    refetchInterval: 2 * QUIET_MS,
  });

export const useKinds = () =>
  useQuery({
    queryKey: ["kinds"],
    queryFn: async ({ signal }) => (await request<{ items: Kind[] }>("GET", ROUTES.definitions, { signal })).items,
    refetchInterval: 2 * QUIET_MS,
  });

const useChange = <Wanted>(key: string, change: (wanted: Wanted) => Promise<unknown>) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([key, "queues", "ongoing", "status"].map((each) => client.invalidateQueries({ queryKey: [each] }))),
  });
};

export const useSaveCron = () =>
  useChange("cron", (body: NewCronItem) => request<CronEntry>("POST", ROUTES.cron, { body }));

const CRON_ROUTES = { pause: ROUTES.pauseCron, resume: ROUTES.resumeCron, run: ROUTES.runCron } as const;
export type CronChange = keyof typeof CRON_ROUTES | "remove";

export const useChangeCron = () =>
  useChange("cron", ({ identifier, to }: { identifier: string; to: CronChange }) =>
    to === "remove"
      ? request<unknown>("DELETE", path(ROUTES.cronItem, { identifier }))
      : request<unknown>("POST", path(CRON_ROUTES[to], { identifier })),
  );

export const useSwitchKind = () =>
  useChange("kinds", ({ kind, status }: { kind: string; status: Kind["status"] }) =>
    request<unknown>("PATCH", path(ROUTES.definition, { kind }), { body: { status } }),
  );
