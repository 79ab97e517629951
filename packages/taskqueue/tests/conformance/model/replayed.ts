/** `MODEL_SEED` and `MODEL_PATH` (the first number of the path) of a failure's report show it again; `MODEL_RUNS` runs it longer. */
export const replayed = (): { readonly seed?: number; readonly path?: string; readonly runs?: number } => {
  const { MODEL_SEED: seed, MODEL_PATH: path, MODEL_RUNS: runs } = process.env;
  return {
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
    ...(runs !== undefined && { runs: Number(runs) }),
  };
};
