import type { Socket } from "node:net";
import type { WebSocket } from "@fastify/websocket";
import type { Farewell, Outlet } from "./client.ts";

const PING_MS = 30_000;
/** For the other side to say goodbye as well. */
const FAREWELL_MS = 500;
const CLOSES: Readonly<Record<Farewell, readonly [number, string]>> = {
  closing: [1001, "the backend ends"],
  unauthorized: [4401, "the session or key is no longer good"],
};

/** `connection` is what the WebSocket runs over: it knows when more can be taken. */
export const openSocketOutlet = (socket: WebSocket, connection: Socket): Outlet => {
  let isAlive = true;
  socket.on("pong", () => {
    isAlive = true;
  });
  return {
    beatMs: PING_MS,
    write({ events }) {
      connection.cork();
      for (const { json } of events) socket.send(json, { binary: false });
      connection.uncork();
      return !connection.writableNeedDrain;
    },
    beat() {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    },
    end(farewell) {
      socket.close(...CLOSES[farewell]);
      setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
    },
    destroy: () => socket.terminate(),
  };
};
