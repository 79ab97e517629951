import type { Position } from "./position.ts";
import type { Told } from "./told.ts";

/** Why a client is let go of. */
export type Farewell = "closing" | "unauthorized";

/** One connection, as the hub writes to it. */
export interface Outlet {
  /** How often `beat` is called, in ms. */
  readonly beatMs: number;
  /** Called in order, and never again after it answered false until it has drained. */
  write(batch: Batch): boolean;
  /** Shows both sides that the connection stands. `position`: everything up to it was written; null: not begun. */
  beat(position: Position | null): void;
  /** Says goodbye. */
  end(farewell: Farewell): void;
  /** At once, with all that waits in it. */
  destroy(): void;
}

/** Events that are written in one go, joined once for all who get the same. */
export class Batch {
  readonly events: readonly Told[];
  #text: Buffer | undefined;

  constructor(events: readonly Told[]) {
    this.events = events;
  }

  get sse(): Buffer {
    this.#text ??= Buffer.concat(this.events.map(({ sse }) => sse));
    return this.#text;
  }
}

/** What a client asked for. */
export interface Wish {
  /** Null: of all tasks. */
  readonly tasks: ReadonlySet<string> | null;
  /** Null: from now on. */
  readonly lastEventId: string | null;
}

/** One client: its outlet, its filter, and its place in the ring. Nothing of what it has not read is kept for it. */
export interface Client {
  readonly outlet: Outlet;
  /** Throws `UNAUTHORIZED` or `FORBIDDEN` when it may no longer listen. */
  readonly authorise: () => Promise<void>;
  tasks: ReadonlySet<string> | null;
  /** The ring's number of what it is told next; null until it begins. */
  next: number | null;
  /** What it is told before that. */
  notice: Told | null;
  /** Since when its outlet takes nothing; null when it does. */
  blockedAt: number | null;
  beatAt: number;
  authorisedAt: number;
  /** Grows with each of its wishes, and when it leaves: what an earlier one still waits for is passed over. */
  turn: number;
}
