import type { ApiKey } from "@chapterhouse/domain";

type Scope = ApiKey["scopes"][number];

/** What a key may do, for those who choose it, from the least to the most. */
export const SCOPE_WORDS: Readonly<Record<Scope, { readonly name: string; readonly may: string }>> = {
  read: { name: "Read", may: "See books, tasks and what happens" },
  enqueue: { name: "Ask for work", may: "Add books and tasks, and have what failed tried again" },
  cancel: { name: "Cancel", may: "Stop tasks" },
  operate: { name: "Operate", may: "Everything that an admin may" },
};

export const scopesInWords = (scopes: readonly Scope[]): string =>
  scopes.map((scope) => SCOPE_WORDS[scope].name.toLowerCase()).join(", ");
