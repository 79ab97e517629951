import { Button } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ProgressLine } from "../parts/progress-line.tsx";
import { wordsForCode, wordsForError } from "../words/error-words.ts";
import { STATUS_WORDS, taskProgress } from "../words/task-words.ts";
import type { Narrating } from "./use-narrating.ts";
import classes from "./read-aloud.module.css";

/** Stands in the player's place until there is something to play. `children` is the choice of voice. */
export const ReadAloud = ({
  narrating,
  allowed,
  onAsk,
  children,
}: {
  narrating: Narrating;
  allowed: boolean;
  onAsk: () => void;
  children: ReactNode;
}) => {
  const { task, failed, error } = narrating;
  if (task !== null) {
    const progress = taskProgress(task);
    const label = progress?.label ?? task.waitingFor ?? STATUS_WORDS[task.status];
    return (
      <div className={classes.bar}>
        <div className={classes.progress}>
          <span>
            Reading it aloud: <span className="numbers">{label}</span>
          </span>
          <ProgressLine fraction={progress?.fraction ?? null} label={`Narration: ${label}`} />
        </div>
        <Button variant="default" size="xs" disabled={task.status === "cancelling"} onClick={narrating.cancel}>
          Stop
        </Button>
      </div>
    );
  }
  const reason = error === null ? null : wordsForError(error);
  const failure = failed?.error ? wordsForCode(failed.error.code, failed.error.message) : null;
  return (
    <div className={classes.bar}>
      <output className={classes.words} data-bad={(reason ?? failure) !== null || undefined}>
        {reason ??
          failure ??
          (allowed ? "Nobody has read this chapter aloud yet." : "This chapter is not narrated yet.")}
      </output>
      {allowed && (
        <div className={classes.choices}>
          {children}
          <Button leftSection={<IconMicrophone size={17} aria-hidden />} loading={narrating.asking} onClick={onAsk}>
            {failed === null ? "Read this aloud" : "Try again"}
          </Button>
        </div>
      )}
    </div>
  );
};
