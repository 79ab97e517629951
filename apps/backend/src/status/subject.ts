import { type Task, PAYLOADS, type Payload, type TaskKind } from "@chapterhouse/domain";
import { isOwnKind } from "../asked-tasks.ts";

type Tell = { readonly [K in TaskKind]: (payload: Payload<K>) => string };

const address = (url: string) => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

const TELL: Tell = {
  "scrape.catalogue": ({ url }) => address(url),
  "scrape.book": ({ url }) => address(url),
  "scrape.book_range": ({ url, fromChapter, toChapter }) => `${address(url)}, chapters ${fromChapter}–${toChapter}`,
  "scrape.chapter": ({ url }) => address(url),
  "narrate.chapter": ({ slug, chapter, voice }) => `${slug}, chapter ${chapter}, ${voice}`,
};

/** A list of tasks, as routes/ask-routes.ts adds it. */
const ofList = (kind: string, { items }: Task["payload"]): string => {
  const one = kind.replace(/^batch\./, "");
  return typeof items === "number" ? `${items} × ${one}` : one;
};

/** What a task is about, in a line for people; its kind when we do not know the kind. */
export const subjectOf = ({ kind, payload }: Pick<Task, "kind" | "payload">): string => {
  if (kind.startsWith("batch.")) return ofList(kind, payload);
  if (!isOwnKind(kind)) return kind;
  const read = PAYLOADS[kind].safeParse(payload);
  return read.success ? (TELL[kind] as (payload: unknown) => string)(read.data) : kind;
};
