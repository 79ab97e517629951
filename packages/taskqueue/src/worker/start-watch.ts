import type { ClaimedLease } from "./heart.ts";

interface Expected {
  readonly lease: ClaimedLease;
  /** Its place among all that this runner ever claimed. */
  readonly place: number;
  readonly startBy: number;
}

/** The worker gives back what is too old by itself, if it can: this is for one that cannot. In ms. */
const GRACE_MS = 1000;

/** Which claimed tasks have not been started in time. They are started in the order they were claimed in. */
export class StartWatch {
  #expected: Expected[] = [];

  /** `first` is the place of the first of them. */
  expect(leases: readonly ClaimedLease[], first: number, startBy: number): void {
    this.#expected.push(...leases.map((lease, index) => ({ lease, place: first + index, startBy })));
  }

  /** Takes out those that are overdue, when all up to `started` have been started. */
  overdue(started: number, now: number): readonly ClaimedLease[] {
    const waiting = this.#expected.filter(({ place }) => place > started);
    const isOverdue = ({ startBy }: Expected) => now > startBy + GRACE_MS;
    this.#expected = waiting.filter((expected) => !isOverdue(expected));
    return waiting.filter(isOverdue).map(({ lease }) => lease);
  }
}
