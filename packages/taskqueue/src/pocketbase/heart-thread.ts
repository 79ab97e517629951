import { type MessagePort, workerData } from "node:worker_threads";
import { type ErrorCode, toChapterhouseError } from "@chapterhouse/domain";
import { connect, type Credentials } from "@chapterhouse/pocketbase";
import type { Fence, Report, RunnerCard } from "../ports.ts";
import { Beater } from "../worker/beater.ts";
import { monotonicMs } from "../worker/clock.ts";
import type { ClaimedLease, HeartNews } from "../worker/heart.ts";
import { StartWatch } from "../worker/start-watch.ts";
import { createPocketBaseQueue } from "./queue.ts";

// The other thread of threaded-heart.ts: beats over a connection of its own for the leases that it is told of. It ends
// when it is told to stop, and with its process.

export interface HeartThreadData {
  readonly port: MessagePort;
  readonly url: string;
  readonly credentials: Credentials;
  readonly card: RunnerCard;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** One number: the place of the last task that was started. Shared, so that it says so while the other is busy. */
  readonly started: BigInt64Array;
}

export type HeartOrder =
  | {
      readonly type: "hold";
      readonly leases: readonly ClaimedLease[];
      /** The place of the first among all that were ever held. */
      readonly first: number;
      readonly startBy: number;
    }
  | { readonly type: "drop"; readonly leases: readonly Fence[] }
  | { readonly type: "report"; readonly lease: Fence; readonly report: Report }
  | { readonly type: "beat" }
  | { readonly type: "stop" };

export type HeartAnswer =
  | { readonly type: "beaten"; readonly news: HeartNews }
  | {
      readonly type: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly leases: number;
    };

const GIVE_BACK_MS = 500;

const { port, url, credentials, card, leaseMs, heartbeatMs, started } = workerData as HeartThreadData;
const connection = connect({ url, credentials, connections: 4 });
const queue = createPocketBaseQueue(connection);
const tell = (answer: HeartAnswer): void => port.postMessage(answer);
const beater = new Beater((card, leaseMs, beats) => queue.heartbeat(card, leaseMs, beats), {
  card,
  leaseMs,
  heartbeatMs,
  random: Math.random,
  ticks: monotonicMs,
  onBeat: (news) => tell({ type: "beaten", news }),
  onFailure: (error, leases) => {
    const { code, message } = toChapterhouseError(error);
    tell({ type: "failed", code, message, leases });
  },
});

const starts = new StartWatch();
/** A thread that never comes back must not keep what others could do. What cannot be settled is reaped later. */
const giveBackOverdue = async (): Promise<void> => {
  const overdue = starts.overdue(Number(Atomics.load(started, 0)), monotonicMs()).filter((lease) => beater.has(lease));
  if (overdue.length === 0) return;
  beater.drop(overdue);
  const reason = "its runner did not come to it";
  await queue.settle(
    overdue.map(({ taskId, lease, runAt }) => ({ taskId, lease, outcome: { type: "later", runAt, reason } })),
  );
};
const giving = setInterval(() => void giveBackOverdue().catch(() => {}), GIVE_BACK_MS);

const stop = async (): Promise<void> => {
  clearInterval(giving);
  await beater.stop();
  await connection.close();
  port.close();
};

port.on("message", (order: HeartOrder) => {
  switch (order.type) {
    case "hold":
      beater.hold(order.leases);
      starts.expect(order.leases, order.first, order.startBy);
      break;
    case "drop":
      beater.drop(order.leases);
      break;
    case "report":
      beater.report(order.lease, order.report);
      break;
    case "beat":
      beater.beat();
      break;
    case "stop":
      void stop();
  }
});
