import { Center, Loader, Text, Title } from "@mantine/core";
import type { Runner } from "@chapterhouse/domain";
import { IconCircleCheck, IconCircleOff } from "@tabler/icons-react";
import { useRunners } from "../api/runners.ts";
import { useStatus } from "../api/status.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { useNow } from "../parts/use-now.ts";
import { kindWords } from "../words/task-words.ts";
import { ago } from "../words/time.ts";
import { LanesTable } from "./lanes-table.tsx";
import { ReleaseRunner } from "./release-runner.tsx";
import classes from "./runners-page.module.css";

/** Who works, and how busy each site and engine may be kept. */
export const RunnersPage = () => {
  const runners = useRunners();
  const lanes = useStatus().data?.lanes ?? [];
  return (
    <>
      <PageHead title="Runners" />
      {runners.isPending && (
        <Center mih="20vh">
          <Loader aria-label="Loading the runners" />
        </Center>
      )}
      {runners.isError && runners.data === undefined && (
        <Problem error={runners.error} retry={() => void runners.refetch()} />
      )}
      {runners.data?.length === 0 && (
        <Text c="dimmed" py="lg">
          No runner has signed on yet. Start one, and it will take the waiting tasks.
        </Text>
      )}
      <ul className={classes.cards} aria-label="Runners">
        {(runners.data ?? []).map((runner) => (
          <li key={runner.id}>
            <RunnerCard runner={runner} />
          </li>
        ))}
      </ul>
      <Title order={2} size="h3" mt={48} mb="xs">
        Lanes
      </Title>
      <Text c="dimmed" size="sm" mb="md" maw="65ch">
        A lane is what the tasks of one site or one voice engine stand in: however many runners there are, it lets
        through only so many at once, and so often. A paused lane starts nothing; what runs in it goes on.
      </Text>
      <LanesTable lanes={lanes} />
    </>
  );
};

const RunnerCard = ({ runner }: { runner: Runner }) => {
  const now = useNow(5_000);
  const StateIcon = runner.alive ? IconCircleCheck : IconCircleOff;
  return (
    <article className={classes.card} data-alive={runner.alive || undefined}>
      <header className={classes.head}>
        <h2 className={classes.name}>{runner.host}</h2>
        <span className={classes.state}>
          <StateIcon size={17} aria-hidden />
          {runner.alive ? "Alive" : "Gone"}
        </span>
      </header>
      <p className={classes.load}>
        <strong className="numbers">
          {runner.running} of {runner.concurrency}
        </strong>{" "}
        places busy
      </p>
      <div className={classes.bar} aria-hidden>
        <span style={{ width: `${(100 * runner.running) / Math.max(1, runner.concurrency)}%` }} />
      </div>
      {!runner.alive && runner.running > 0 && <ReleaseRunner runner={runner} />}
      <dl className={classes.facts}>
        <dt>Takes</dt>
        <dd>{runner.kinds.map(kindWords).join(", ")}</dd>
        <dt>Last seen</dt>
        <dd>{ago(Date.parse(runner.seenAt), now)}</dd>
        <dt>Started</dt>
        <dd>{ago(Date.parse(runner.startedAt), now)}</dd>
        <dt>Process</dt>
        <dd className="numbers">
          {runner.pid}, version {runner.version}
        </dd>
        <dt>Id</dt>
        <dd>
          <code>{runner.id}</code>
        </dd>
      </dl>
    </article>
  );
};
