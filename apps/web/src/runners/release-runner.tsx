import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Runner } from "@chapterhouse/domain";
import { useReleaseRunner } from "../api/operator.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { count } from "../words/count.ts";
import { wordsForError } from "../words/error-words.ts";

/** What a runner that is gone still holds comes back by itself when its leases end; this does not wait for that. */
export const ReleaseRunner = ({ runner }: { runner: Runner }) => {
  const release = useReleaseRunner();
  if (!isAdmin(useMe().data)) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      mt="sm"
      loading={release.isPending}
      onClick={() =>
        release.mutate(runner.id, {
          onSuccess: ({ released }) => notifications.show({ message: `${count(released, "task")} taken back.` }),
          onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }),
        })
      }
    >
      Take back its {count(runner.running, "task")}
    </Button>
  );
};
