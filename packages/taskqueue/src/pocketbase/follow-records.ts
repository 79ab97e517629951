import type { Connection } from "@chapterhouse/pocketbase";

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;
const CONNECT = "PB_CONNECT";

export interface Listener {
  readonly onRecord: (record: Record<string, unknown>) => void;
  /** Events of the time before are lost. */
  readonly onConnect: () => void;
}

/**
 * Subscribes to a collection's records and stays subscribed: the SDK connects again by itself once it was connected, but
 * a first attempt while the server is away rejects and is not repeated, so that is done here. All subscriptions of a
 * connection share its one stream.
 */
export const followRecords = (
  sdk: Connection["sdk"],
  collection: string,
  { onRecord, onConnect }: Listener,
): (() => Promise<void>) => {
  const stopped = new AbortController();
  const topic = `${collection}/*`;
  const onEvent = ({ record }: { record: Record<string, unknown> }) => onRecord(record);
  const ends: (() => Promise<unknown>)[] = [];
  const end = async () => {
    await Promise.allSettled(ends.splice(0).map((unsubscribe) => unsubscribe()));
  };

  const connect = async (): Promise<void> => {
    for (let delay = FIRST_RETRY_MS; !stopped.signal.aborted; delay = Math.min(LAST_RETRY_MS, delay * 2)) {
      try {
        // Both in one connecting: a second one could begin after everything was closed.
        const both = [sdk.realtime.subscribe(topic, onEvent), sdk.realtime.subscribe(CONNECT, onConnect)];
        ends.push(...(await Promise.all(both)));
        onConnect();
        break;
      } catch {
        ends.length = 0;
        // The SDK keeps the listener of a subscription that failed, and each further attempt would add one more.
        for (const failed of [topic, CONNECT]) await sdk.realtime.unsubscribe(failed).catch(() => {});
        await pause(delay * (0.5 + Math.random() / 2), stopped.signal);
      }
    }
    if (stopped.signal.aborted) await end();
  };

  const connected = connect();
  return async () => {
    stopped.abort();
    await Promise.race([connected, end()]);
    await end();
  };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
