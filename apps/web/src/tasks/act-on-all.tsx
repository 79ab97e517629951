import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { type ActionRequest, useAct, useActionPreview } from "../api/operator.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { Refusal } from "../parts/problem.tsx";
import { count } from "../words/count.ts";
import { wordsForError } from "../words/error-words.ts";
import { kindWords } from "../words/task-words.ts";

const ENDED = ["done", "failed", "cancelled"] as const;

interface Choice {
  readonly label: string;
  /** After the number of tasks: "12 tasks will be …". */
  readonly will: string;
  readonly action: ActionRequest["action"];
  readonly status: NonNullable<NonNullable<ActionRequest["filter"]>["status"]>;
}

const CHOICES: readonly Choice[] = [
  { label: "Try all failed again", will: "tried again", action: { type: "redrive" }, status: ["failed"] },
  { label: "Hold all that wait", will: "held", action: { type: "hold" }, status: ["pending"] },
  { label: "Let all held go on", will: "let go on", action: { type: "resume" }, status: ["paused"] },
  { label: "Cancel all that wait", will: "cancelled", action: { type: "cancel" }, status: ["pending", "paused"] },
  { label: "Remove all that ended", will: "removed, with all their parts", action: { type: "remove" }, status: ENDED },
];

/** Acts on many tasks at once, of one kind or of all. Says how many before it does. */
export const ActOnAll = ({ kind }: { kind: string }) => {
  const [chosen, setChosen] = useState<Choice | null>(null);
  if (!isAdmin(useMe().data)) return null;
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="default">Act on all</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{kind === "" ? "Tasks of every kind" : kindWords(kind)}</Menu.Label>
          {CHOICES.map((choice) => (
            <Menu.Item key={choice.label} onClick={() => setChosen(choice)}>
              {choice.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen !== null && <Confirm choice={chosen} kind={kind} onClose={() => setChosen(null)} />}
    </>
  );
};

const Confirm = ({ choice, kind, onClose }: { choice: Choice; kind: string; onClose: () => void }) => {
  const wanted: ActionRequest = {
    action: choice.action,
    filter: { status: choice.status, ...(kind !== "" && { kinds: [kind] }) },
  };
  const preview = useActionPreview(wanted);
  const act = useAct();
  const error = preview.error ?? act.error;
  const confirm = () =>
    act.mutate(wanted, {
      onSuccess: (changed) => {
        notifications.show({ message: `${count(changed, "task")} changed.` });
        onClose();
      },
    });
  return (
    <Modal opened onClose={onClose} title={choice.label}>
      <Stack gap="md">
        <Text size="sm" aria-live="polite">
          {preview.data === undefined ? "Counting…" : `${count(preview.data, "task")} will be ${choice.will}.`}
        </Text>
        {error !== null && <Refusal>{wordsForError(error)}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Not now
          </Button>
          <Button loading={act.isPending} disabled={!preview.data} onClick={confirm}>
            {choice.label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
