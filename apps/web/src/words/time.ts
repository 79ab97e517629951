/** Minutes and seconds as players write them: `3:07`, `1:02:45`. Milliseconds in; anything unknown is `0:00`. */
export const clock = (ms: number): string => {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const tail = String(s).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
};

const STEPS = [
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: 60_000 },
] as const;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `2 hours ago`, `in 5 minutes`, `just now`. Both in milliseconds since the epoch. */
export const ago = (then: number, now: number): string => {
  const difference = then - now;
  const step = STEPS.find(({ ms }) => Math.abs(difference) >= ms);
  if (step !== undefined) return relative.format(Math.trunc(difference / step.ms), step.unit);
  if (difference > 5_000) return `in ${Math.round(difference / 1000)} seconds`;
  return difference > -20_000 ? "just now" : `${Math.round(-difference / 1000)} seconds ago`;
};

/** How long something took: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export const span = (ms: number): string => {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
};
