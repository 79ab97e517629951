import { readFile } from "node:fs/promises";
import { ChapterhouseError, type CronItem, type CronSpec } from "@chapterhouse/domain";
import type { AddedTask, Crontab, TaskQueue } from "../ports.ts";
import { parseCrontab } from "./crontab-text.ts";
import { cronTask } from "./firings.ts";
import { nextOccurrence } from "./occurrences.ts";

/**
 * Saves items, each with its first time after now by the queue's clock; an item that is there keeps its clock unless
 * its schedule changed. With `exact` the source's other items go. Throws `CRON_INVALID` for an identifier of another
 * source.
 */
export const saveCronItems = async (
  crontab: Crontab,
  source: CronItem["source"],
  specs: readonly CronSpec[],
  options: { readonly exact?: boolean } = {},
): Promise<void> => {
  const { now } = await crontab.dueCron();
  const items = specs.map((spec) => ({ ...spec, nextAt: nextOccurrence(spec, now) }));
  await crontab.saveCron(source, items, options);
};

/** A crontab's text is the whole of its source: items that no longer stand in it go. Throws `CRON_INVALID`. */
export const saveCronText = (crontab: Crontab, text: string): Promise<void> =>
  saveCronItems(crontab, "file", parseCrontab(text), { exact: true });

/**
 * The items of a crontab file; a file that is not there has none when it is `optional`. Throws `CONFIG_INVALID`, with
 * the problems of `CRON_INVALID` in its details.
 */
export const loadCrontab = async (
  file: string,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<readonly CronSpec[]> => {
  try {
    return parseCrontab(await readFile(file, "utf8"));
  } catch (cause) {
    if (optional && (cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    const details = cause instanceof ChapterhouseError ? cause.details : {};
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ChapterhouseError("CONFIG_INVALID", `${file}: ${message}`, { details, cause });
  }
};

const findItem = async (crontab: Crontab, identifier: string): Promise<CronItem> => {
  const item = (await crontab.listCron()).find((each) => each.identifier === identifier);
  if (item) return item;
  throw new ChapterhouseError("CRON_NOT_FOUND", `There is no cron item ${identifier}`, { details: { identifier } });
};

/**
 * Adds the item's task now, paused or not; its clock stays as it is. `createdBy` says who asked, by default the item
 * itself. Throws `CRON_NOT_FOUND` and what adding throws.
 */
export const runCronNow = async (
  { crontab, queue }: { readonly crontab: Crontab; readonly queue: Pick<TaskQueue, "add"> },
  identifier: string,
  createdBy?: string,
): Promise<AddedTask> => {
  const item = await findItem(crontab, identifier);
  const { now } = await crontab.dueCron();
  const [added] = await queue.add([{ ...cronTask(item, now, false), ...(createdBy !== undefined && { createdBy }) }]);
  if (added) return added;
  throw new ChapterhouseError("INTERNAL", "The queue added nothing");
};

/** Ends a pause: the item's next time is its first after now, what was missed stays missed. Throws `CRON_NOT_FOUND`. */
export const resumeCron = async (crontab: Crontab, identifier: string): Promise<CronItem> => {
  const item = await findItem(crontab, identifier);
  const { now } = await crontab.dueCron();
  return crontab.resumeCron(identifier, nextOccurrence(item, now));
};
