import type { LiveEvent } from "@chapterhouse/domain";
import { useDocumentVisibility } from "@mantine/hooks";
import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useRef, useState } from "react";
import { applyEvents, gather } from "./apply-events.ts";
import { followLive, type Stream } from "./live-stream.ts";
import { createRereader } from "./reread.ts";

/** Milliseconds that events are gathered before the page changes: ten changes a second are as good as a hundred. */
const GATHER_MS = 100;

/** What a stream that begins, or that lost something, cannot tell. */
const SHOWN: readonly QueryKey[] = ["status", "queues", "ongoing", "queue", "item", "tasks", "task"].map((head) => [
  head,
]);

const Following = createContext(false);

/** Whether the page is told what happens, so that it need only poll now and then. */
export const useFollowing = (): boolean => use(Following);

/**
 * Keeps what the page shows of the queue as it is, by one connection. A tab that nobody sees gives its connection back
 * (a browser has six for all tabs of a site) and goes on after the last event it saw when it is looked at again.
 */
export const FollowQueue = ({ children }: { children: ReactNode }) => {
  const client = useQueryClient();
  const seen = useDocumentVisibility() === "visible";
  const lastEvent = useRef<string | null>(null);
  const [following, setFollowing] = useState(false);
  useEffect(() => {
    if (!seen) return undefined;
    const open = (url: string) => new EventSource(url);
    const stop = keepCurrent({
      client,
      open,
      after: lastEvent.current,
      setFollowing,
      onPlace: (id) => (lastEvent.current = id),
    });
    return () => {
      stop();
      setFollowing(false);
    };
  }, [client, seen]);
  return <Following value={following}>{children}</Following>;
};

interface Keeping {
  readonly client: QueryClient;
  readonly open: (url: string) => Stream;
  readonly after: string | null;
  readonly setFollowing: (following: boolean) => void;
  readonly onPlace: (id: string) => void;
}

/** Applies what the stream tells to the client's queries, and has them read again where it cannot tell. */
export const keepCurrent = ({ client, open, after, setFollowing, onPlace }: Keeping): (() => void) => {
  const rereader = createRereader(client);
  const rereadShown = () => SHOWN.forEach(rereader.reread);
  let gathered = new Map<string, LiveEvent>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const apply = () => {
    timer = null;
    const events = gathered;
    gathered = new Map();
    applyEvents(client, events).forEach(rereader.reread);
  };
  const stopStream = followLive({
    open,
    after,
    onPlace,
    onEvent: (event) => {
      gather(gathered, event);
      timer ??= setTimeout(apply, GATHER_MS);
    },
    onReady: () => {
      setFollowing(true);
      rereadShown();
    },
    onReset: rereadShown,
    onAway: () => {
      setFollowing(false);
      rereader.reread(["status"]);
    },
  });
  return () => {
    stopStream();
    rereader.stop();
    if (timer !== null) clearTimeout(timer);
  };
};
