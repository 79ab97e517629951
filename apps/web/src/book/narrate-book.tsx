import { Button, Group, Modal, NumberInput, SegmentedControl, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Book } from "@chapterhouse/domain";
import { useState } from "react";
import { useNarrateBook } from "../api/tasks.ts";
import { Refusal } from "../parts/problem.tsx";
import { VoiceSelect } from "../reader/voice-select.tsx";
import { useVoiceChoice } from "../reader/use-voice-choice.ts";
import { wordsForError } from "../words/error-words.ts";
import { rangeWords } from "../words/range-words.ts";

/** Asks for the narration of a whole book or a part of it, in one voice. */
export const NarrateBook = ({ book, onClose }: { book: Book; onClose: () => void }) => {
  const [voice, setVoice] = useVoiceChoice();
  const [all, setAll] = useState(true);
  const [from, setFrom] = useState(1);
  const [to, setTo] = useState(Math.min(10, book.chapters.listed));
  const narrate = useNarrateBook();
  const start = () =>
    narrate.mutate(
      { slug: book.slug, voice, ...(all ? {} : { from, to }) },
      {
        onSuccess: (answer) => {
          notifications.show({ message: rangeWords(answer) });
          onClose();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title="Narrate">
      <Stack gap="lg">
        <VoiceSelect value={voice} onChange={setVoice} />
        <SegmentedControl
          aria-label="How much"
          value={all ? "all" : "range"}
          onChange={(value) => setAll(value === "all")}
          data={[
            { value: "all", label: "The whole book" },
            { value: "range", label: "Some chapters" },
          ]}
        />
        {!all && (
          <Group grow>
            <NumberInput label="From chapter" min={1} value={from} onChange={(value) => setFrom(Number(value))} />
            <NumberInput label="To chapter" min={1} value={to} onChange={(value) => setTo(Number(value))} />
          </Group>
        )}
        {narrate.isError && <Refusal>{wordsForError(narrate.error)}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button loading={narrate.isPending} disabled={voice === ""} onClick={start}>
            Narrate
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
