import { Button, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import classes from "./empty-library.module.css";

/** `onAdd` is null for people who may only read. */
export const EmptyLibrary = ({ onAdd }: { onAdd: (() => void) | null }) => (
  <div className={classes.empty}>
    <div className={classes.shelf} aria-hidden>
      <span />
      <span />
      <span />
      <span />
    </div>
    <Title order={2} size="h3">
      The shelves are empty
    </Title>
    <Text c="dimmed" maw="34rem">
      {onAdd === null
        ? "Nobody has added a book yet. Books that are added will stand here."
        : "Copy the address of a novel's own page, the one that lists its chapters, and add it here. Chapterhouse fetches the chapters politely, one after the other, and can read them aloud to you."}
    </Text>
    {onAdd !== null && (
      <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={onAdd}>
        Add the first book
      </Button>
    )}
  </div>
);
