import { ROUTES, type Status } from "@chapterhouse/domain";
import { useQuery } from "@tanstack/react-query";
import { isAway, pollInterval } from "./polling.ts";
import { revalidating } from "./request.ts";

const readStatus = revalidating<Status>(ROUTES.status);

const MOVING = ["pending", "running", "waiting", "cancelling"] as const;

/** Whether anything runs or waits for its turn, of all kinds or of those that begin with `prefix`. */
export const isMoving = (status: Status | undefined, prefix = ""): boolean =>
  Object.entries(status?.tasks.byKind ?? {}).some(
    ([kind, counts]) => kind.startsWith(prefix) && MOVING.some((state) => counts[state] > 0),
  );

/** The one document that the whole page polls: what runs now, how much waits, who works. */
export const useStatus = () =>
  useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => readStatus(signal),
    retry: false,
    refetchInterval: ({ state }) => pollInterval({ live: isMoving(state.data), away: isAway(state.error) }),
  });
