import { ROUTES, type Runner } from "@chapterhouse/domain";
import { useQuery } from "@tanstack/react-query";
import { LIVE_MS } from "./polling.ts";
import { request } from "./request.ts";

export const useRunners = () =>
  useQuery({
    queryKey: ["runners"],
    queryFn: async ({ signal }) => (await request<{ items: Runner[] }>("GET", ROUTES.runners, { signal })).items,
    refetchInterval: LIVE_MS * 2,
  });
