import { Button, Center, Loader, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Book } from "@chapterhouse/domain";
import { IconExternalLink, IconMicrophone, IconPlayerPlay, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { notifications } from "@mantine/notifications";
import { bookVersion, useBook, useChapters } from "../api/books.ts";
import { ApiError } from "../api/request.ts";
import { mayWork, useMe } from "../api/session.ts";
import { useScrape } from "../api/tasks.ts";
import { Cover } from "../library/cover.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { BOOK_STATUS_WORDS, gapSentence } from "../words/book-words.ts";
import { count, figure } from "../words/count.ts";
import { wordsForError } from "../words/error-words.ts";
import { plainAddress } from "../words/task-words.ts";
import { BookActivity } from "./book-activity.tsx";
import { ChapterList } from "./chapter-list.tsx";
import { NarrateBook } from "./narrate-book.tsx";
import { useBookTasks } from "./use-book-tasks.ts";
import classes from "./book-page.module.css";

export const BookPage = () => {
  const { slug = "" } = useParams();
  const [moving, setMoving] = useState(false);
  const book = useBook(slug, moving);
  const tasks = useBookTasks(book.data ?? null);
  if (tasks.length > 0 !== moving) setMoving(tasks.length > 0);

  if (book.isPending) {
    return (
      <Center mih="50vh">
        <title>A book · Chapterhouse</title>
        <Loader aria-label="Loading the book" />
      </Center>
    );
  }
  if (book.data === undefined) {
    const missing = book.error instanceof ApiError && book.error.status === 404;
    return (
      <>
        <PageHead title={missing ? "There is no such book here" : "The book cannot be shown"} />
        <Problem error={book.error} retry={() => void book.refetch()} />
      </>
    );
  }
  return (
    <>
      <title>{`${book.data.title} · Chapterhouse`}</title>
      <BookHead book={book.data} busy={tasks.some((task) => task.kind.startsWith("scrape."))} />
      <BookActivity tasks={tasks} />
      <Chapters book={book.data} />
    </>
  );
};

const BookHead = ({ book, busy }: { book: Book; busy: boolean }) => {
  const works = mayWork(useMe().data);
  const [narrating, { open, close }] = useDisclosure(false);
  return (
    <header className={classes.head}>
      <div className={classes.cover}>
        <Cover book={book} />
      </div>
      <div>
        <Title order={1} className={classes.title}>
          {book.title}
        </Title>
        {book.author !== "" && <p className={classes.author}>{book.author}</p>}
        <Facts book={book} />
        <div className={classes.actions}>
          {book.chapters.stored > 0 && <StartReading book={book} />}
          {works && (
            <>
              <Button
                variant="default"
                leftSection={<IconMicrophone size={17} aria-hidden />}
                disabled={book.chapters.stored === 0}
                onClick={open}
              >
                Narrate
              </Button>
              <CheckAgain book={book} busy={busy} />
            </>
          )}
        </div>
        <Summary text={book.summary} />
      </div>
      {narrating && <NarrateBook book={book} onClose={close} />}
    </header>
  );
};

const StartReading = ({ book }: { book: Book }) => (
  <Button
    renderRoot={(props) => <Link {...props} to={`/books/${book.slug}/1`} />}
    leftSection={<IconPlayerPlay size={17} aria-hidden />}
  >
    Start reading
  </Button>
);

const CheckAgain = ({ book, busy }: { book: Book; busy: boolean }) => {
  const scrape = useScrape();
  const label = book.chapters.failed > 0 ? "Try missing chapters again" : "Check for new chapters";
  const check = () =>
    scrape.mutate(
      { what: "book", url: book.url },
      { onError: (error) => notifications.show({ title: "Not checked", message: wordsForError(error) }) },
    );
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={17} aria-hidden />}
      loading={scrape.isPending}
      disabled={busy}
      onClick={check}
    >
      {label}
    </Button>
  );
};

const Facts = ({ book }: { book: Book }) => {
  const gap = gapSentence(book);
  const status = BOOK_STATUS_WORDS[book.status];
  return (
    <>
      <ul className={classes.facts} aria-label="About the book">
        <li className="numbers">{count(book.chapters.stored, "chapter")}</li>
        {book.narrations > 0 && <li className="numbers">{figure(book.narrations)} narrated</li>}
        {status !== "" && <li>{status}</li>}
        {book.genres.map((genre) => (
          <li key={genre}>{genre}</li>
        ))}
        <li>
          <a href={book.url} target="_blank" rel="noopener noreferrer" className={classes.site}>
            {plainAddress(book.url).split("/")[0]}
            <IconExternalLink size={14} aria-label="(opens its site)" />
          </a>
        </li>
      </ul>
      {gap !== null && <p className={`${classes.gap} numbers`}>{gap}</p>}
    </>
  );
};

const LONG_SUMMARY = 420;

const Summary = ({ text }: { text: string }) => {
  const [whole, setWhole] = useState(false);
  if (text === "") return null;
  const long = text.length > LONG_SUMMARY;
  const shown = long && !whole ? `${text.slice(0, LONG_SUMMARY).replace(/\s+\S*$/, "")} …` : text;
  return (
    <div className={classes.summary}>
      {/* Paragraphs of one text never move, so their place is their identity. */}
      {shown.split("\n").map((paragraph, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <p key={index}>{paragraph}</p>
      ))}
      {long && (
        <Button variant="subtle" size="compact-sm" ml={-8} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Less" : "More"}
        </Button>
      )}
    </div>
  );
};

const Chapters = ({ book }: { book: Book }) => {
  const chapters = useChapters(book.slug, bookVersion(book));
  if (chapters.data !== undefined) return <ChapterList book={book} chapters={chapters.data.chapters} />;
  if (chapters.isError) return <Problem error={chapters.error} retry={() => void chapters.refetch()} />;
  return (
    <Text component="output" display="block" c="dimmed" mih="60vh">
      Reading the list of chapters …
    </Text>
  );
};
