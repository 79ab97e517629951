import { Anchor, Center, Loader } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useJob } from "../api/queues.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { taskSubject } from "../words/task-words.ts";
import { JobCard } from "./job-card.tsx";
import classes from "./job-page.module.css";

/** One job, to be followed to its end and sent on as an address. A part of another job has such a page, too. */
export const JobPage = () => {
  const { id = "" } = useParams();
  const job = useJob(id);
  return (
    <>
      <Anchor component={Link} to={above(job.data?.parent ?? null)} className={classes.back}>
        <IconArrowLeft size={15} aria-hidden />
        {job.data?.parent ? "The job it is a part of" : "All tasks"}
      </Anchor>
      <PageHead title={job.data === undefined ? "A task" : taskSubject(job.data)} />
      {job.isPending && (
        <Center mih="30vh">
          <Loader aria-label="Loading the task" />
        </Center>
      )}
      {job.isError && job.data === undefined && <Problem error={job.error} retry={() => void job.refetch()} />}
      {job.data !== undefined && <JobCard key={id} job={job.data} alone />}
    </>
  );
};

const above = (parent: string | null): string => (parent === null ? "/tasks" : `/tasks/${parent}`);
