import { type AudioResult, ChapterhouseError, type Narration, PAYLOADS } from "@chapterhouse/domain";
import type { Library } from "@chapterhouse/library";
import { BaseSimpleProcessor, type PayloadOf, type TaskContext } from "@chapterhouse/taskqueue";
import { narrateText } from "./narrate.ts";
import type { SpeechStation } from "./station.ts";
import { verifyNarration } from "./verify.ts";

export interface NarrateDeps {
  readonly library: Library;
  readonly station: SpeechStation;
}

const SCHEMA = PAYLOADS["narrate.chapter"];
type Request = PayloadOf<typeof SCHEMA>;

/** Speaks a stored chapter in a voice, unless exactly this text is spoken in it already. */
export class NarrateProcessor extends BaseSimpleProcessor<typeof SCHEMA, AudioResult> {
  readonly kind = "narrate.chapter";
  readonly payload = SCHEMA;
  readonly #deps: NarrateDeps;

  constructor(deps: NarrateDeps) {
    super();
    this.#deps = deps;
  }

  protected override async findExisting({ slug, chapter, voice }: Request) {
    const { id, textHash } = await loadText(this.#deps.library, slug, chapter);
    const existing = await this.#deps.library.findNarration(id, voice, textHash);
    return existing && resultOf(existing);
  }

  protected async process({ slug, chapter: number, voice }: Request, { fence, signal, progress, logger }: TaskContext) {
    const { library, station } = this.#deps;
    const engine = station.engineFor(voice);
    const chapter = await loadText(library, slug, number);
    const startedAt = performance.now();
    const facts = () => ({ slug, number, voice, elapsedMs: Math.round(performance.now() - startedAt) });
    await using spoken = await narrateText({
      text: chapter.text,
      voice,
      engine,
      signal,
      onProgress: (done, total) => progress({ done, total, unit: "sentences", message: "" }),
      onFirstAudio: () => logger.debug(facts(), "first audio"),
    });
    await verifyNarration(spoken, engine.readable(chapter.text), signal);
    const { path, mimeType, durationMs, loudnessLufs, sentences } = spoken;
    const { id: chapterId, textHash } = chapter;
    const draft = { chapterId, voice, engine: engine.id, textHash, durationMs, loudnessLufs, sentences };
    const narration = await library.publishNarration({ ...draft, audio: { path, mimeType } }, fence);
    logger.info({ ...facts(), durationMs, bytes: narration.bytes }, "chapter narrated");
    return resultOf(narration);
  }
}

const resultOf = ({ id, durationMs, bytes }: Narration): AudioResult => ({ narrationId: id, durationMs, bytes });

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
