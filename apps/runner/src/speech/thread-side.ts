// The thread's half of threads.ts. It imports no other module of ours, so that a thread starts in milliseconds.
import { parentPort } from "node:worker_threads";
import type { Transferable } from "node:worker_threads";
import type { ErrorCode, ErrorDetails } from "@chapterhouse/domain";

export type ThreadReply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: { code: ErrorCode; message: string; details: ErrorDetails } };

/** A failure with its code, on its way out of a thread; the other side makes a `ChapterhouseError` of it. */
export class ThreadFailure extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Answers each request with `answer`'s value (moving `transfer`'s buffers) or its failure. */
export const serve = <Request, Reply>(
  answer: (request: Request) => Promise<Reply>,
  transfer: (reply: Reply) => Transferable[],
): void => {
  if (parentPort === null) throw new Error("This module runs as a thread only");
  const port = parentPort;
  const reply = async (request: Request): Promise<void> => {
    try {
      const value = await answer(request);
      port.postMessage({ ok: true, value } satisfies ThreadReply<Reply>, transfer(value));
    } catch (error) {
      const failure =
        error instanceof ThreadFailure
          ? { code: error.code, message: error.message, details: error.details }
          : { code: "ENGINE_FAILED" as const, message: String(error), details: {} };
      port.postMessage({ ok: false, error: failure } satisfies ThreadReply<Reply>);
    }
  };
  port.on("message", (request: Request) => void reply(request));
};
