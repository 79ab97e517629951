import type { WebSocket } from "@fastify/websocket";
import { z } from "zod";
import type { Wish } from "./client.ts";

const MOST_MESSAGES = 10;
const IN_MS = 10_000;
const POLICY_VIOLATION = 1008;

const subscribeMessage = z.strictObject({
  type: z.literal("subscribe"),
  tasks: z.array(z.string().max(64)).max(100).optional(),
  lastEventId: z.string().max(64).optional(),
});

/** Null when it is none. */
const readWish = (text: string): Wish | null => {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  const { data } = subscribeMessage.safeParse(message);
  return data ? { tasks: data.tasks ? new Set(data.tasks) : null, lastEventId: data.lastEventId || null } : null;
};

/** Calls `onWish` for each message that asks to begin anew; whoever says something else, or too much, is sent away. */
export const listenTo = (socket: WebSocket, onWish: (wish: Wish) => void): void => {
  let [count, since] = [0, performance.now()];
  socket.on("message", (data: Buffer) => {
    const now = performance.now();
    if (now - since >= IN_MS) [count, since] = [0, now];
    count += 1;
    if (count > MOST_MESSAGES) return socket.close(POLICY_VIOLATION, "too many messages");
    const wish = readWish(data.toString());
    if (wish === null) return socket.close(POLICY_VIOLATION, "not understood; see docs/live.md");
    onWish(wish);
  });
};
