/** One measured figure. `name` is stable and documented in docs/benchmarks.md; scripts read it from `--json`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, in words. */
  readonly note?: string;
}

const digits = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);

/** Prints a table, or with `--json` one line `{"bench", "at", "figures": {name: value}}`. */
export const report = (bench: string, figures: readonly Figure[], json = process.argv.includes("--json")): void => {
  if (json) {
    const values = Object.fromEntries(figures.map((figure) => [figure.name, figure.value]));
    console.log(JSON.stringify({ bench, at: new Date().toISOString(), figures: values }));
    return;
  }
  const rows = figures.map((figure) => [
    figure.name,
    figure.value.toLocaleString("en", { maximumFractionDigits: digits(figure.value) }),
    figure.unit,
    figure.note ?? "",
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${bench}`);
  for (const [name = "", value = "", unit = "", note = ""] of rows) {
    console.log(
      `  ${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)} ${unit.padEnd(widths[2] ?? 0)}  ${note}`.trimEnd(),
    );
  }
};

/** The p-th percentile (0 to 1) of measurements, nearest rank. NaN when there are none. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);
