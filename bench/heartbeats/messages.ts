/** What the bench tells its processes. */
export type Order =
  /** What was measured before does not count. */
  | "measure"
  /** Say what was measured and end. */
  | "end";

export interface HolderReport {
  /** ms of each heartbeat call, as the runner saw it. */
  readonly beatMs: readonly number[];
  readonly failedBeats: number;
  /** Leases that were lost, or given up because they could not be renewed. */
  readonly lost: number;
}

export interface LoadReport {
  readonly addedPerS: number;
  readonly processedPerS: number;
}

export const onOrder = (orders: Readonly<Record<Order, () => void>>): void => {
  process.on("message", (order: Order) => orders[order]());
};
