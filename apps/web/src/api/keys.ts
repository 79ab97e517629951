import { ROUTES, type ApiKey } from "@chapterhouse/domain";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { path, request } from "./request.ts";

const KEYS = ["keys"] as const;

export const useApiKeys = () =>
  useQuery({
    queryKey: KEYS,
    queryFn: async ({ signal }) => (await request<{ items: ApiKey[] }>("GET", ROUTES.apiKeys, { signal })).items,
  });

export type NewApiKey = Pick<ApiKey, "name" | "scopes" | "kinds" | "expiresAt">;

/** The answer holds the secret, this once. */
export const useAddApiKey = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => request<ApiKey & { secret: string }>("POST", ROUTES.apiKeys, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS }),
    gcTime: 0,
  });
};

export const useRevokeApiKey = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request<unknown>("DELETE", path(ROUTES.apiKey, { name })),
    onSettled: () => client.invalidateQueries({ queryKey: KEYS }),
  });
};
