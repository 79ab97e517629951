import { SegmentedControl, TextInput } from "@mantine/core";
import type { Book, ChapterSummary } from "@chapterhouse/domain";
import { memo, useDeferredValue, useMemo, useState } from "react";
import { figure } from "../words/count.ts";
import { chosenChapters, inBlocks, type ChapterFilter } from "./chapter-choice.ts";
import { ChapterRow } from "./chapter-row.tsx";
import classes from "./chapter-list.module.css";

const ROWS_A_BLOCK = 50;
const ROW_HEIGHT = 52;

/**
 * All chapters on one page, so that the browser's own search and a screen reader find every one of 3,000. Blocks of 50
 * are laid out only when they come near the window (content-visibility), and render again only when a row changed.
 */
export const ChapterList = ({ book, chapters }: { book: Book; chapters: readonly ChapterSummary[] }) => {
  const [filter, setFilter] = useState<ChapterFilter>("all");
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search);
  const chosen = useMemo(() => chosenChapters(chapters, filter, wanted), [chapters, filter, wanted]);
  const blocks = useMemo(() => inBlocks(chosen, ROWS_A_BLOCK), [chosen]);
  const failed = chapters.filter((chapter) => chapter.state === "failed").length;
  const narrated = chapters.filter((chapter) => chapter.voices.length > 0).length;

  return (
    <section aria-labelledby="chapters">
      <div className={classes.head}>
        <h2 id="chapters" className={classes.title}>
          Chapters
        </h2>
        <TextInput
          type="search"
          aria-label="Find a chapter by number or title"
          placeholder="Number or title"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          className={classes.search}
        />
        <SegmentedControl
          aria-label="Which chapters"
          value={filter}
          onChange={(value) => setFilter(value)}
          data={[
            { value: "all", label: `All ${figure(chapters.length)}` },
            { value: "narrated", label: `Narrated ${figure(narrated)}` },
            { value: "failed", label: `Failed ${figure(failed)}` },
          ]}
        />
      </div>
      {chosen.length === 0 ? (
        <p className={classes.none}>{chapters.length === 0 ? "No chapters are known yet." : "No such chapter."}</p>
      ) : (
        <div className={classes.list}>
          {blocks.map((block) => (
            <Block key={block[0]?.id} slug={book.slug} rows={block} />
          ))}
        </div>
      )}
    </section>
  );
};

const Block = memo(
  ({ slug, rows }: { slug: string; rows: readonly ChapterSummary[] }) => (
    <ol
      aria-label={`Chapters ${rows[0]?.number ?? ""} to ${rows.at(-1)?.number ?? ""}`}
      className={classes.block}
      style={{ containIntrinsicHeight: `auto ${rows.length * ROW_HEIGHT}px` }}
    >
      {rows.map((chapter) => (
        <ChapterRow key={chapter.id} slug={slug} chapter={chapter} />
      ))}
    </ol>
  ),
  (before, after) =>
    before.slug === after.slug &&
    before.rows.length === after.rows.length &&
    before.rows.every((row, index) => row === after.rows[index]),
);
