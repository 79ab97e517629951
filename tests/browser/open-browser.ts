import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright";
import { findChromium } from "../../apps/runner/src/pages/find-chromium.ts";
import type { System } from "../system/start-system.ts";

/** A real Chromium: the same search as the runner's, so that a machine that can scrape scripted pages can test this one. */
export const openBrowser = async (): Promise<Browser> => {
  const found = await findChromium(process.env["CHROMIUM_PATH"], process.env["PATH"] ?? "");
  return chromium.launch({ executablePath: found.path, args: [...found.args] });
};

/** A page of `system`, and whatever it did that no page of ours may do. */
export interface WatchedPage {
  readonly page: Page;
  /** Requests to anywhere but the system's own origin. */
  readonly strayRequests: string[];
  /** Uncaught errors, and what the browser itself complains of, such as a breach of the CSP. */
  readonly complaints: string[];
}

export const watchPage = async (
  browser: Browser,
  system: Pick<System, "url">,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext({ baseURL: system.url, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const strayRequests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== system.url) strayRequests.push(request.url());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // Chromium reports every answer from 400 up; a visitor who is not signed in yet gets a 401 by design.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(message.text());
    }
  });
  return { page, strayRequests, complaints };
};

export const signIn = async (page: Page, { email, password }: System["admin"]): Promise<void> => {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Library", level: 1 }).waitFor();
};
