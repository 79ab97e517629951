import { QueryCache, QueryClient } from "@tanstack/react-query";
import { shouldRetry } from "./polling.ts";
import { ApiError } from "./request.ts";
import { ME } from "./session.ts";

/** The page's one cache. A 401 anywhere means that the session is over: the shell then shows the sign-in page. */
export const createQueryClient = (): QueryClient => {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) client.setQueryData(ME, null);
      },
    }),
    defaultOptions: {
      // "always": the server may well be this very machine while the system believes itself offline.
      queries: { retry: shouldRetry, networkMode: "always", staleTime: 1_000 },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return client;
};
