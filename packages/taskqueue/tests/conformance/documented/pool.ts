import { SERVICE_ACCOUNTS } from "@chapterhouse/domain";
import { connect } from "@chapterhouse/pocketbase";
import { createPocketBasePorts, createThreadedHeart, runTaskList, type WorkerPool } from "@chapterhouse/taskqueue";
import { countWords } from "./count-words.ts";

export const startPool = (url: string, password: string): WorkerPool => {
  const credentials = { email: SERVICE_ACCOUNTS.runner, password };
  const connection = connect({ url, credentials });
  const { queue, definitions } = createPocketBasePorts(connection);
  const pool = runTaskList({
    queue,
    definitions, // the kinds are registered there, so that pages list them
    defined: [countWords],
    heartbeats: createThreadedHeart({ url, credentials }),
    concurrency: 4,
  });
  void pool.wait().then(() => connection.close());
  return pool;
};
