import type { TaskFilter } from "../ports.ts";
import type { TaskRow } from "../task-row.ts";

interface Placed {
  readonly row: TaskRow;
  /** 1-based order of addition. */
  readonly place: number;
}

const fits = (row: TaskRow, { status, kinds, parent, createdBy }: TaskFilter): boolean =>
  (status === undefined || status.includes(row.status)) &&
  (kinds === undefined || kinds.includes(row.kind)) &&
  (parent === undefined || row.parent === (parent ?? "")) &&
  (createdBy === undefined || (row.parent === "" && createdBy.includes(row.createdBy)));

const newestFirst =
  (order: TaskFilter["order"]) =>
  (a: Placed, b: Placed): number =>
    (order === "started" ? b.row.startedAt - a.row.startedAt : 0) || b.place - a.place;

/** One page of `rows` (in order of addition). The cursor names the last row's place, so that pages do not shift. */
export const listRows = (rows: readonly TaskRow[], filter: TaskFilter) => {
  const sorted = rows
    .map((row, index) => ({ row, place: index + 1 }))
    .filter(({ row }) => fits(row, filter))
    .toSorted(newestFirst(filter.order));
  const from = filter.cursor === undefined ? 0 : sorted.findIndex(({ place }) => `${place}` === filter.cursor) + 1;
  const page = sorted.slice(from, from + filter.limit);
  const more = sorted.length > from + filter.limit;
  return { rows: page.map(({ row }) => row), nextCursor: more ? `${page.at(-1)?.place}` : null };
};
