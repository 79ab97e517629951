import type { Connection } from "@chapterhouse/pocketbase";
import type { Wake } from "../ports.ts";
import { followRecords } from "./follow-records.ts";

/** The `signals` records as hints. Every new connection gives both, since events of the gap are lost. */
export const followSignals = (sdk: Connection["sdk"], wake: Wake): (() => Promise<void>) =>
  followRecords(sdk, "signals", {
    onRecord: ({ name, tasks }) =>
      wake(name === "cancel" ? "cancel" : "work", Number(tasks) > 0 ? Number(tasks) : undefined),
    onConnect: () => {
      wake("work");
      wake("cancel");
    },
  });
