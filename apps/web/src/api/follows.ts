import { ROUTES, type EnqueueAnswer, type Follow } from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { QUIET_MS } from "./polling.ts";
import { path, request } from "./request.ts";
import { useAfterWork } from "./tasks.ts";

const FOLLOWS = ["follows"] as const;

/** Books and catalogues that are looked at again and again. */
export const useFollows = () =>
  useQuery({
    queryKey: FOLLOWS,
    queryFn: async ({ signal }) => (await request<{ items: Follow[] }>("GET", ROUTES.follows, { signal })).items,
    refetchInterval: 2 * QUIET_MS,
  });

export interface FollowRequest {
  readonly what: Follow["what"];
  readonly url: string;
  /** The voice that reads new chapters aloud. */
  readonly narrate?: string;
}

/** Follows it from now on; its first look is added at once, and is the task that is answered. */
export const useFollow = () => {
  const client = useQueryClient();
  const afterWork = useAfterWork();
  return useMutation({
    mutationFn: (body: FollowRequest) =>
      request<Pick<EnqueueAnswer, "task"> & { follow: Follow }>("POST", ROUTES.follows, { body }),
    onSuccess: () => Promise.all([afterWork(), client.invalidateQueries({ queryKey: FOLLOWS })]),
  });
};

export const useUnfollow = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<unknown>("DELETE", path(ROUTES.follow, { id })),
    onSettled: () => client.invalidateQueries({ queryKey: FOLLOWS }),
  });
};
