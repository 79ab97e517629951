import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ChapterhouseError } from "@chapterhouse/domain";

export interface FoundChromium {
  readonly path: string;
  readonly args: readonly string[];
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const APPLICATIONS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/**
 * The packaged Chromium unpacks itself into the temporary folder at its first use (Linux x64 only). Of the flags it
 * suggests only those for graphics are taken: in a single process a second page ends the whole browser.
 */
const packaged = async (): Promise<FoundChromium | null> => {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  try {
    const { default: bundle } = await import("@sparticuz/chromium");
    return { path: await bundle.executablePath(), args: ["--use-gl=angle", "--use-angle=swiftshader"] };
  } catch {
    return null;
  }
};

/**
 * A Chromium of this machine: `chosen` (CHROMIUM_PATH), the system's, Playwright's own, the packaged one.
 * `searchPath` is a PATH. Throws `BROWSER_MISSING` with what to do.
 */
export const findChromium = async (chosen: string | undefined, searchPath: string): Promise<FoundChromium> => {
  if (chosen !== undefined) {
    if (await isExecutable(chosen)) return { path: chosen, args: [] };
    throw new ChapterhouseError("BROWSER_MISSING", `CHROMIUM_PATH is no program: ${chosen}`, {
      details: { path: chosen },
    });
  }
  // Loaded when the first page needs a browser: it is 50 MB that most runners never need.
  const { chromium } = await import("playwright-core");
  const folders = searchPath.split(delimiter).filter(Boolean);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...places, ...APPLICATIONS, chromium.executablePath()]) {
    if (path && (await isExecutable(path))) return { path, args: [] };
  }
  const bundle = await packaged();
  if (bundle !== null) return bundle;
  throw new ChapterhouseError(
    "BROWSER_MISSING",
    "This page needs a browser and there is none: install Chromium, or set CHROMIUM_PATH to one",
  );
};
