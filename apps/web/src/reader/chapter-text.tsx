import type { Sentence } from "@chapterhouse/domain";
import { memo, useEffect, useMemo, useRef, useState, type MouseEvent, type Ref } from "react";
import { cleanChapterHtml } from "./chapter-html.ts";
import { keepInView, showSpoken, type Covered } from "./show-spoken.ts";
import { findSpokenText, type SpokenText } from "./spoken-text.ts";
import classes from "./chapter-text.module.css";

/** The chapter's words; marks sentence `spoken`, and calls `onSentence` with the index of one that was clicked. */
export const ChapterText = ({
  html,
  language,
  sentences,
  spoken,
  following,
  covered,
  onSentence,
}: {
  html: string;
  language: string;
  sentences: readonly Sentence[];
  spoken: number;
  following: boolean;
  covered: Covered;
  onSentence: (index: number) => void;
}) => {
  const layer = useRef<HTMLDivElement>(null);
  const [words, setWords] = useState<HTMLDivElement | null>(null);
  const clean = useMemo(() => cleanChapterHtml(html), [html]);
  const found = useMemo<SpokenText | null>(() => {
    if (words === null || sentences.length === 0) return null;
    const texts = sentences.map((sentence) => sentence.text);
    return findSpokenText(words, texts);
  }, [words, sentences]);

  const { top, bottom } = covered;
  useEffect(() => {
    const marks = layer.current;
    if (marks === null) return undefined;
    const range = found?.range(spoken) ?? null;
    showSpoken(range, marks);
    if (range !== null && following) keepInView(range, { top, bottom });
    return () => showSpoken(null, marks);
  }, [found, spoken, following, top, bottom]);

  const click = (event: MouseEvent) => {
    const onLink = event.target instanceof Element && event.target.closest("a") !== null;
    if (onLink || getSelection()?.isCollapsed === false) return;
    const index = found?.at(event.clientX, event.clientY) ?? -1;
    if (index !== -1) onSentence(index);
  };
  return (
    <div className={classes.page}>
      <div ref={layer} className={classes.marks} aria-hidden />
      {/* A shortcut for the pointer; the keyboard has the player's position bar. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
      <div
        className={classes.text}
        lang={language || undefined}
        data-spoken={found !== null || undefined}
        onClick={click}
      >
        {/* Other words are another element, so that what was found in the old ones goes with them. */}
        <Words key={clean} ref={setWords} html={clean} />
      </div>
    </div>
  );
};

/** Apart and memoised: React must leave these text nodes alone, as the found ranges point into them. */
const Words = memo(({ ref, html }: { ref: Ref<HTMLDivElement>; html: string }) => (
  // Cleaned above, by cleanChapterHtml.
  // oxlint-disable-next-line react/no-danger
  <div ref={ref} dangerouslySetInnerHTML={{ __html: html }} />
));
