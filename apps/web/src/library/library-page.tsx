import { Button, Center, Loader, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import type { Book } from "@chapterhouse/domain";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useBooks } from "../api/books.ts";
import { isAdmin, mayWork, useMe } from "../api/session.ts";
import { isMoving, useStatus } from "../api/status.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { AddBook } from "./add-book.tsx";
import { Arrivals } from "./arrivals.tsx";
import { BookCard } from "./book-card.tsx";
import { EmptyLibrary } from "./empty-library.tsx";
import classes from "./library-page.module.css";

export const LibraryPage = () => {
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search.trim(), 250);
  const [adding, { open, close }] = useDisclosure(false);
  const status = useStatus();
  const books = useBooks(wanted, isMoving(status.data, "scrape."));
  const { data: me } = useMe();
  const works = mayWork(me);
  const shown = books.data?.pages.flatMap((page) => page.items) ?? [];
  const empty = books.isSuccess && shown.length === 0 && !books.isPlaceholderData;

  return (
    <>
      <PageHead title="Library">
        <TextInput
          type="search"
          aria-label="Search by title or author"
          placeholder="Title or author"
          leftSection={<IconSearch size={17} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          className={classes.search}
        />
        {works && (
          <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={open}>
            Add book
          </Button>
        )}
      </PageHead>
      <Arrivals />
      {books.isPending && (
        <Center mih="30vh">
          <Loader aria-label="Loading the library" />
        </Center>
      )}
      {books.isError && shown.length === 0 && <Problem error={books.error} retry={() => void books.refetch()} />}
      {empty && wanted === "" && <EmptyLibrary onAdd={works ? open : null} />}
      {empty && wanted !== "" && (
        <Text c="dimmed" py="xl">
          Nothing in the library is called “{wanted}”.
        </Text>
      )}
      <Shelf books={shown} removable={isAdmin(me)} />
      {books.hasNextPage && (
        <Center mt="xl">
          <Button variant="default" loading={books.isFetchingNextPage} onClick={() => void books.fetchNextPage()}>
            More books
          </Button>
        </Center>
      )}
      <AddBook opened={adding} onClose={close} />
    </>
  );
};

const Shelf = ({ books, removable }: { books: readonly Book[]; removable: boolean }) => (
  <ul className={classes.shelf} aria-label="Books">
    {books.map((book) => (
      <li key={book.id}>
        <BookCard book={book} removable={removable} />
      </li>
    ))}
  </ul>
);
