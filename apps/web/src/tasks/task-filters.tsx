import type { TaskKind } from "@chapterhouse/domain";
import { Checkbox, NativeSelect } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { JobQuery } from "../api/queues.ts";
import { kindWords } from "../words/task-words.ts";

const STATES: readonly { value: NonNullable<JobQuery["status"]> | ""; label: string }[] = [
  { value: "", label: "Every state" },
  { value: "live", label: "At work or waiting" },
  { value: "paused", label: "Held" },
  { value: "failed", label: "Failed" },
  { value: "done", label: "Done" },
  { value: "cancelled", label: "Cancelled" },
];

/** Kinds that people ask for; the others are parts of these. */
const KINDS: readonly TaskKind[] = ["scrape.book", "scrape.book_range", "scrape.catalogue", "narrate.chapter"];

/** What the page's address asks to see, so that a view can be kept and sent on. "" stands for everything. */
export const useTaskFilters = () => {
  const [search, setSearch] = useSearchParams();
  const status = STATES.find(({ value }) => value === search.get("status"))?.value ?? "";
  const kind = KINDS.find((value) => value === search.get("kind")) ?? "";
  const mine = search.get("mine") === "yes";
  const choose = (name: "status" | "kind" | "mine", value: string) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (value === "") after.delete(name);
      else after.set(name, value);
      return after;
    });
  return { status, kind, mine, choose };
};

export const TaskFilters = ({ status, kind, mine, choose }: ReturnType<typeof useTaskFilters>) => (
  <>
    <Checkbox
      label="Mine"
      checked={mine}
      onChange={(event) => choose("mine", event.currentTarget.checked ? "yes" : "")}
      style={{ alignSelf: "center" }}
    />
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
