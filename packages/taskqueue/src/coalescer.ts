import { ChapterhouseError } from "@chapterhouse/domain";

interface Submission<In, Out> {
  readonly items: readonly In[];
  readonly resolve: (out: Out[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets callers that ask one at a time share calls: while one call is under way, all that arrive wait for the next one.
 * A call alone waits for nobody. `send` answers in the order of its items; when it refuses a shared call, each
 * submission is sent by itself, so that one caller's mistake is not another's.
 */
export class Coalescer<In, Out> {
  readonly #send: (items: readonly In[]) => Promise<Out[]>;
  readonly #most: number;
  #waiting: Submission<In, Out>[] = [];
  #busy = false;

  constructor(most: number, send: (items: readonly In[]) => Promise<Out[]>) {
    this.#most = most;
    this.#send = send;
  }

  submit(items: readonly In[]): Promise<Out[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#sendTogether(this.#next());
    this.#busy = false;
  }

  /** As many submissions as fit into one call, at least one. */
  #next(): Submission<In, Out>[] {
    let size = 0;
    const fitting = this.#waiting.findIndex((submission) => {
      size += submission.items.length;
      return size > this.#most;
    });
    return this.#waiting.splice(0, fitting < 0 ? this.#waiting.length : Math.max(1, fitting));
  }

  async #sendTogether(batch: readonly Submission<In, Out>[]): Promise<void> {
    try {
      const out = await this.#send(batch.flatMap((submission) => submission.items));
      let from = 0;
      for (const { items, resolve } of batch) {
        resolve(out.slice(from, from + items.length));
        from += items.length;
      }
    } catch (error) {
      const isRefusal = !(error instanceof ChapterhouseError && error.code === "STORE_UNREACHABLE");
      if (isRefusal && batch.length > 1) for (const submission of batch) await this.#sendTogether([submission]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
