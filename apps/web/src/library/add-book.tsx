import { Button, Group, Modal, NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useFollow } from "../api/follows.ts";
import { useScrape, type ScrapeRequest } from "../api/tasks.ts";
import { Refusal } from "../parts/problem.tsx";
import { useTellOfJob } from "../parts/use-tell-of-job.tsx";
import { useVoiceChoice } from "../reader/use-voice-choice.ts";
import { wordsForError } from "../words/error-words.ts";
import { FollowChoice, type FollowWish } from "./follow-choice.tsx";

const WHAT: readonly { value: ScrapeRequest["what"]; label: string; description: string }[] = [
  { value: "book", label: "The whole book", description: "All its chapters" },
  { value: "range", label: "Some chapters", description: "From one place in its list to another" },
  { value: "catalogue", label: "A page of books", description: "A list, an author's page: every book found there" },
];

/** One address, and what to take from it. The answer is at once; the work shows itself in the library. */
export const AddBook = ({ opened, onClose }: { opened: boolean; onClose: () => void }) => (
  <Modal opened={opened} onClose={onClose} title="Add a book" size="lg">
    <AddBookForm onClose={onClose} />
  </Modal>
);

/** An emptied field is no number, not the smallest one. */
const numberOrNone = (value: number | string): number | "" => (typeof value === "number" ? value : "");

const AddBookForm = ({ onClose }: { onClose: () => void }) => {
  const [url, setUrl] = useState("");
  const [what, setWhat] = useState<ScrapeRequest["what"]>("book");
  const [from, setFrom] = useState<number | "">(1);
  const [to, setTo] = useState<number | "">(10);
  const [voice] = useVoiceChoice();
  const [wish, setWish] = useState<FollowWish>({ follow: false, aloud: false });
  const tell = useTellOfJob();
  const scrape = useScrape();
  const follow = useFollow();
  const error = scrape.error ?? follow.error;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    scrape.reset();
    follow.reset();
    const address = url.trim();
    if (what !== "range" && wish.follow) {
      const narrate = what === "book" && wish.aloud ? { narrate: voice } : {};
      follow.mutate(
        { what, url: address, ...narrate },
        {
          onSuccess: ({ task }) => {
            tell("It is followed from now on.", task);
            onClose();
          },
        },
      );
      return;
    }
    const wanted: ScrapeRequest =
      what === "range"
        ? { what, url: address, fromChapter: Number(from), toChapter: Number(to) }
        : { what, url: address };
    scrape.mutate(wanted, {
      onSuccess: ({ task, created }) => {
        tell(created ? "It is on its way." : "Somebody asked for this already; it is on its way.", task);
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        <TextInput
          label="Address"
          description="The page of the novel that lists its chapters"
          placeholder="https://example.org/novel/the-lighthouse"
          name="url"
          type="url"
          inputMode="url"
          autoComplete="off"
          data-autofocus
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={error === null ? undefined : <Refusal>{wordsForError(error)}</Refusal>}
        />
        <Radio.Group
          label="Take"
          value={what}
          onChange={(value) => setWhat(WHAT.find((choice) => choice.value === value)?.value ?? "book")}
        >
          <Stack gap="sm" mt="xs">
            {WHAT.map((choice) => (
              <Radio key={choice.value} {...choice} />
            ))}
          </Stack>
        </Radio.Group>
        {what === "range" && (
          <Group grow>
            <NumberInput label="From chapter" min={1} value={from} onChange={(value) => setFrom(numberOrNone(value))} />
            <NumberInput label="To chapter" min={1} value={to} onChange={(value) => setTo(numberOrNone(value))} />
          </Group>
        )}
        {what !== "range" && <FollowChoice what={what} wish={wish} onChange={setWish} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button
            type="submit"
            loading={scrape.isPending || follow.isPending}
            disabled={url.trim() === "" || (what === "range" && (from === "" || to === ""))}
          >
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
