import { useEffect } from "react";
import { seekTo, skip, start } from "./use-playback.ts";

/** What the lock screen and the keyboard's media keys show and do. `previous` and `next` are null at the ends. */
export interface MediaWords {
  readonly title: string;
  readonly book: string;
  readonly author: string;
  readonly cover: string | null;
  readonly previous: (() => void) | null;
  readonly next: (() => void) | null;
}

export const SKIP_MS = 15_000;

export const useMediaSession = (audio: HTMLAudioElement | null, words: MediaWords): void => {
  const { title, book, author, cover, previous, next } = words;
  useEffect(() => {
    if (audio === null || !("mediaSession" in navigator)) return undefined;
    const session = navigator.mediaSession;
    session.metadata = new MediaMetadata({
      title,
      album: book,
      artist: author,
      artwork: cover === null ? [] : [{ src: cover }],
    });
    const actions: [MediaSessionAction, MediaSessionActionHandler | null][] = [
      ["play", () => start(audio)],
      ["pause", () => audio.pause()],
      ["seekbackward", ({ seekOffset }) => skip(audio, seekOffset ? -1000 * seekOffset : -SKIP_MS)],
      ["seekforward", ({ seekOffset }) => skip(audio, seekOffset ? 1000 * seekOffset : SKIP_MS)],
      ["seekto", ({ seekTime }) => seekTo(audio, 1000 * (seekTime ?? 0))],
      ["previoustrack", previous],
      ["nexttrack", next],
    ];
    for (const [action, handler] of actions) handle(session, action, handler);
    return () => {
      session.metadata = null;
      for (const [action] of actions) handle(session, action, null);
    };
  }, [audio, title, book, author, cover, previous, next]);
};

/** A browser throws at an action it does not know. */
const handle = (session: MediaSession, action: MediaSessionAction, handler: MediaSessionActionHandler | null) => {
  try {
    session.setActionHandler(action, handler);
  } catch {
    // The button is then simply not there.
  }
};
