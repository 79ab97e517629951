/** What the bench tells its listeners. */
export type Order =
  /** Begin to lose connections at random, and to count. */
  | "shake"
  /** No more of it; say what was heard and end. */
  | "end";

export interface ListenersReport {
  readonly clients: readonly ClientReport[];
  /** From the commit of a change of status to its arrival at a client, by whole ms; the last stands for all above. */
  readonly latencyMs: readonly number[];
  /** The same, of what was committed while the client was away. */
  readonly missedMs: readonly number[];
}

export interface ClientReport {
  /** Ends heard once, of how many tasks. */
  readonly ended: number;
  readonly doubled: number;
  /** Ids that were not greater than the one before. */
  readonly disordered: number;
  readonly resets: number;
  readonly reconnects: number;
}

export const LONGEST_MS = 60_000;
