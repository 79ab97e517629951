// What happens to tasks, told to many at once: the store's log → Follower → Ring → Hub → each client's Outlet. What moves
// often goes through Updates. The protocol: docs/live.md.
import { ChapterhouseError } from "@chapterhouse/domain";
import type { Client, Outlet, Wish } from "./client.ts";
import { Following, type FollowingOptions } from "./following.ts";
import { Hub } from "./hub.ts";
import { afterCall, readPosition } from "./position.ts";
import { Ring } from "./ring.ts";
import { tellNotice } from "./told.ts";

/** About 15 MB. */
const MOST_KEPT = 20_000;
/** The log is followed on for so long after the last client has left: it may only be connecting anew. */
const LINGERS_MS = 30_000;
const INSPECT_MS = 1000;

export type LiveOptions = Omit<FollowingOptions, "ring" | "onNews" | "onGap"> & {
  readonly mostClients: number;
  /** How many events are kept; default 20,000. */
  readonly mostKept?: number;
};

/** A client's side of its place among the others. */
export interface Seat {
  /** Begins anew, with another filter or place. */
  begin(wish: Wish): void;
  drained(): void;
  leave(): void;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #ring: Ring;
  readonly #hub: Hub;
  /** Null while nobody listens. */
  #following: Following | null = null;
  #inspection: NodeJS.Timeout | undefined;
  #leftAt = 0;
  #isClosed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { ticks, log, mostKept = MOST_KEPT } = options;
    this.#ring = new Ring(mostKept, afterCall(0));
    this.#hub = new Hub({ ring: this.#ring, head: () => this.#following?.head ?? null, ticks, log });
  }

  /** Throws `TOO_MANY_CLIENTS`. */
  requireRoom(): void {
    const { mostClients } = this.#options;
    if (this.#hub.size < mostClients) return;
    throw new ChapterhouseError("TOO_MANY_CLIENTS", `${mostClients} clients listen already`);
  }

  /** `authorise` throws when the client may no longer listen. */
  join(outlet: Outlet, wish: Wish, authorise: Client["authorise"]): Seat {
    const client = this.#hub.add(outlet, authorise);
    if (this.#isClosed) this.close();
    else void this.#begin(client, wish);
    return {
      begin: (anew) => {
        if (!this.#isClosed) void this.#begin(client, anew);
      },
      drained: () => this.#hub.drained(client),
      leave: () => {
        this.#hub.remove(client);
        this.#leftAt = this.#options.ticks();
      },
    };
  }

  /** Ends all streams at once, and whatever comes after that. */
  close(): void {
    this.#isClosed = true;
    this.#hub.endAll("closing");
    this.#unfollow();
  }

  async #begin(client: Client, wish: Wish): Promise<void> {
    const turn = this.#hub.pause(client, wish.tasks);
    const following = this.#follow();
    await following.established;
    const asked = wish.lastEventId === null ? null : readPosition(wish.lastEventId);
    if (asked) await following.reach(asked);
    // From here on nothing waits, so nothing comes between what is looked at and where it begins.
    if (client.turn !== turn || following.head === null) return;
    if (asked && following.reaches(asked)) {
      this.#hub.begin(client, tellNotice("ready", asked, true), this.#ring.firstAfter(asked));
    } else {
      const type = wish.lastEventId === null ? "ready" : "reset";
      this.#hub.begin(client, tellNotice(type, following.head), this.#ring.end);
    }
  }

  #follow(): Following {
    this.#following ??= new Following({
      ...this.#options,
      ring: this.#ring,
      onNews: () => this.#hub.flushSoon(),
      onGap: (position) => this.#hub.reset(position),
    });
    this.#inspection ??= setInterval(() => this.#inspect(), INSPECT_MS).unref();
    return this.#following;
  }

  #unfollow(): void {
    this.#following?.stop();
    this.#following = null;
    clearInterval(this.#inspection);
    this.#inspection = undefined;
  }

  #inspect(): void {
    this.#hub.inspect();
    if (this.#hub.size === 0 && this.#options.ticks() - this.#leftAt >= LINGERS_MS) this.#unfollow();
  }
}
