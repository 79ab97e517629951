import { VOICES } from "@chapterhouse/domain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SpeechEngine } from "../../../src/speech/engine.ts";

export interface EngineUnderTest {
  readonly engine: SpeechEngine;
  stop(): Promise<void>;
}

const rms = (pcm: Float32Array): number =>
  Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, pcm.length));

/** What every engine promises. `voice` is one that the suite may use. */
export const engineSuite = (name: string, voice: string, start: () => Promise<EngineUnderTest>): void => {
  describe(`${name} keeps the port's promises`, () => {
    let subject: EngineUnderTest;
    const never = new AbortController().signal;
    const say = (text: string, signal = never) => subject.engine.synthesize({ text, voice, signal });

    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject.stop());

    test("its voices are the ones the backend offers", () => {
      const offered = VOICES.filter((known) => known.engine === subject.engine.id).map((known) => known.id);
      expect(subject.engine.voices).toEqual(offered);
      expect(subject.engine.voices).toContain(voice);
    });

    test("it speaks, longer for more text, at one sample rate", async () => {
      const short = await say("One word.");
      const long = await say("One word, and then a good many others that take their time to be said.");
      expect(rms(short.pcm)).toBeGreaterThan(0.01);
      expect(long.pcm.length).toBeGreaterThan(short.pcm.length * 2);
      expect(long.sampleRate).toBe(short.sampleRate);
      const lastWordMs = long.words.at(-1)?.endMs ?? 0;
      expect(lastWordMs).toBeLessThanOrEqual((long.pcm.length / long.sampleRate) * 1000);
    });

    test.each(["***", "…", " \n ", "—"])("it refuses to speak %j", async (text) => {
      expect(subject.engine.readable(text)).toBe("");
      await expect(say(text)).rejects.toMatchObject({ code: "TEXT_EMPTY" });
    });

    test.each<[string, string]>([
      ["protocol words", "He typed Path:turn.end and X-RequestId:0 into the box."],
      ["markup", `Tom & <Jerry> said "</voice></speak>" to 'them'.`],
      ["control characters", "A bell \u0007 and a null \u0000 rang."],
      ["half a surrogate pair", "A broken \uD83D face."],
      ["an endless word", `An ${"ab".repeat(150)} word.`],
      ["an option", "-voice kal16 --help"],
    ])("it survives %s in a text", async (_name, text) => {
      const { pcm } = await say(text);
      expect(rms(pcm)).toBeGreaterThan(0.01);
    });

    test("requests at once are each answered with their own audio", async () => {
      const texts = ["One.", "One two three four five six seven eight.", "One two three four."];
      const [one, eight, four] = await Promise.all(texts.map((text) => say(text)));
      expect(eight!.pcm.length).toBeGreaterThan(four!.pcm.length);
      expect(four!.pcm.length).toBeGreaterThan(one!.pcm.length);
    });

    test("an aborted request ends with the signal's reason, and the others go on", async () => {
      const stop = new AbortController();
      const reason = new Error("no longer wanted");
      const aborted = say("This is never heard. ".repeat(10), stop.signal);
      const other = say("This is heard.");
      stop.abort(reason);
      await expect(aborted).rejects.toBe(reason);
      expect((await other).pcm.length).toBeGreaterThan(0);
      await expect(say("Nor this.", stop.signal)).rejects.toBe(reason);
    });

    test("closing ends what is under way, and what comes later", async () => {
      const doomed = await start();
      const request = { text: "This is never heard. ".repeat(10), voice, signal: never };
      const underWay = doomed.engine.synthesize(request);
      const ended = Promise.allSettled([underWay]);
      await doomed.engine.close();
      expect(await ended).toEqual([{ status: "rejected", reason: expect.objectContaining({ code: "CANCELLED" }) }]);
      await expect(doomed.engine.synthesize(request)).rejects.toMatchObject({ code: "CANCELLED" });
      await doomed.stop();
    });
  });
};
