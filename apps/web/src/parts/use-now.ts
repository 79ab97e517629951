import { useEffect, useState } from "react";

/** The time in ms since the epoch, renewed every `everyMs`, for sentences such as "3 minutes ago". */
export const useNow = (everyMs = 10_000): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
};
