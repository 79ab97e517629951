import { ROUTES, type Status } from "@chapterhouse/domain";
import { useQuery } from "@tanstack/react-query";
import { useFollowing } from "../live/follow-queue.tsx";
import { isAway, pollInterval } from "./polling.ts";
import { revalidating } from "./request.ts";

const readStatus = revalidating<Status>(ROUTES.status);

const MOVING = ["pending", "running", "waiting", "cancelling"] as const;

/** Whether anything runs or waits for its turn, of all kinds or of those that begin with `prefix`. */
export const isMoving = (status: Status | undefined, prefix = ""): boolean =>
  Object.entries(status?.tasks.byKind ?? {}).some(
    ([kind, counts]) => kind.startsWith(prefix) && MOVING.some((state) => counts[state] > 0),
  );

/**
 * What the whole page reads again and again: what runs now, how much waits, who works. Whether the server still answers
 * shows here, too, so that it is read more often than the rest while events come.
 */
export const useStatus = () => {
  const followed = useFollowing();
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => readStatus(signal),
    retry: false,
    refetchInterval: ({ state }) =>
      pollInterval({ live: isMoving(state.data) && !followed, away: isAway(state.error) }),
  });
};
