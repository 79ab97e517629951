import type { ChapterSummary } from "@chapterhouse/domain";
import { IconAlertTriangle, IconCheck, IconClock, IconHeadphones, IconUnlink, type Icon } from "@tabler/icons-react";
import { Link } from "react-router";
import { figure } from "../words/count.ts";
import { wordsForCode } from "../words/error-words.ts";
import classes from "./chapter-row.module.css";

const STATES: Readonly<Record<ChapterSummary["state"], { words: string; Icon: Icon }>> = {
  stored: { words: "Here", Icon: IconCheck },
  listed: { words: "Not fetched yet", Icon: IconClock },
  failed: { words: "Failed", Icon: IconAlertTriangle },
  gone: { words: "No longer listed", Icon: IconUnlink },
};

/** Plain elements on purpose: there may be thousands of these. */
export const ChapterRow = ({ slug, chapter }: { slug: string; chapter: ChapterSummary }) => {
  const { words, Icon } = STATES[chapter.state];
  const readable = chapter.textHash !== null;
  const address = `/books/${slug}/${chapter.number}`;
  const narrated = chapter.voices.length > 0;
  return (
    <li className={classes.row}>
      <span className={`${classes.number} numbers`}>{chapter.number}</span>
      <span className={classes.title}>
        {readable ? <Link to={address}>{chapter.title}</Link> : chapter.title}
        {chapter.error !== null && (
          <span className={classes.reason} title={chapter.error.code}>
            {wordsForCode(chapter.error.code, chapter.error.message)}
          </span>
        )}
      </span>
      <span className={`${classes.words} numbers`}>{chapter.words > 0 ? `${figure(chapter.words)} words` : ""}</span>
      <span className={classes.state} data-state={chapter.state}>
        <Icon size={16} aria-hidden />
        <span className={classes.stateWords}>{words}</span>
      </span>
      {readable ? (
        <Link to={`${address}?listen`} className={classes.listen} data-narrated={narrated || undefined}>
          <IconHeadphones size={16} aria-hidden />
          Listen<span className={classes.unseen}> to {chapter.title}</span>
        </Link>
      ) : (
        <span />
      )}
    </li>
  );
};
