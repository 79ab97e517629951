/**
 * Ms since some moment, the same for all threads of this machine: leases and durations are measured by it, since the
 * wall clock may be set. It stands still while the machine sleeps; then the next heartbeat says what was lost.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The longest that `setTimeout` takes, in ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves when `work` ends, however it does, and after `ms` at the latest. */
export const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, ms);
  await Promise.race([work.catch(() => {}), limit.promise]);
  clearTimeout(timer);
};

/** All that becomes ready in this turn of the event loop is ready afterwards. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
