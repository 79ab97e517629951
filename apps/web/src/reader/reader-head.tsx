import { ActionIcon } from "@mantine/core";
import type { Book } from "@chapterhouse/domain";
import { IconArrowLeft, IconTextDecrease, IconTextIncrease } from "@tabler/icons-react";
import { Link } from "react-router";
import { titleOfSlug } from "../words/task-words.ts";
import classes from "./reader-head.module.css";

const SIZES = [0.9375, 1.0625, 1.1875, 1.3125, 1.5, 1.75];

/** The way back to the book, and the size of the type (rem). */
export const ReaderHead = ({
  slug,
  book,
  size,
  onSize,
}: {
  slug: string;
  book: Book | null;
  size: number;
  onSize: (size: number) => void;
}) => {
  const smaller = SIZES.findLast((step) => step < size);
  const larger = SIZES.find((step) => step > size);
  return (
    <div className={classes.head}>
      <Link to={`/books/${slug}`} className={classes.back}>
        <IconArrowLeft size={17} aria-hidden />
        {book?.title ?? titleOfSlug(slug)}
      </Link>
      <fieldset aria-label="Size of the type" className={classes.sizes}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Smaller type"
          disabled={smaller === undefined}
          onClick={() => onSize(smaller ?? size)}
        >
          <IconTextDecrease size={19} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Larger type"
          disabled={larger === undefined}
          onClick={() => onSize(larger ?? size)}
        >
          <IconTextIncrease size={19} />
        </ActionIcon>
      </fieldset>
    </div>
  );
};
