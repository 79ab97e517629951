import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { createClient } from "../client.ts";
import type { DemoSite } from "../demo/demo-site.ts";
import { runDemo } from "../demo/run-demo.ts";

export interface DemoOffer {
  readonly url: string;
  readonly apiKey: string;
  readonly site: DemoSite;
  /** Whether to ask first; without a terminal there is nobody to ask, and the demo runs. */
  readonly ask: boolean;
  /** Keeps the site's port, so that the demo book's address stays true at the next start. */
  readonly portFile: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const accepted = async (signal: AbortSignal): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // While it asks, the terminal hands a Ctrl-C to the question alone; it means the whole of Chapterhouse.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await terminal.question("Your library is empty. Add the demo book? [Y/n] ", { signal });
    return !/^\s*n/i.test(answer);
  } finally {
    terminal.close();
  }
};

/** On an empty library: the demo book, scraped through the whole path, and its first chapter narrated. */
export const offerDemo = async (offer: DemoOffer): Promise<void> => {
  const client = createClient({ url: offer.url, apiKey: offer.apiKey });
  try {
    const { items } = await client.listBooks({ limit: 1 });
    if (items.length > 0) return;
    if (offer.ask && process.stdin.isTTY && process.stdout.isTTY && !(await accepted(offer.signal))) return;
    await writeFile(offer.portFile, new URL(offer.site.url).port);
    await runDemo({ client, bookUrl: offer.site.bookUrl, onProgress: offer.say, signal: offer.signal });
  } catch (error) {
    if (!offer.signal.aborted)
      offer.say(`The demo did not finish: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await client.close();
  }
};
