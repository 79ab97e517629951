import { Center, Loader, Title } from "@mantine/core";
import type { Book, Chapter } from "@chapterhouse/domain";
import { useParams } from "react-router";
import { useBook, useChapter } from "../api/books.ts";
import { ApiError } from "../api/request.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { useStoredChoice } from "../parts/stored-choice.ts";
import { ChapterLinks, useChapterKeys } from "./chapter-links.tsx";
import { Listening } from "./listening.tsx";
import { ReaderHead } from "./reader-head.tsx";
import classes from "./reader-page.module.css";

export const ReaderPage = () => {
  const { slug = "", chapter = "" } = useParams();
  const number = Number(chapter);
  const book = useBook(slug, false);
  const loaded = useChapter(slug, number);

  if (loaded.data !== undefined) return <Reader book={book.data ?? null} chapter={loaded.data} />;
  if (loaded.isError) {
    const missing = loaded.error instanceof ApiError && loaded.error.status === 404;
    return (
      <div className={classes.column}>
        <PageHead title={missing ? "There is no such chapter" : "The chapter cannot be shown"} />
        <Problem error={loaded.error} retry={() => void loaded.refetch()} />
        <ChapterLinks slug={slug} previous={null} next={null} />
      </div>
    );
  }
  return (
    <Center mih="60vh">
      <title>A chapter · Chapterhouse</title>
      <Loader aria-label="Loading the chapter" />
    </Center>
  );
};

const Reader = ({ book, chapter }: { book: Book | null; chapter: Chapter }) => {
  const [size, setSize] = useStoredChoice<number>("reading-size", 1.1875);
  useChapterKeys(chapter);
  return (
    <article className={classes.column} style={{ "--reading-size": `${size}rem` } as React.CSSProperties}>
      <title>{`${chapter.title} · ${book?.title ?? "Chapterhouse"}`}</title>
      <ReaderHead slug={chapter.slug} book={book} size={size} onSize={setSize} />
      <header className={classes.head}>
        <p className={`${classes.place} numbers`}>
          {chapter.number}
          {book !== null && ` of ${book.chapters.listed}`}
        </p>
        <Title order={1} className={classes.title}>
          {chapter.title}
        </Title>
      </header>
      <Listening key={chapter.slug} book={book} chapter={chapter}>
        <ChapterLinks slug={chapter.slug} previous={chapter.previous} next={chapter.next} />
      </Listening>
    </article>
  );
};
