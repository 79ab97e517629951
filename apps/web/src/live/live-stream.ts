import { ROUTES, type LiveEvent } from "@chapterhouse/domain";
import { path } from "../api/request.ts";

/** Milliseconds before a stream that was refused is asked for again: the first time, and at most. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** All of them, named here so that the page need not load the schemas of the API (and zod) for a list of names. */
const EVENT_TYPES = Object.keys({
  "task.created": true,
  "task.updated": true,
  "item.updated": true,
  "task.completed": true,
  "task.failed": true,
  "task.canceled": true,
} satisfies Record<LiveEvent["type"], true>);

/** As much of a browser's EventSource as is used here. */
export type Stream = Pick<EventSource, "addEventListener" | "close" | "readyState">;

export interface LiveStreamOptions {
  readonly open: (url: string) => Stream;
  /** The last event that was seen before, to go on after it; null to begin now. */
  readonly after: string | null;
  readonly onEvent: (event: LiveEvent) => void;
  /** Where to go on from, should this end here. */
  readonly onPlace: (id: string) => void;
  /** All that happens from now on is told. What was read before may be old; counts also when nothing else was missed. */
  readonly onReady: () => void;
  /** Some of what happened is not told: what is shown must be read anew. */
  readonly onReset: () => void;
  readonly onAway: () => void;
}

/**
 * Follows the queue's events until the returned function is called. A connection that breaks is taken up again by the
 * browser itself, after the last event; one that the server refused (it restarts, it has too many) by us, less and less
 * often. Half-open connections are not noticed here: the slow polling beside it covers them.
 */
export const followLive = (options: LiveStreamOptions): (() => void) => {
  let after = options.after;
  let stream: Stream | null = null;
  let wait = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const connect = () => {
    const source = options.open(path(ROUTES.liveEvents, {}, { lastEventId: after }));
    stream = source;
    source.addEventListener("ready", (event) => {
      remember(event);
      wait = FIRST_WAIT_MS;
      options.onReady();
    });
    source.addEventListener("reset", (event) => {
      remember(event);
      options.onReset();
    });
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (event: MessageEvent<string>) => {
        remember(event);
        options.onEvent(JSON.parse(event.data) as LiveEvent);
      });
    }
    source.addEventListener("error", () => {
      options.onAway();
      if (source.readyState !== EVENT_SOURCE_CLOSED) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    });
  };
  const remember = ({ lastEventId }: MessageEvent) => {
    if (lastEventId === "") return;
    after = lastEventId;
    options.onPlace(lastEventId);
  };

  connect();
  return () => {
    clearTimeout(timer);
    stream?.close();
  };
};

/** `EventSource.CLOSED`, where there is no EventSource. */
const EVENT_SOURCE_CLOSED = 2;
