import { comparePositions, type Position } from "./position.ts";
import type { Told } from "./told.ts";

/**
 * The last events, once for all clients, of which each is only a number here: entries are counted on for ever, so a
 * client's place stays good however many come and go before it.
 */
export class Ring {
  readonly #slots: (Told | undefined)[];
  #start = 0;
  #end = 0;
  #since: Position;

  constructor(capacity: number, since: Position) {
    this.#slots = Array.from({ length: capacity });
    this.#since = since;
  }

  /** The number of the oldest entry. */
  get start(): number {
    return this.#start;
  }

  /** The number that the next entry will have. */
  get end(): number {
    return this.#end;
  }

  /** Everything after it is here. */
  get since(): Position {
    return this.#since;
  }

  get room(): number {
    return this.#slots.length - (this.#end - this.#start);
  }

  /** The entry with this number, from `start` to below `end`. */
  at(number: number): Told {
    const told = this.#slots[this.#slot(number)];
    if (!told || number < this.#start || number >= this.#end) throw new RangeError(`no entry ${number} here`);
    return told;
  }

  /** Positions never go back. The oldest entry makes room. */
  push(told: Told): void {
    if (this.room === 0) {
      this.#since = this.at(this.#start).position;
      this.#start += 1;
    }
    this.#slots[this.#slot(this.#end)] = told;
    this.#end += 1;
  }

  /** Puts what came before in front: all that is after `since` and not here yet. False, and nothing, without the room. */
  putBefore(older: readonly Told[], since: Position): boolean {
    if (older.length > this.room) return false;
    this.#start -= older.length;
    for (const [index, told] of older.entries()) this.#slots[this.#slot(this.#start + index)] = told;
    this.#since = since;
    return true;
  }

  /** Forgets all; entries to come are after `since`. */
  clear(since: Position): void {
    this.#slots.fill(undefined);
    this.#start = this.#end;
    this.#since = since;
  }

  /** The number of the first entry after `position`. */
  firstAfter(position: Position): number {
    let [low, high] = [this.#start, this.#end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (comparePositions(this.at(middle).position, position) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #slot(number: number): number {
    const size = this.#slots.length;
    return ((number % size) + size) % size;
  }
}
