import type { Book, Chapter, Narration } from "@chapterhouse/domain";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { audioAddress, chapterQuery, coverAddress, useNarration } from "../api/books.ts";
import { mayWork, useMe } from "../api/session.ts";
import { ChapterText } from "./chapter-text.tsx";
import { PlayerBar } from "./player-bar.tsx";
import { ReadAloud } from "./read-aloud.tsx";
import { useMediaSession } from "./use-media-session.ts";
import { useNarrating } from "./use-narrating.ts";
import { seekTo, start, usePlayback } from "./use-playback.ts";
import { useSpokenSentence } from "./use-spoken-sentence.ts";
import { useVoiceChoice } from "./use-voice-choice.ts";
import { VoiceSelect } from "./voice-select.tsx";
import classes from "./listening.module.css";

const NO_SENTENCES: readonly never[] = [];

/** What the sticky strip above and the player below hide of the window, in pixels. */
const COVERED = { top: 40, bottom: 120 };

/**
 * The chapter's text with its voice: the audio element and everything that follows it. One element serves all chapters
 * of the book, so that the next one may begin by itself. `children` stand below the text.
 */
export const Listening = ({
  book,
  chapter,
  children,
}: {
  book: Book | null;
  chapter: Chapter;
  children: ReactNode;
}) => {
  const { slug, number, next, previous } = chapter;
  const [audio, setAudio] = useState<HTMLAudioElement | null>(null);
  const { narration, voice, chooseVoice } = useChosenNarration(chapter);
  const narrating = useNarrating(slug, number, voice, narration === null);
  const sentences = useNarration(narration?.id ?? null).data?.sentences ?? NO_SENTENCES;
  const playback = usePlayback(audio);
  const spoken = useSpokenSentence(audio, playback, sentences);
  const [following, setFollowing] = useFollowing();
  const allowed = mayWork(useMe().data);
  const go = useGo(slug);
  const playWhenReady = usePlayWhenReady(audio, narration, narrating.ask, allowed && voice !== "");
  const goOn = useGoOn(slug, next);

  useMediaSession(narration === null ? null : audio, {
    title: chapter.title,
    book: book?.title ?? "",
    author: book?.author ?? "",
    cover: book?.hasCover === true ? coverAddress(book) : null,
    previous: useTrack(go, previous),
    next: useTrack(go, next),
  });

  const voices = chapter.narrations.filter((made) => made.current).map((made) => made.voice);
  const choice = <VoiceSelect compact value={voice} onChange={chooseVoice} narrated={voices} />;
  const hear = (index: number) => {
    const sentence = sentences[index];
    if (audio === null || sentence === undefined) return;
    seekTo(audio, sentence.startMs);
    start(audio);
  };
  return (
    <>
      <ChapterText
        html={chapter.html}
        language={book?.language ?? ""}
        sentences={sentences}
        spoken={spoken}
        following={following && playback.playing}
        covered={COVERED}
        onSentence={hear}
      />
      {children}
      {/* The words are on the page itself, and highlighted: captions would only repeat them. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={setAudio}
        preload="metadata"
        {...(narration === null ? {} : { src: audioAddress(narration.id) })}
        onPlay={() => setFollowing(true)}
        onEnded={() => void goOn()}
      />
      <section aria-label="Player" className={classes.player}>
        {narration !== null && audio !== null ? (
          <PlayerBar
            audio={audio}
            playback={playback}
            durationMs={narration.durationMs}
            following={following}
            onFollow={() => setFollowing(!following)}
          >
            {choice}
          </PlayerBar>
        ) : (
          <ReadAloud narrating={narrating} allowed={allowed} onAsk={playWhenReady}>
            {choice}
          </ReadAloud>
        )}
      </section>
    </>
  );
};

/**
 * The narration to play: in the voice that was chosen, or, as long as nobody chose one here, in any voice there is. A
 * chapter whose text changed since does not count as narrated.
 */
const useChosenNarration = (chapter: Chapter) => {
  const [preferred, prefer] = useVoiceChoice();
  const [chosen, setChosen] = useState<string | null>(null);
  const made = chapter.narrations.filter((narration) => narration.current);
  const exact = made.find((narration) => narration.voice === (chosen ?? preferred));
  const narration = exact ?? (chosen === null ? made[0] : undefined) ?? null;
  const chooseVoice = (voice: string) => {
    prefer(voice);
    setChosen(voice);
  };
  return { narration, voice: narration?.voice ?? chosen ?? preferred, chooseVoice };
};

/** Follows the voice, from each start of it until the reader scrolls by hand. */
const useFollowing = () => {
  const [following, setFollowing] = useState(true);
  useEffect(() => {
    const stop = () => setFollowing(false);
    addEventListener("wheel", stop, { passive: true });
    addEventListener("touchmove", stop, { passive: true });
    return () => {
      removeEventListener("wheel", stop);
      removeEventListener("touchmove", stop);
    };
  }, []);
  return [following, setFollowing] as const;
};

const useGo = (slug: string) => {
  const navigate = useNavigate();
  return useCallback(
    (chapter: number) => void navigate(`/books/${slug}/${chapter}`, { state: { play: true } }),
    [navigate, slug],
  );
};

const useTrack = (go: (chapter: number) => void, chapter: number | null) => {
  const track = useCallback(() => {
    if (chapter !== null) go(chapter);
  }, [go, chapter]);
  return chapter === null ? null : track;
};

/** At the end: on to the next chapter if it is narrated, else silence. */
const useGoOn = (slug: string, next: number | null) => {
  const client = useQueryClient();
  const go = useGo(slug);
  return async () => {
    if (next === null) return;
    const chapter = await client.fetchQuery(chapterQuery(slug, next)).catch(() => null);
    if (chapter?.narrations.some((narration) => narration.current) === true) go(next);
  };
};

/**
 * Plays as soon as there is something to play: for whoever pressed "Read this aloud", came by a "Listen", or heard the
 * chapter before to its end. Answers the function that asks for the narration, for the button.
 */
const usePlayWhenReady = (
  audio: HTMLAudioElement | null,
  narration: Narration | null,
  ask: () => void,
  mayAsk: boolean,
) => {
  const { state, key } = useLocation();
  const [search] = useSearchParams();
  const wanted = useRef<string | null>(null);
  const handled = useRef<string | null>(null);
  const arrivedListening = (state as { play?: boolean } | null)?.play === true || search.has("listen");
  const shouldAsk = search.has("listen");
  const source = narration?.id ?? null;

  useEffect(() => {
    if (audio === null) return;
    if (arrivedListening && handled.current !== key) {
      if (source === null && shouldAsk && !mayAsk) return;
      handled.current = key;
      wanted.current = key;
      if (source === null && shouldAsk) ask();
    }
    if (source !== null && wanted.current === key) {
      wanted.current = null;
      start(audio);
    }
    // `ask` is a new function at every render and only ever called for a new `key`.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [audio, source, key, arrivedListening, shouldAsk, mayAsk]);

  return () => {
    wanted.current = key;
    ask();
  };
};
