import type { LiveEvent, LiveNotice, Task } from "@chapterhouse/domain";
import pino from "pino";
import { vi } from "vitest";
import type { Farewell, Outlet } from "../../../src/live/client.ts";
import { Live, type LiveOptions, type Seat } from "../../../src/live/live.ts";
import { type Position, writePosition } from "../../../src/live/position.ts";
import { ScriptedFeed } from "./scripted-feed.ts";

type Heard = LiveEvent | LiveNotice;

/** A client whose socket is this test's: it takes what it is given until it is told not to read. */
export class Listener implements Outlet {
  readonly beatMs = 15_000;
  readonly heard: Heard[] = [];
  readonly beats: (string | null)[] = [];
  /** Events in each write. */
  readonly writes: number[] = [];
  ended: Farewell | "destroyed" | null = null;
  isReading = true;
  seat: Seat | null = null;

  write(batch: { readonly events: readonly { readonly json: Buffer }[]; readonly sse: Buffer }): boolean {
    this.writes.push(batch.events.length);
    for (const { json } of batch.events) this.heard.push(JSON.parse(json.toString()) as Heard);
    return this.isReading;
  }

  beat(position: Position | null): void {
    this.beats.push(position && writePosition(position));
  }

  end(farewell: Farewell): void {
    this.ended = farewell;
  }

  destroy(): void {
    this.ended = "destroyed";
  }

  /** Takes what waits, and goes on reading. */
  drain(): void {
    this.isReading = true;
    this.seat?.drained();
  }

  get events(): LiveEvent[] {
    return this.heard.filter((each): each is LiveEvent => each.type !== "ready" && each.type !== "reset");
  }

  get ids(): string[] {
    return this.events.flatMap(({ id }) => id ?? []);
  }

  get notices(): string[] {
    return this.heard.flatMap((each) =>
      each.type === "ready" || each.type === "reset" ? `${each.type}${each.resumed ? " resumed" : ""} ${each.id}` : [],
    );
  }
}

/** Over a scripted log, with fake timers; `tasks` is what the store would answer. */
export const createLiveUnderTest = (options: Partial<LiveOptions> = {}) => {
  const feed = new ScriptedFeed();
  const tasks = new Map<string, Task>();
  const finds: (readonly string[])[] = [];
  const live = new Live({
    feed,
    queue: {
      async find(ids) {
        finds.push(ids);
        return ids.map((id) => tasks.get(id) ?? null);
      },
    },
    overalls: { of: async () => ({ fraction: 0.5, rate: null, eta: null }) },
    mostClients: 100,
    ticks: () => performance.now(),
    log: pino({ level: "silent" }),
    ...options,
  });
  const join = async (
    wish: { tasks?: readonly string[]; lastEventId?: string } = {},
    authorise: () => Promise<void> = async () => {},
  ): Promise<Listener> => {
    const listener = new Listener();
    const { tasks: wanted, lastEventId = null } = wish;
    listener.seat = live.join(listener, { tasks: wanted ? new Set(wanted) : null, lastEventId }, authorise);
    await vi.advanceTimersByTimeAsync(0);
    return listener;
  };
  /** All that happened is told. */
  const told = () => vi.advanceTimersByTimeAsync(1100);
  return { live, feed, tasks, finds, join, told };
};
