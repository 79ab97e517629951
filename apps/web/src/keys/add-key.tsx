import { Button, Checkbox, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { type ApiKey } from "@chapterhouse/domain";
import { useState, type FormEvent } from "react";
import { useAddApiKey } from "../api/keys.ts";
import { Refusal } from "../parts/problem.tsx";
import { wordsForError } from "../words/error-words.ts";
import { NewSecret } from "./new-secret.tsx";
import { SCOPE_WORDS } from "./scope-words.ts";

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "365", label: "One year" },
  { value: "", label: "Until it is removed" },
];

/** Asks for a key and shows its secret, which is told this once and kept nowhere. */
export const AddKey = ({ onClose }: { onClose: () => void }) => {
  const add = useAddApiKey();
  if (add.data !== undefined) {
    return (
      <Modal opened onClose={onClose} title="The key is made" closeOnClickOutside={false} closeOnEscape={false}>
        <NewSecret name={add.data.name} secret={add.data.secret} onClose={onClose} />
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title="Make a key" size="lg">
      <AddKeyForm add={add} onClose={onClose} />
    </Modal>
  );
};

const isScope = (value: string): value is ApiKey["scopes"][number] => Object.hasOwn(SCOPE_WORDS, value);

/** `scrape.*, narrate.chapter` as a list; an empty text is no limit. */
const kindsOf = (text: string): string[] | null => {
  const kinds = text.split(/[\s,]+/).filter((kind) => kind !== "");
  return kinds.length === 0 ? null : kinds;
};

const AddKeyForm = ({ add, onClose }: { add: ReturnType<typeof useAddApiKey>; onClose: () => void }) => {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ApiKey["scopes"]>(["read"]);
  const [kinds, setKinds] = useState("");
  const [days, setDays] = useState("365");
  const operates = scopes.includes("operate");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expiresAt = days === "" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    add.mutate({ name: name.trim(), scopes, kinds: operates ? null : kindsOf(kinds), expiresAt });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        <TextInput
          label="Name"
          description="What shows it: small letters, digits and . _ -"
          placeholder="home-server"
          autoComplete="off"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group label="It may" value={scopes} onChange={(values) => setScopes(values.filter(isScope))}>
          <Stack gap="sm" mt="xs">
            {Object.entries(SCOPE_WORDS).map(([value, words]) => (
              <Checkbox key={value} value={value} label={words.name} description={words.may} />
            ))}
          </Stack>
        </Checkbox.Group>
        {!operates && (
          <TextInput
            label="Only these kinds of task"
            description="Such as scrape.*, narrate.chapter; empty for all"
            autoComplete="off"
            value={kinds}
            onChange={(event) => setKinds(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label="It is good for"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={LIFETIMES}
        />
        {add.isError && <Refusal>{wordsForError(add.error)}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={add.isPending} disabled={name.trim() === "" || scopes.length === 0}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
};
