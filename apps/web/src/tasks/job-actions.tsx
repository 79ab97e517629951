import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Task } from "@chapterhouse/domain";
import { useCancelJob, useRetryItems } from "../api/queues.ts";
import { mayWork, useMe } from "../api/session.ts";
import { isLive } from "../api/tasks.ts";
import { wordsForError } from "../words/error-words.ts";
import { OperatorMenu } from "./operator-menu.tsx";
import { useAskAgain } from "./use-ask-again.ts";

/** What somebody may do with a job: stop it, have what failed of it tried again, or ask for it anew. */
export const JobActions = ({ job }: { job: Task }) => {
  const works = mayWork(useMe().data);
  return (
    <>
      {works && <RetryItems job={job} />}
      {works && (isLive(job) ? <Cancel job={job} /> : <AskAgain job={job} />)}
      <OperatorMenu task={job} />
    </>
  );
};

const complain = (error: unknown) => notifications.show({ title: "Not done", message: wordsForError(error) });

const Cancel = ({ job }: { job: Task }) => {
  const cancel = useCancelJob();
  return (
    <Button
      variant="default"
      size="compact-sm"
      disabled={job.status === "cancelling"}
      loading={cancel.isPending}
      onClick={() => cancel.mutate(job.id, { onError: complain })}
    >
      Cancel
    </Button>
  );
};

/** While a job goes on, what failed of it can be tried again; when it was cancelled, what was left of it as well. */
const RetryItems = ({ job: { id, status, children } }: { job: Task }) => {
  const retry = useRetryItems();
  const cancelled = status === "cancelled" && children.cancelled > 0;
  if (status === "cancelling" || !(children.failed > 0 || cancelled)) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={retry.isPending}
      onClick={() => retry.mutate({ id, cancelled }, { onError: complain })}
    >
      {cancelled ? "Go on with the rest" : "Retry failed only"}
    </Button>
  );
};

const AskAgain = ({ job }: { job: Task }) => {
  const again = useAskAgain(job);
  if (job.status === "done" || again === null) return null;
  return (
    <Button variant="default" size="compact-sm" loading={again.pending} onClick={() => again.ask(complain)}>
      Try again
    </Button>
  );
};
