import { Button, Center, Loader, Text } from "@mantine/core";
import type { QueuedTask } from "@chapterhouse/domain";
import { useJobs } from "../api/queues.ts";
import { useStatus } from "../api/status.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { figure } from "../words/count.ts";
import { ActOnAll } from "./act-on-all.tsx";
import { JobCard } from "./job-card.tsx";
import { TaskFilters, useTaskFilters } from "./task-filters.tsx";
import classes from "./tasks-page.module.css";

/** Everything that was asked for, newest first; what a task does in parts stands inside it. */
export const TasksPage = () => {
  const filters = useTaskFilters();
  const { status, kind, mine } = filters;
  const tasks = useJobs({ status: status || undefined, type: kind || undefined, created_by: mine ? "me" : undefined });
  const shown = tasks.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <>
      <PageHead title="Tasks">
        <TaskFilters {...filters} />
        <ActOnAll kind={kind} />
      </PageHead>
      <Counts />
      {tasks.isPending && (
        <Center mih="30vh">
          <Loader aria-label="Loading the tasks" />
        </Center>
      )}
      {tasks.isError && shown.length === 0 && <Problem error={tasks.error} retry={() => void tasks.refetch()} />}
      {tasks.isSuccess && shown.length === 0 && (
        <Text c="dimmed" py="xl">
          {status === "" && kind === "" && !mine ? "Nothing has been asked for yet." : "There is no such task."}
        </Text>
      )}
      <JobList jobs={shown} />
      {tasks.hasNextPage && (
        <Center mt="lg">
          <Button variant="default" loading={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
            Older tasks
          </Button>
        </Center>
      )}
    </>
  );
};

const JobList = ({ jobs }: { jobs: readonly QueuedTask[] }) => (
  <ul className={classes.list} aria-label="Tasks">
    {jobs.map((job) => (
      <li key={job.id}>
        <JobCard job={job} />
      </li>
    ))}
  </ul>
);

/** The whole queue in four figures, parts of tasks counted too. */
const Counts = () => {
  const by = useStatus().data?.tasks.byStatus;
  const figures = [
    { name: "running", value: by === undefined ? null : by.running + by.waiting + by.cancelling },
    { name: "waiting their turn", value: by === undefined ? null : by.pending + by.paused },
    { name: "done", value: by?.done ?? null },
    { name: "failed", value: by?.failed ?? null },
  ];
  return (
    <dl className={classes.counts} aria-label="The whole queue">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="numbers">{value === null ? "–" : figure(value)}</dd>
        </div>
      ))}
    </dl>
  );
};
