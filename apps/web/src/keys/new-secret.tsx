import { Button, CopyButton, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** The secret of a new key, to be taken along now: nobody can show it again. */
export const NewSecret = ({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) => (
  <Stack gap="md">
    <Text size="sm">
      This is the secret of <strong>{name}</strong>. Keep it where the program finds it: it is shown this once.
    </Text>
    <TextInput
      label="Secret"
      readOnly
      value={secret}
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
    />
    <Group justify="flex-end">
      <CopyButton value={secret} timeout={3_000}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            data-autofocus
            leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            onClick={copy}
          >
            {copied ? "Copied" : "Copy it"}
          </Button>
        )}
      </CopyButton>
      <Button onClick={onClose}>I have it</Button>
    </Group>
  </Stack>
);
