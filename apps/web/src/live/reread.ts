import { hashKey, type QueryClient, type QueryKey } from "@tanstack/react-query";

/** Milliseconds between two readings of the same thing, however much happens to it. */
export const REREAD_MS = 2_000;

/**
 * Reads again what is shown, each key at most every `REREAD_MS`: at once when it has been longer, else once when that
 * time is over. What is not shown is marked as old, and read when it comes into view.
 */
export const createRereader = (client: QueryClient) => {
  const last = new Map<string, number>();
  const due = new Map<string, ReturnType<typeof setTimeout>>();
  const read = (key: QueryKey, hash: string) => {
    due.delete(hash);
    last.set(hash, performance.now());
    void client.invalidateQueries({ queryKey: key }, { cancelRefetch: true });
  };
  return {
    reread: (key: QueryKey): void => {
      const hash = hashKey(key);
      if (due.has(hash)) return;
      const wait = (last.get(hash) ?? Number.NEGATIVE_INFINITY) + REREAD_MS - performance.now();
      if (wait <= 0) read(key, hash);
      else
        due.set(
          hash,
          setTimeout(() => read(key, hash), wait),
        );
    },
    stop: (): void => {
      for (const timer of due.values()) clearTimeout(timer);
      due.clear();
    },
  };
};
