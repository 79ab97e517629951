import { useEffect, useState } from "react";

/** The audio element as the player shows it. Positions in milliseconds. */
export interface Playback {
  readonly playing: boolean;
  /** True once it has been started: before that, nothing is highlighted. */
  readonly begun: boolean;
  readonly positionMs: number;
  /** 0 until the file's head has been read. */
  readonly durationMs: number;
  readonly broken: boolean;
}

const STILL: Playback = { playing: false, begun: false, positionMs: 0, durationMs: 0, broken: false };
const EVENTS = ["play", "pause", "timeupdate", "durationchange", "seeking", "ended", "error", "emptied", "loadeddata"];

const read = (audio: HTMLAudioElement): Playback => ({
  playing: !audio.paused && !audio.ended,
  begun: !audio.paused || audio.currentTime > 0,
  positionMs: audio.currentTime * 1000,
  durationMs: Number.isFinite(audio.duration) ? audio.duration * 1000 : 0,
  broken: audio.error !== null,
});

export const usePlayback = (audio: HTMLAudioElement | null): Playback => {
  const [playback, setPlayback] = useState(STILL);
  useEffect(() => {
    if (audio === null) return undefined;
    const update = () => setPlayback(read(audio));
    for (const event of EVENTS) audio.addEventListener(event, update);
    update();
    return () => {
      for (const event of EVENTS) audio.removeEventListener(event, update);
    };
  }, [audio]);
  return playback;
};

/** Starts the audio. A browser that wants a gesture first says no; the play button is still there then. */
export const start = (audio: HTMLAudioElement): void => {
  audio.play().catch(() => undefined);
};

export const seekTo = (audio: HTMLAudioElement, ms: number): void => {
  const end = Number.isFinite(audio.duration) ? audio.duration : Number.POSITIVE_INFINITY;
  audio.currentTime = Math.min(Math.max(0, ms / 1000), end);
};

export const skip = (audio: HTMLAudioElement, ms: number): void => seekTo(audio, audio.currentTime * 1000 + ms);

/** `speed` 1 is as narrated; the voice keeps its pitch. A file that is loaded later begins at that speed, too. */
export const setSpeed = (audio: HTMLAudioElement, speed: number): void => {
  audio.preservesPitch = true;
  audio.defaultPlaybackRate = speed;
  audio.playbackRate = speed;
};
