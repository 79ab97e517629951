import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Book } from "@chapterhouse/domain";
import { useNavigate } from "react-router";
import { useRemoveBook } from "../api/books.ts";
import { Refusal } from "../parts/problem.tsx";
import { count } from "../words/count.ts";
import { wordsForError } from "../words/error-words.ts";

/** Asks before a book goes. */
export const RemoveBook = ({ book, onClose }: { book: Book; onClose: () => void }) => {
  const remove = useRemoveBook();
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(book.slug, {
      onSuccess: () => {
        notifications.show({ message: `“${book.title}” was removed.` });
        onClose();
        void navigate("/");
      },
    });
  return (
    <Modal opened onClose={onClose} title="Remove this book?">
      <Stack gap="md">
        <Text size="sm">
          “{book.title}” with {count(book.chapters.stored, "chapter")} and {count(book.narrations, "narration")} will be
          deleted. It can be added again by its address, but has to be fetched and narrated anew.
        </Text>
        {remove.isError && <Refusal>{wordsForError(remove.error)}</Refusal>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button loading={remove.isPending} onClick={confirm}>
            Remove it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
