import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/request.ts";
import { wordsForError } from "../words/error-words.ts";

/** An error where its content would have stood: what happened, its code for those who ask for help, and a way on. */
export const Problem = ({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) => (
  <Alert
    role="alert"
    variant="outline"
    color="madder"
    icon={<IconAlertTriangle aria-hidden />}
    title={title ?? "That did not work"}
    styles={{ title: { color: "var(--bad)" }, icon: { color: "var(--bad)" } }}
  >
    <Text size="sm">{wordsForError(error)}</Text>
    <Group mt="xs" gap="sm">
      {retry !== undefined && (
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
      {error instanceof ApiError && (
        <Text size="xs" c="dimmed">
          {error.code}
        </Text>
      )}
    </Group>
  </Alert>
);

/** The sentence under a form that was refused. */
export const Refusal = ({ children }: { children: ReactNode }) => (
  <Text role="alert" size="sm" c="var(--bad)">
    {children}
  </Text>
);
