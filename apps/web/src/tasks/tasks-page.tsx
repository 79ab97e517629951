import { Button, Center, Loader, Text } from "@mantine/core";
import type { Task } from "@chapterhouse/domain";
import { useStatus } from "../api/status.ts";
import { useTask, useTaskPages } from "../api/tasks.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { figure } from "../words/count.ts";
import { ActOnAll } from "./act-on-all.tsx";
import { TaskCard } from "./task-card.tsx";
import { TaskFilters, useTaskFilters } from "./task-filters.tsx";
import classes from "./tasks-page.module.css";

/** Everything that was asked for, newest first; what a task does in parts stands inside it. */
export const TasksPage = () => {
  const filters = useTaskFilters();
  const { status, kind, open } = filters;
  const tasks = useTaskPages({ status, kind, parent: "none", limit: 50 });
  const shown = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  const singled = useTask(open !== null && tasks.isSuccess && !shown.some((task) => task.id === open) ? open : null);

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
          {status === "all" && kind === "" ? "Nothing has been asked for yet." : "There is no such task."}
        </Text>
      )}
      <TaskList tasks={singled.data === undefined ? shown : [singled.data, ...shown]} open={open} />
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

const TaskList = ({ tasks, open }: { tasks: readonly Task[]; open: string | null }) => (
  <ul className={classes.list} aria-label="Tasks">
    {tasks.map((task) => (
      <li key={task.id}>
        <TaskCard task={task} open={task.id === open} />
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
