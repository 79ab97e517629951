/**
 * What the promise brings, unless the signal is aborted before: then its reason is thrown at once. For what cannot be
 * stopped, or is not ours to stop; it goes on by itself, and its failure is nobody's any more.
 */
export const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
};
