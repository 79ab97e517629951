import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Book } from "@chapterhouse/domain";
import { IconDots, IconHeadphones, IconTrash } from "@tabler/icons-react";
import { Link } from "react-router";
import { count } from "../words/count.ts";
import { chapterGap } from "../words/book-words.ts";
import { Cover } from "./cover.tsx";
import { RemoveBook } from "./remove-book.tsx";
import classes from "./book-card.module.css";

export const BookCard = ({ book, removable }: { book: Book; removable: boolean }) => {
  const [removing, { open, close }] = useDisclosure(false);
  const gap = chapterGap(book);
  return (
    <article className={classes.card}>
      <Cover book={book} />
      <div className={classes.words}>
        <h2 className={classes.title}>
          <Link to={`/books/${book.slug}`} className={classes.link}>
            {book.title}
          </Link>
        </h2>
        {book.author !== "" && <p className={classes.author}>{book.author}</p>}
        <p className={`${classes.facts} numbers`}>
          {count(book.chapters.stored, "chapter")}
          {gap !== null && <span className={classes.gap}> · {gap}</span>}
          {book.narrations > 0 && (
            <span title={count(book.narrations, "narration")} className={classes.voiced}>
              <IconHeadphones size={14} aria-hidden /> {book.narrations}
              <span className={classes.unseen}> narrated</span>
            </span>
          )}
        </p>
      </div>
      {removable && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon className={classes.more} variant="default" radius="xl" aria-label={`More about ${book.title}`}>
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={book.url} target="_blank" rel="noopener noreferrer">
              Open its site
            </Menu.Item>
            <Menu.Item c="var(--bad)" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
              Remove…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {removing && <RemoveBook book={book} onClose={close} />}
    </article>
  );
};
