import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent } from "react";
import { useKinds, useSaveCron } from "../api/schedule.ts";
import { Refusal } from "../parts/problem.tsx";
import { wordsForError } from "../words/error-words.ts";
import { parsePayload } from "./parse-payload.ts";

/** A task, when it is done, and what it is told. One of the same name is changed. */
export const AddCron = ({ onClose }: { onClose: () => void }) => {
  const kinds = useKinds().data ?? [];
  const save = useSaveCron();
  const [identifier, setIdentifier] = useState("");
  const [kind, setKind] = useState("scrape.book");
  const [schedule, setSchedule] = useState("30 4 * * *");
  const [timeZone, setTimeZone] = useState(() => new Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [payload, setPayload] = useState('{ "url": "https://example.org/novel/the-lighthouse" }');
  const parsed = parsePayload(payload);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (parsed === null) return;
    save.mutate(
      { identifier: identifier.trim(), kind, schedule, timeZone, payload: parsed },
      {
        onSuccess: () => {
          notifications.show({ message: `${identifier.trim()} is on the schedule.` });
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Add a recurring task" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Letters, digits and . _ : - alone"
            placeholder="nightly-lighthouse"
            data-autofocus
            value={identifier}
            onChange={(event) => setIdentifier(event.currentTarget.value)}
          />
          <NativeSelect
            label="Kind"
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
            data={kinds.length === 0 ? [kind] : kinds.map((each) => ({ value: each.kind, label: each.title }))}
          />
          <Group grow align="flex-start">
            <TextInput
              label="Schedule"
              description="Minute, hour, day, month, weekday"
              value={schedule}
              onChange={(event) => setSchedule(event.currentTarget.value)}
            />
            <TextInput
              label="Time zone"
              description="Such as Europe/Berlin"
              value={timeZone}
              onChange={(event) => setTimeZone(event.currentTarget.value)}
            />
          </Group>
          <Textarea
            label="Payload"
            description="JSON: what the task is told"
            autosize
            minRows={2}
            value={payload}
            onChange={(event) => setPayload(event.currentTarget.value)}
            error={parsed === null ? "This is not a JSON object" : undefined}
          />
          {save.isError && <Refusal>{wordsForError(save.error)}</Refusal>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Not now
            </Button>
            <Button type="submit" loading={save.isPending} disabled={identifier.trim() === "" || parsed === null}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
