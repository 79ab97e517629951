import type { Sentence } from "@chapterhouse/domain";
import { useEffect, useState } from "react";
import { sentenceAtTime } from "./sentence-positions.ts";
import type { Playback } from "./use-playback.ts";

/**
 * The index of the sentence being spoken, -1 for none. While it plays, the element's clock is read at every frame: its
 * own event comes only four times a second, which is seen to lag. Renders only when the sentence changes.
 */
export const useSpokenSentence = (
  audio: HTMLAudioElement | null,
  { begun, playing }: Pick<Playback, "begun" | "playing">,
  sentences: readonly Sentence[],
): number => {
  const [index, setIndex] = useState(-1);
  useEffect(() => {
    if (audio === null || !begun) return undefined;
    const look = () => setIndex(sentenceAtTime(sentences, audio.currentTime * 1000));
    let frame = requestAnimationFrame(function again() {
      look();
      if (playing) frame = requestAnimationFrame(again);
    });
    audio.addEventListener("seeking", look);
    return () => {
      cancelAnimationFrame(frame);
      audio.removeEventListener("seeking", look);
    };
  }, [audio, begun, playing, sentences]);
  return begun ? index : -1;
};
