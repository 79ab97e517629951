import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChapterhouseError } from "@chapterhouse/domain";
import { z } from "zod";
import type { HtmlPage } from "../pages/html-page.ts";
import { type PageKind, type Source, sourceSchema } from "./schema.ts";

const BUILT_IN = fileURLToPath(new URL("../../sources/", import.meta.url));

/** Reads every `*.json` of a folder, in the order of their names. Throws `CONFIG_INVALID` naming the file. */
export const loadSources = async (folder: string = BUILT_IN): Promise<readonly Source[]> => {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ChapterhouseError("CONFIG_INVALID", `No folder of sources: ${folder}`, { details: { folder }, cause });
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map((name) => readSource(join(folder, name))));
};

const readSource = async (file: string): Promise<Source> => {
  const bad = (reason: string, cause?: unknown) =>
    new ChapterhouseError("CONFIG_INVALID", `Source ${file}: ${reason}`, { details: { file }, cause });
  const text = await readFile(file, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad("is not JSON", cause);
  }
  const read = sourceSchema.safeParse(json);
  if (!read.success) throw bad(z.prettifyError(read.error));
  return read.data;
};

const isHostOf = (host: string, name: string) => host === name || host.endsWith(`.${name}`);

/** The source for a page: the one that names its host, else the first whose signature is in the page, else null. */
export const sourceFor = (sources: readonly Source[], page: HtmlPage, kind: PageKind): Source | null =>
  sources.find((source) => source.hosts.some((name) => isHostOf(page.url.hostname, name))) ??
  sources.find((source) => source.detect[kind]?.some((signature) => page.$(signature).length > 0)) ??
  null;
