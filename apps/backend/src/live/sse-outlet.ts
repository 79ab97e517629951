import type { FastifyReply } from "fastify";
import type { Outlet } from "./client.ts";
import { writePosition } from "./position.ts";

const BEAT_MS = 15_000;
/** Those who lose their backend together come back over two seconds. */
const RETRY_MS = { least: 1000, spread: 2000 };

/** Answers with a stream of Server-Sent Events, past Fastify's sending and its compression. */
export const openSseOutlet = (reply: FastifyReply): Outlet => {
  const { raw } = reply.hijack();
  const headers = {
    ...reply.getHeaders(),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // nginx would keep it back until its buffer is full.
    "x-accel-buffering": "no",
    connection: "close",
  };
  // It ends with its connection, so it needs no chunks: framing each write would cost more than the write.
  raw.useChunkedEncodingByDefault = false;
  raw.writeHead(200, headers as Record<string, string>);
  raw.write(`retry: ${Math.round(RETRY_MS.least + RETRY_MS.spread * Math.random())}\n\n`);
  return {
    beatMs: BEAT_MS,
    write: ({ sse }) => raw.write(sse),
    // An id without data moves the place to go on from, and is no event.
    beat: (position) => void raw.write(position ? `:\nid: ${writePosition(position)}\n\n` : ":\n\n"),
    end: () => void raw.end(),
    destroy: () => void raw.destroy(),
  };
};
