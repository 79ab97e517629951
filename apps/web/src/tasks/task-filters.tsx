import type { TaskKind } from "@chapterhouse/domain";
import { NativeSelect } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { StatusFilter } from "../api/tasks.ts";
import { kindWords } from "../words/task-words.ts";

const STATES: readonly { value: StatusFilter; label: string }[] = [
  { value: "all", label: "Every state" },
  { value: "live", label: "At work or waiting" },
  { value: "paused", label: "Held" },
  { value: "failed", label: "Failed" },
  { value: "done", label: "Done" },
  { value: "cancelled", label: "Cancelled" },
];

/** Kinds that people ask for; the others are parts of these. */
const KINDS: readonly TaskKind[] = ["scrape.book", "scrape.book_range", "scrape.catalogue", "narrate.chapter"];

/** What the page's address asks to see, so that a view can be kept and sent on. `kind` "" is every kind. */
export const useTaskFilters = () => {
  const [search, setSearch] = useSearchParams();
  const status = STATES.find(({ value }) => value === search.get("status"))?.value ?? "all";
  const kind = KINDS.find((value) => value === search.get("kind")) ?? "";
  const choose = (name: "status" | "kind", value: string) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      after.delete("open");
      if (value === "" || value === "all") after.delete(name);
      else after.set(name, value);
      return after;
    });
  return { status, kind, open: search.get("open"), choose };
};

export const TaskFilters = ({ status, kind, choose }: ReturnType<typeof useTaskFilters>) => (
  <>
    <NativeSelect
      aria-label="Kind"
      value={kind}
      onChange={(event) => choose("kind", event.currentTarget.value)}
      data={[{ value: "", label: "Every kind" }, ...KINDS.map((value) => ({ value, label: kindWords(value) }))]}
    />
    <NativeSelect
      aria-label="State"
      value={status}
      onChange={(event) => choose("status", event.currentTarget.value)}
      data={[...STATES]}
    />
  </>
);
