import type { Connection } from "@chapterhouse/pocketbase";
import type { Wake } from "../ports.ts";

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5000;

/**
 * Subscribes to the `signals` records and stays subscribed: the SDK connects again by itself once it was connected, but
 * a first attempt while the server is away rejects and is not repeated, so that is done here. Every new connection
 * gives both hints, since events of the gap are lost.
 */
export const followSignals = (sdk: Connection["sdk"], wake: Wake): (() => Promise<void>) => {
  const stopped = new AbortController();
  const onConnect = () => {
    wake("work");
    wake("cancel");
  };
  const onSignal = ({ record }: { record: Record<string, unknown> }) => {
    const tasks = Number(record["tasks"]);
    wake(record["name"] === "cancel" ? "cancel" : "work", tasks > 0 ? tasks : undefined);
  };
  const ends: (() => Promise<unknown>)[] = [];
  const end = async () => {
    await Promise.allSettled(ends.splice(0).map((unsubscribe) => unsubscribe()));
  };

  const connect = async (): Promise<void> => {
    for (let delay = FIRST_RETRY_MS; !stopped.signal.aborted; delay = Math.min(LAST_RETRY_MS, delay * 2)) {
      try {
        // Both in one connecting: a second one could begin after everything was closed.
        const both = [sdk.realtime.subscribe("signals/*", onSignal), sdk.realtime.subscribe("PB_CONNECT", onConnect)];
        ends.push(...(await Promise.all(both)));
        onConnect();
        break;
      } catch {
        ends.length = 0;
        // The SDK keeps the listener of a subscription that failed, and each further attempt would add one more.
        for (const topic of ["signals/*", "PB_CONNECT"]) await sdk.realtime.unsubscribe(topic).catch(() => {});
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
