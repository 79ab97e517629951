import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ApiKey } from "@chapterhouse/domain";
import { useRevokeApiKey } from "../api/keys.ts";
import { Refusal } from "../parts/problem.tsx";
import { useNow } from "../parts/use-now.ts";
import { wordsForError } from "../words/error-words.ts";
import { ago } from "../words/time.ts";
import { scopesInWords } from "./scope-words.ts";
import classes from "../schedule/schedule-page.module.css";

export const KeyCard = ({ apiKey }: { apiKey: ApiKey }) => {
  const { name, scopes, kinds, createdAt, expiresAt, lastUsedAt } = apiKey;
  const now = useNow();
  const [removing, remove] = useDisclosure(false);
  const expired = expiresAt !== null && Date.parse(expiresAt) <= now;
  return (
    <article className={classes.card} aria-label={name} data-paused={expired || undefined}>
      <div>
        <h2 className={classes.name}>{name}</h2>
        <p className={classes.facts}>
          May {scopesInWords(scopes)}
          {kinds !== null && (
            <>
              {" · only "}
              <code>{kinds.join(", ")}</code>
            </>
          )}
        </p>
        <p className={classes.next}>
          {lastUsedAt === null ? "Never used" : `Last used ${ago(Date.parse(lastUsedAt), now)}`}
          {` · made ${ago(Date.parse(createdAt), now)}`}
          {expiresAt !== null && ` · ${expired ? "expired" : "expires"} ${ago(Date.parse(expiresAt), now)}`}
        </p>
      </div>
      <Button variant="default" size="compact-sm" onClick={remove.open} aria-label={`Remove ${name}`}>
        Remove
      </Button>
      {removing && <RemoveKey name={name} onClose={remove.close} />}
    </article>
  );
};

const RemoveKey = ({ name, onClose }: { name: string; onClose: () => void }) => {
  const revoke = useRevokeApiKey();
  return (
    <Modal opened onClose={onClose} title={`Remove ${name}?`}>
      <Stack gap="md">
        <Text size="sm">Programs that use this key are refused from then on. It cannot be brought back.</Text>
        {revoke.isError && <Refusal>{wordsForError(revoke.error)}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Not now
          </Button>
          <Button loading={revoke.isPending} onClick={() => revoke.mutate(name, { onSuccess: onClose })}>
            Remove it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
