import { ChapterhouseError } from "@chapterhouse/domain";
import type { FastifyBaseLogger } from "fastify";
import { Batch, type Client, type Farewell, type Outlet } from "./client.ts";
import type { Position } from "./position.ts";
import type { Ring } from "./ring.ts";
import { tellNotice, type Told } from "./told.ts";

/** All that became known meanwhile is written in one go; the longer that took the last time, the more goes into one. */
const PACE_MS = 50;
const SLOWEST_PACE_MS = 500;
const REST_FOR_WORK = 3;
/** So much at a time waits in an outlet at most. */
const MOST_BYTES = 32 * 1024;
const DRAINS_WITHIN_MS = 10_000;
const AUTHORISED_FOR_MS = 60_000;

export interface HubOptions {
  readonly ring: Ring;
  /** How far the log was read; null before it was. */
  readonly head: () => Position | null;
  /** ms since some moment; never goes back. */
  readonly ticks: () => number;
  readonly log: FastifyBaseLogger;
}

/** The events from one place to another that a client wants. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly batch: Batch;
}

const NONE: Stretch = { from: Number.NaN, to: 0, batch: new Batch([]) };

/** Writes the ring to its clients, each as fast as it reads. */
export class Hub {
  readonly #options: HubOptions;
  readonly #clients = new Set<Client>();
  #timer: NodeJS.Timeout | undefined;
  #nextFlushAt = Number.NEGATIVE_INFINITY;
  /** While all are written to: what was written last, since most stand at the same place and want the same. */
  #last: Stretch | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** `authorise` throws when the client may no longer listen. It is told nothing before it begins. */
  add(outlet: Outlet, authorise: Client["authorise"]): Client {
    const now = this.#options.ticks();
    const client: Client = {
      outlet,
      authorise,
      tasks: null,
      next: null,
      notice: null,
      blockedAt: null,
      beatAt: now,
      authorisedAt: now,
      turn: 0,
    };
    this.#clients.add(client);
    return client;
  }

  remove(client: Client): void {
    this.#clients.delete(client);
    client.turn += 1;
  }

  /** Tells it nothing more until it begins anew. Answers which beginning that will be: only the last one counts. */
  pause(client: Client, tasks: Client["tasks"]): number {
    client.next = null;
    client.tasks = tasks;
    client.turn += 1;
    return client.turn;
  }

  /** Its outlet takes more. */
  drained(client: Client): void {
    client.blockedAt = null;
    if (this.#clients.has(client)) this.#write(client);
  }

  /** Everything from the ring's `next` on, after `notice`. */
  begin(client: Client, notice: Told, next: number): void {
    client.notice = notice;
    client.next = next;
    this.#write(client);
  }

  /** There is something new in the ring. */
  flushSoon(): void {
    const delay = Math.max(0, this.#nextFlushAt - this.#options.ticks());
    this.#timer ??= setTimeout(() => this.#flush(), delay).unref();
  }

  /** Whoever has begun reads anew, and goes on from `position`. */
  reset(position: Position): void {
    const notice = tellNotice("reset", position);
    for (const client of this.#clients) if (client.next !== null) this.begin(client, notice, this.#options.ring.end);
  }

  /** Once a second: who is behind, silent or no longer allowed. */
  inspect(): void {
    const { ticks, ring, head } = this.#options;
    for (const client of this.#clients) {
      if (client.blockedAt !== null) {
        if (ticks() - client.blockedAt >= DRAINS_WITHIN_MS || this.#isLost(client)) this.#drop(client);
      } else if (ticks() - client.beatAt >= client.outlet.beatMs) {
        client.beatAt = ticks();
        client.outlet.beat(client.next === ring.end ? head() : null);
      }
      if (ticks() - client.authorisedAt >= AUTHORISED_FOR_MS) void this.#authorise(client);
    }
  }

  endAll(farewell: Farewell): void {
    clearTimeout(this.#timer);
    for (const client of this.#clients) this.#end(client, farewell);
  }

  async #authorise(client: Client): Promise<void> {
    client.authorisedAt = this.#options.ticks();
    try {
      await client.authorise();
    } catch (error) {
      const code = error instanceof ChapterhouseError ? error.code : "";
      // A store that is away says nothing about anyone's rights.
      if (code === "UNAUTHORIZED" || code === "FORBIDDEN") this.#end(client, "unauthorized");
    }
  }

  #end(client: Client, farewell: Farewell): void {
    if (!this.#clients.has(client)) return;
    this.remove(client);
    if (client.blockedAt === null) client.outlet.end(farewell);
    else client.outlet.destroy();
  }

  #drop(client: Client): void {
    this.remove(client);
    client.outlet.destroy();
    this.#options.log.info({ clients: this.#clients.size }, "a live client did not read and was cut off");
  }

  /** What it would have to be told next is no longer there. */
  #isLost({ next }: Client): boolean {
    return next !== null && next < this.#options.ring.start;
  }

  #flush(): void {
    this.#timer = undefined;
    const began = this.#options.ticks();
    this.#last = NONE;
    for (const client of this.#clients) this.#write(client);
    this.#last = null;
    const rest = REST_FOR_WORK * (this.#options.ticks() - began);
    this.#nextFlushAt = began + Math.min(SLOWEST_PACE_MS, Math.max(PACE_MS, rest));
  }

  /** All that its outlet takes. */
  #write(client: Client): void {
    if (client.next === null || client.blockedAt !== null) return;
    if (client.notice) this.#send(client, new Batch([client.notice]));
    client.notice = null;
    while (client.next < this.#options.ring.end && client.blockedAt === null) {
      if (this.#isLost(client)) return this.#drop(client);
      const { batch, to } = this.#stretch(client.next, client.tasks);
      client.next = to;
      if (batch.events.length > 0) this.#send(client, batch);
    }
  }

  #send(client: Client, batch: Batch): void {
    if (!client.outlet.write(batch)) client.blockedAt = this.#options.ticks();
  }

  #stretch(from: number, tasks: ReadonlySet<string> | null): Stretch {
    if (tasks === null && this.#last?.from === from) return this.#last;
    const { ring } = this.#options;
    const events: Told[] = [];
    let [to, bytes] = [from, 0];
    while (to < ring.end && bytes < MOST_BYTES) {
      const told = ring.at(to);
      to += 1;
      if (tasks !== null && !tasks.has(told.task) && !(told.item !== null && tasks.has(told.item))) continue;
      events.push(told);
      bytes += told.sse.length;
    }
    const stretch = { from, to, batch: new Batch(events) };
    if (tasks === null && this.#last) this.#last = stretch;
    return stretch;
  }
}
