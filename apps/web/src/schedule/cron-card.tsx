import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { CronItem } from "@chapterhouse/domain";
import { IconDots } from "@tabler/icons-react";
import { type CronChange, type CronEntry, useChangeCron } from "../api/schedule.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { useNow } from "../parts/use-now.ts";
import { wordsForError } from "../words/error-words.ts";
import { kindWords, taskSubject } from "../words/task-words.ts";
import { ago } from "../words/time.ts";
import classes from "./schedule-page.module.css";

const SOURCES: Readonly<Record<CronItem["source"], string>> = {
  file: "from the crontab",
  code: "from a runner's code",
  api: "added here",
};

export const CronCard = ({ entry: { item, upcoming } }: { entry: CronEntry }) => {
  const now = useNow();
  const [next] = upcoming;
  return (
    <article className={classes.card} data-paused={item.paused || undefined} aria-label={item.identifier}>
      <div>
        <h2 className={classes.name}>{item.identifier}</h2>
        <p className={classes.facts}>
          {kindWords(item.kind)}
          {subjectOf(item)} · <code>{item.schedule}</code> {item.timeZone} · {SOURCES[item.source]}
        </p>
        <p className={classes.next}>
          {next === undefined ? "Paused" : `Next ${ago(Date.parse(next), now)}, ${timeIn(next, item.timeZone)}`}
          {item.lastAt !== null && ` · last ${ago(Date.parse(item.lastAt), now)}`}
        </p>
      </div>
      <CronMenu item={item} />
    </article>
  );
};

const subjectOf = (item: CronItem): string => {
  const subject = taskSubject(item);
  return subject === "" || subject === kindWords(item.kind) ? "" : ` of ${subject}`;
};

/** As the clock on the wall there shows it: the schedule is meant so. */
const timeIn = (iso: string, timeZone: string): string =>
  new Date(iso).toLocaleString("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });

const CronMenu = ({ item }: { item: CronItem }) => {
  const change = useChangeCron();
  if (!isAdmin(useMe().data)) return null;
  const choose = (to: CronChange) =>
    change.mutate(
      { identifier: item.identifier, to },
      {
        onSuccess: () => {
          if (to === "run") notifications.show({ message: "Its task was added." });
        },
        onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }),
      },
    );
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={change.isPending} aria-label={`Change ${item.identifier}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose("run")}>Run now</Menu.Item>
        <Menu.Item onClick={() => choose(item.paused ? "resume" : "pause")}>
          {item.paused ? "Go on" : "Pause"}
        </Menu.Item>
        {item.source === "api" && (
          <Menu.Item c="var(--bad)" onClick={() => choose("remove")}>
            Remove
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
};
