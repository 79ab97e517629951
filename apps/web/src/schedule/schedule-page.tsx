import { Button, Center, Loader, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useCron } from "../api/schedule.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { AddCron } from "./add-cron.tsx";
import { FollowsList } from "./follows-list.tsx";
import { CronCard } from "./cron-card.tsx";
import { KindsList } from "./kinds-list.tsx";
import classes from "./schedule-page.module.css";

/** What is done again and again, and what kinds of task there are. */
export const SchedulePage = () => {
  const cron = useCron();
  const [adding, add] = useDisclosure(false);
  const admin = isAdmin(useMe().data);
  // What is followed is kept as recurring tasks as well; it stands above, in its own words.
  const recurring = (cron.data ?? []).filter(({ item }) => !item.identifier.startsWith("follow:"));
  return (
    <>
      <PageHead title="Schedule">{admin && <Button onClick={add.open}>Add a recurring task</Button>}</PageHead>
      <FollowsList />
      <Title order={2} size="h3" mt={48} mb="md">
        Recurring tasks
      </Title>
      {cron.isPending && (
        <Center mih="20vh">
          <Loader aria-label="Loading the schedule" />
        </Center>
      )}
      {cron.isError && cron.data === undefined && <Problem error={cron.error} retry={() => void cron.refetch()} />}
      {cron.data !== undefined && recurring.length === 0 && (
        <Text c="dimmed" maw="65ch">
          There is none. A recurring task can be anything that a runner knows, at any time of your choice.
        </Text>
      )}
      <ul className={classes.list} aria-label="Recurring tasks">
        {recurring.map((entry) => (
          <li key={entry.item.identifier}>
            <CronCard entry={entry} />
          </li>
        ))}
      </ul>
      <Title order={2} size="h3" mt={48} mb="xs">
        Kinds of task
      </Title>
      <Text c="dimmed" size="sm" mb="md" maw="65ch">
        A kind that is switched off takes no new tasks, and those that wait are held until it is switched on again.
      </Text>
      <KindsList />
      {adding && <AddCron onClose={add.close} />}
    </>
  );
};
