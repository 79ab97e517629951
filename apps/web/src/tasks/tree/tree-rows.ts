/**
 * A tree of jobs inside jobs as rows in one long list. Nobody holds the rows: a job of 3,000 parts has 3,000 of them
 * before the first of its parts was read, and only those that are in view are ever asked for.
 */
export interface OpenJob {
  readonly id: string;
  /** How many parts it has. */
  readonly total: number;
  /** Those of its parts that are open themselves, by their index. */
  readonly open: ReadonlyMap<number, OpenJob>;
}

export interface TreeRow {
  readonly parent: string;
  /** Among its parent's parts, from 0. */
  readonly index: number;
  /** How many those are. */
  readonly siblings: number;
  /** 1 for the parts of the job at the root. */
  readonly level: number;
  /** The row of its parent, null at level 1. */
  readonly parentRow: number | null;
}

/** How many rows stand below an open job. */
export const countRows = (job: OpenJob): number => {
  let rows = job.total;
  for (const [index, inside] of job.open) if (index < job.total) rows += countRows(inside);
  return rows;
};

/** The row at `wanted`, from 0 to `countRows(job) - 1`. Costs as much as there are open jobs. */
export const rowAt = (job: OpenJob, wanted: number): TreeRow =>
  find(job, wanted, { level: 1, first: 0, parentRow: null });

const find = (
  job: OpenJob,
  wanted: number,
  at: { level: number; first: number; parentRow: number | null },
): TreeRow => {
  /** Rows of the open parts before this one. */
  let inserted = 0;
  const open = [...job.open].filter(([index]) => index < job.total).toSorted(([a], [b]) => a - b);
  for (const [index, inside] of open) {
    const own = index + inserted;
    if (wanted <= own) break;
    const rows = countRows(inside);
    if (wanted <= own + rows) {
      const first = at.first + own + 1;
      return find(inside, wanted - own - 1, { level: at.level + 1, first, parentRow: first - 1 });
    }
    inserted += rows;
  }
  return { parent: job.id, index: wanted - inserted, siblings: job.total, level: at.level, parentRow: at.parentRow };
};

/** The pages, `size` parts each, that these rows are on, each once. */
export const pagesOf = (
  rows: readonly TreeRow[],
  size: number,
): { parent: string; page: number; expected: number }[] => {
  const pages = new Map<string, { parent: string; page: number; expected: number }>();
  for (const { parent, index, siblings } of rows) {
    const page = Math.floor(index / size);
    const expected = Math.min(size, siblings - page * size);
    pages.set(`${parent}/${page}`, { parent, page, expected });
  }
  return [...pages.values()];
};
