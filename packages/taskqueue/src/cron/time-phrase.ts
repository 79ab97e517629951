import { Mistake } from "./mistake.ts";

const MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `4w3d2h1m` in ms: numbers with s, m, h, d or w, as Graphile Worker writes them. Throws a `Mistake`. */
export const readTimePhrase = (text: string): number => {
  if (!/^(?:\d{1,6}[smhdw])+$/.test(text)) throw new Mistake(`"${text}" is no length of time such as 4w3d2h1m`);
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * MS[unit as keyof typeof MS],
    0,
  );
};
