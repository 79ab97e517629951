import type { TreeRow } from "./tree-rows.ts";

export type TreeMove = { readonly go: number } | { readonly do: "toggle" | "show" };

export interface TreePosition {
  /** Where the focus stands, and of how many rows. */
  readonly at: number;
  readonly rows: number;
  /** How many rows are in view at once. */
  readonly inView: number;
  readonly row: TreeRow;
  /** Whether the row has parts, and whether they are shown. */
  readonly parts: "open" | "closed" | "none";
}

/** What a key does in the tree, as ARIA's practice for tree grids has it. Null: the key is not the tree's. */
export const treeMove = (key: string, { at, rows, inView, row, parts }: TreePosition): TreeMove | null => {
  const go = (to: number): TreeMove => ({ go: Math.max(0, Math.min(rows - 1, to)) });
  switch (key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "PageDown":
      return go(at + Math.max(1, inView - 1));
    case "PageUp":
      return go(at - Math.max(1, inView - 1));
    case "Home":
      return go(0);
    case "End":
      return go(rows - 1);
    case "ArrowRight":
      if (parts === "closed") return { do: "toggle" };
      return parts === "open" ? go(at + 1) : null;
    case "ArrowLeft":
      if (parts === "open") return { do: "toggle" };
      return row.parentRow === null ? null : go(row.parentRow);
    case "Enter":
      return { do: "show" };
    default:
      return null;
  }
};
