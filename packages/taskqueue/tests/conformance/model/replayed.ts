/** Histories to run: `runs` of them from one seed. */
export interface Histories {
  readonly seed: number;
  readonly runs: number;
  readonly path?: string;
  /** Looks as long as it takes, and leaves it to its replay to make a failure small. */
  readonly isLong: boolean;
}

/**
 * The seeds that every run of the tests takes, so that it is the same each time. `MODEL_RUNS` looks further from another
 * seed each time, or from `MODEL_SEED`; `MODEL_SEED` and `MODEL_PATH` (the first number of the path) of a failure's
 * report show it again.
 */
export const histories = (seeds: readonly number[], runs: number): readonly Histories[] => {
  const { MODEL_SEED, MODEL_PATH: path, MODEL_RUNS } = process.env;
  if (MODEL_SEED === undefined && MODEL_RUNS === undefined) return seeds.map((seed) => ({ seed, runs, isLong: false }));
  const isDrawn = MODEL_SEED === undefined || MODEL_SEED === "random";
  const seed = isDrawn ? crypto.getRandomValues(new Int32Array(1))[0]! : Number(MODEL_SEED);
  return [
    { seed, runs: Number(MODEL_RUNS ?? runs), isLong: MODEL_RUNS !== undefined, ...(path !== undefined && { path }) },
  ];
};
