import { ROUTES, type Status } from "@chapterhouse/domain";
import { useQuery } from "@tanstack/react-query";
import { isAway, pollInterval } from "./polling.ts";
import { revalidating } from "./request.ts";

const readStatus = revalidating<Status>(ROUTES.status);

/** The one document that the whole page polls: what runs now, how much waits, who works. */
export const useStatus = () =>
  useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => readStatus(signal),
    retry: false,
    refetchInterval: ({ state }) =>
      pollInterval({ live: (state.data?.running.length ?? 0) > 0, away: isAway(state.error) }),
  });
