import type { Book } from "@chapterhouse/domain";
import { useState } from "react";
import { coverAddress } from "../api/books.ts";
import classes from "./cover.module.css";

/** Cloths of old bindings; a book keeps its own. */
const CLOTHS = ["#7a2e33", "#2f4a3f", "#2c3e57", "#6b4a1f", "#523252", "#3d4a52", "#5d3a28", "#33503a"];

const clothOf = (slug: string): string => {
  let sum = 0;
  for (const letter of slug) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return CLOTHS[sum % CLOTHS.length] ?? "#7a2e33";
};

/** The book's cover, or a bound one with its title. Its place has the same shape either way. Decorative: the title stands beside it. */
export const Cover = ({ book }: { book: Pick<Book, "slug" | "title" | "author" | "hasCover" | "updatedAt"> }) => {
  const [broken, setBroken] = useState(false);
  if (book.hasCover && !broken) {
    return (
      <img
        className={classes.cover}
        src={coverAddress(book)}
        alt=""
        width={200}
        height={300}
        loading="lazy"
        onError={() => setBroken(true)}
      />
    );
  }
  return (
    <div className={classes.cover} data-bound style={{ backgroundColor: clothOf(book.slug) }} aria-hidden>
      <div className={classes.plate}>
        <span className={classes.title}>{book.title}</span>
        <span className={classes.author}>{book.author}</span>
      </div>
    </div>
  );
};
