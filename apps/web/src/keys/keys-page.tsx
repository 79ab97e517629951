import { Button, Center, Loader, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useApiKeys } from "../api/keys.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Problem } from "../parts/problem.tsx";
import { AddKey } from "./add-key.tsx";
import { KeyCard } from "./key-card.tsx";
import classes from "../schedule/schedule-page.module.css";

/** Keys of programs, for admins; everybody else is refused by the API, in words. */
export const KeysPage = () => {
  const keys = useApiKeys();
  const [adding, add] = useDisclosure(false);
  return (
    <>
      <PageHead title="API keys">{keys.isSuccess && <Button onClick={add.open}>Make a key</Button>}</PageHead>
      <Text c="dimmed" mb="lg" maw="65ch">
        A program that talks to Chapterhouse shows a key. Give each its own, with no more than it needs, so that one can
        be removed without the others.
      </Text>
      {keys.isPending && (
        <Center mih="20vh">
          <Loader aria-label="Loading the keys" />
        </Center>
      )}
      {keys.isError && keys.data === undefined && <Problem error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data?.length === 0 && <Text c="dimmed">There is none yet.</Text>}
      <ul className={classes.list} aria-label="API keys">
        {(keys.data ?? []).map((key) => (
          <li key={key.name}>
            <KeyCard apiKey={key} />
          </li>
        ))}
      </ul>
      {adding && <AddKey onClose={add.close} />}
    </>
  );
};
