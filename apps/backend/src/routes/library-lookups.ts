import { type Book, type Chapter, ChapterhouseError } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";

/** Throws `BOOK_NOT_FOUND`. */
export const requireBook = async (library: Library, slug: string): Promise<Book> => {
  const book = await library.getBook(slug);
  if (book) return book;
  throw new ChapterhouseError("BOOK_NOT_FOUND", "No such book", { details: { slug } });
};

/** Throws `CHAPTER_NOT_FOUND`, or `BOOK_NOT_FOUND` when it is the book that is missing. */
export const requireChapter = async (library: Library, slug: string, number: number): Promise<Chapter> => {
  const chapter = await library.getChapter(slug, number);
  if (chapter) return chapter;
  await requireBook(library, slug);
  throw new ChapterhouseError("CHAPTER_NOT_FOUND", "The book has no such chapter", {
    details: { slug, chapter: number },
  });
};
