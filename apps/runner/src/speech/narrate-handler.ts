import { ChapterhouseError } from "@chapterhouse/domain";
import type { AudioResult, Narration } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import type { TaskHandler, TaskLogger } from "@chapterhouse/taskqueue";
import { narrateText } from "./narrate.ts";
import type { SpeechStation } from "./station.ts";
import { verifyNarration } from "./verify.ts";

export interface NarrateOptions {
  readonly library: Library;
  readonly station: SpeechStation;
  readonly log: TaskLogger;
}

const resultOf = ({ id, durationMs, bytes }: Narration): AudioResult & Record<string, unknown> => ({
  narrationId: id,
  durationMs,
  bytes,
});

const loadText = async (library: Library, slug: string, number: number) => {
  const chapter = await library.getChapter(slug, number);
  if (chapter === null) {
    throw new ChapterhouseError("CHAPTER_NOT_FOUND", `There is no chapter ${number} in ${slug}`);
  }
  if (chapter.state !== "stored" || chapter.textHash === null) {
    throw new ChapterhouseError("CHAPTER_NOT_STORED", `The text of chapter ${number} of ${slug} is not here yet`);
  }
  return { id: chapter.id, text: chapter.text, textHash: chapter.textHash };
};

/** `narrate.chapter`: speaks a stored chapter in a voice, unless exactly this text is spoken in it already. */
export const createNarrateHandler =
  ({ library, station, log }: NarrateOptions): TaskHandler<"narrate.chapter"> =>
  async ({ slug, chapter: number, voice }, context) => {
    const { fence, signal } = context;
    const engine = station.engineFor(voice);
    const chapter = await loadText(library, slug, number);
    const existing = await library.findNarration(chapter.id, voice, chapter.textHash);
    if (existing) return { type: "done", result: resultOf(existing) };

    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    await using spoken = await narrateText({
      text: chapter.text,
      voice,
      engine,
      signal,
      onProgress: (done, total) => context.progress({ done, total, unit: "sentences", message: "" }),
      onFirstAudio: () => log.debug({ slug, number, voice, elapsedMs: elapsed() }, "first audio"),
    });
    await verifyNarration(spoken, engine.readable(chapter.text), signal);
    const narration = await library.publishNarration(
      {
        chapterId: chapter.id,
        voice,
        engine: engine.id,
        textHash: chapter.textHash,
        durationMs: spoken.durationMs,
        loudnessLufs: spoken.loudnessLufs,
        sentences: spoken.sentences,
        audio: { path: spoken.path, mimeType: spoken.mimeType },
      },
      fence,
    );
    const { durationMs, bytes } = narration;
    log.info({ slug, number, voice, durationMs, bytes, elapsedMs: elapsed() }, "chapter narrated");
    return { type: "done", result: resultOf(narration) };
  };
