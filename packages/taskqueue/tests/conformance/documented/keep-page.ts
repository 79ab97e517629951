import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { BaseFlowProcessor, type PayloadOf, type StepContext } from "@chapterhouse/taskqueue";
import { z } from "zod";

const payload = z.object({ url: z.url(), name: z.string().regex(/^[a-z0-9-]+$/) });
const fetched = z.object({ bytes: z.int() });
type Step = "fetch" | "compress" | "check";

export class KeepPage extends BaseFlowProcessor<typeof payload, Step> {
  readonly kind = "keep.page";
  readonly payload = payload;
  readonly folder: string = "pages";

  steps() {
    return ["fetch", "compress", "check"] as const;
  }

  async processStep(step: Step, { url, name }: PayloadOf<typeof payload>, { signal, stepResults }: StepContext) {
    const file = `${this.folder}/${name}.html`;
    if (step === "fetch") {
      const answer = await fetch(url, { signal });
      if (answer.status === 404) throw new Error(`There is no ${url}`); // fails for good
      if (!answer.ok) return this.failedStep(step, new Error(`HTTP ${answer.status}`)); // is tried again
      await writeFile(file, await answer.bytes());
      return { bytes: (await readFile(file)).length };
    }
    if (step === "compress") {
      await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
      return { file: `${file}.gz` };
    }
    const { bytes } = fetched.parse(stepResults["fetch"]?.data);
    if (gunzipSync(await readFile(`${file}.gz`)).length !== bytes) throw new Error(`${file}.gz is damaged`);
    return { bytes };
  }
}
