import { type Figure, median, report } from "../report.ts";

const OURS = "chapterhouse";

/** What ours is held to: its figure by the peer's, taken in each round, the median of the rounds. */
interface Goal {
  readonly figure: string;
  readonly peer: string;
  readonly least?: number;
  readonly most?: number;
}

const GOALS: readonly Goal[] = [
  { figure: "process_100_per_s", peer: "bullmq", least: 1.2 },
  { figure: "process_100_per_s", peer: "pgboss", least: 1 },
  { figure: "process_100_per_s", peer: "graphile", least: 4 },
  { figure: "process_100_per_s", peer: "graphile_tuned" },
  { figure: "bulk_add_per_s", peer: "bullmq", least: 1.5 },
  { figure: "add_ten_per_s", peer: "graphile", least: 3 },
  { figure: "add_ten_per_s", peer: "pgboss", least: 3 },
  { figure: "start_p50_ms", peer: "graphile", most: 1 },
  { figure: "start_p50_ms", peer: "bullmq", most: 2 },
];

const wanted = ({ least, most }: Goal, value: number): string => {
  const isMet = value >= (least ?? 0) && value <= (most ?? Number.POSITIVE_INFINITY);
  if (least !== undefined) return `at least ${least}${isMet ? "" : ": MISSED"}`;
  if (most !== undefined) return `at most ${most}${isMet ? "" : ": MISSED"}`;
  return "";
};

const rounded = (value: number) => value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });

/** One figure a round and system; prints medians, with the lowest and highest, and the ratios that are wanted. */
export class Tally {
  readonly #systems: readonly string[];
  /** By figure and system, one value a round. */
  readonly #figures = new Map<string, Map<string, number[]>>();

  constructor(systems: readonly string[]) {
    this.#systems = systems;
  }

  add(system: string, figures: Readonly<Record<string, number>>): void {
    for (const [figure, value] of Object.entries(figures)) {
      const ofFigure = this.#figures.get(figure) ?? new Map<string, number[]>();
      ofFigure.set(system, [...(ofFigure.get(system) ?? []), value]);
      this.#figures.set(figure, ofFigure);
    }
  }

  print(json: boolean): void {
    if (json) {
      report("queue-peers", [...this.#medians(), ...this.#ratios()], true);
      return;
    }
    this.#printTable();
    report("queue-peers: ours by theirs, in the median round", this.#ratios(), false);
  }

  #of(figure: string, system: string): readonly number[] {
    return this.#figures.get(figure)?.get(system) ?? [];
  }

  #medians(): Figure[] {
    return [...this.#figures.keys()].flatMap((figure) =>
      this.#systems.map((system) => ({
        name: `${system}_${figure}`,
        value: median(this.#of(figure, system)),
        unit: figure.endsWith("_ms") ? "ms" : "jobs/s",
      })),
    );
  }

  #ratios(): Figure[] {
    return GOALS.filter(({ peer }) => this.#systems.includes(peer)).map((goal) => {
      const theirs = this.#of(goal.figure, goal.peer);
      const value = median(this.#of(goal.figure, OURS).map((our, round) => our / (theirs[round] ?? Number.NaN)));
      return { name: `${goal.figure}_by_${goal.peer}`, value, unit: "×", note: wanted(goal, value) };
    });
  }

  #printTable(): void {
    const cell = (figure: string, system: string) => {
      const values = this.#of(figure, system);
      return `${rounded(median(values))} (${rounded(Math.min(...values))}–${rounded(Math.max(...values))})`;
    };
    const rows = [
      ["", ...this.#systems],
      ...[...this.#figures.keys()].map((figure) => [figure, ...this.#systems.map((system) => cell(figure, system))]),
    ];
    console.log("\nqueue-peers: median (lowest–highest) of the rounds");
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    for (const row of rows) {
      console.log(`  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
    }
  }
}
