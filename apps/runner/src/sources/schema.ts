import { BOOK_STATUSES } from "@chapterhouse/domain";
import { z } from "zod";

/**
 * Where a value stands: selectors in order, the first that finds something wins. `selector` takes its text,
 * `selector@attr` an attribute, `@attr` alone one of the item itself.
 */
const selectors = z.array(z.string().min(1)).min(1);
const hidden = z.array(z.string().min(1));

/** A source file: how one family of pages is read. */
export const sourceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  name: z.string().min(1),
  /** Sites that are read by it whatever their pages look like; subdomains included. */
  hosts: z.array(z.string()).default([]),
  /** Selectors that give the markup away, a kind of page each; any hit is enough. Makes the source good for any host. */
  detect: z.strictObject({ book: hidden, list: hidden, chapter: hidden, catalogue: hidden }).partial().default({}),
  book: z.strictObject({
    title: selectors,
    author: selectors.optional(),
    cover: selectors.optional(),
    summary: selectors.optional(),
    genres: selectors.optional(),
    language: selectors.optional(),
    /** `map`: what the site calls it (lower case, contained in the text) → what we call it. */
    status: z.strictObject({ at: selectors, map: z.record(z.string(), z.enum(BOOK_STATUSES)) }).optional(),
    /** `pattern`'s first group is the number of chapters the site claims. */
    advertised: z.strictObject({ at: selectors, pattern: z.string().default("([\\d.,]+)") }).optional(),
  }),
  list: z.strictObject({
    /** The link to the list's first page; without it the list is on the book's page. */
    link: selectors.optional(),
    item: z.string(),
    url: selectors,
    title: selectors,
    next: selectors.optional(),
    order: z.enum(["oldest-first", "newest-first"]).default("oldest-first"),
  }),
  chapter: z.strictObject({
    body: selectors,
    /** Taken out of the body on top of what every page is cleaned of. */
    remove: z.array(z.string()).default([]),
  }),
  catalogue: z.strictObject({ item: selectors, next: selectors.optional() }).optional(),
});
export type Source = z.infer<typeof sourceSchema>;
export type PageKind = "book" | "list" | "chapter" | "catalogue";
