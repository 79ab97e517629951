import { workerData } from "node:worker_threads";
import type { HeartAnswer, HeartOrder, HeartThreadData } from "../../src/pocketbase/heart-thread.ts";
import type { Fence } from "../../src/index.ts";

// Stands in for heart-thread.ts: answers every hold with all that it holds, and dies of a beat.
const { port } = workerData as HeartThreadData;
let held: readonly Fence[] = [];

const answer = (): void => {
  const news = { beats: held, sentAt: 0, ms: 0, reported: [], lost: [], cancelling: [] };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window and has no origin
  port.postMessage({ type: "beaten", news } satisfies HeartAnswer);
};

port.on("message", (order: HeartOrder) => {
  if (order.type === "hold") {
    held = [...held, ...order.leases];
    answer();
  }
  if (order.type === "beat") throw new Error("this thread dies of a beat");
  if (order.type === "stop") port.close();
});
