import { ROUTES, type Person } from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, request } from "./request.ts";

export const ME = ["me"] as const;

/** Who is signed in; null when nobody is. The session itself is a cookie that scripts cannot read. */
export const useMe = () =>
  useQuery({
    queryKey: ME,
    queryFn: async ({ signal }): Promise<Person | null> => {
      try {
        return (await request<{ person: Person | null }>("GET", ROUTES.me, { signal })).person;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useSignIn = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { email: string; password: string }) =>
      request<{ person: Person | null }>("POST", ROUTES.signIn, { body }),
    onSuccess: (answer) => client.setQueryData(ME, answer.person),
  });
};

/** Forgets everything that was read, too: the next person at this browser must not see it. */
export const useSignOut = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<unknown>("POST", ROUTES.signOut),
    onSuccess: () => {
      // In this order: the shell watches who is signed in, and a query that is removed tells nobody.
      client.setQueryData(ME, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
    },
  });
};

/** Only an admin removes what others added, and operates the queue. */
export const isAdmin = (person: Person | null | undefined): boolean => person?.role === "admin";

/** A reader reads and listens; members and admins may also ask for work. */
export const mayWork = (person: Person | null | undefined): boolean =>
  person?.role === "admin" || person?.role === "member";
