import { Button, Loader, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Follow } from "@chapterhouse/domain";
import { Link } from "react-router";
import { useVoices } from "../api/books.ts";
import { useFollows, useUnfollow } from "../api/follows.ts";
import { mayWork, useMe } from "../api/session.ts";
import { Problem } from "../parts/problem.tsx";
import { useNow } from "../parts/use-now.ts";
import { wordsForError } from "../words/error-words.ts";
import { plainAddress } from "../words/task-words.ts";
import { ago } from "../words/time.ts";
import classes from "./schedule-page.module.css";

/** Books and catalogues that are looked at by themselves. */
export const FollowsList = () => {
  const follows = useFollows();
  return (
    <section aria-label="Followed">
      <Title order={2} size="h3" mb="md">
        Followed
      </Title>
      {follows.isPending && <Loader size="sm" aria-label="Loading what is followed" />}
      {follows.isError && follows.data === undefined && (
        <Problem error={follows.error} retry={() => void follows.refetch()} />
      )}
      {follows.data?.length === 0 && (
        <Text c="dimmed" maw="65ch">
          Nothing is followed yet. Add a book and choose to keep following it: its new chapters then come by themselves,
          and can be read aloud at once.
        </Text>
      )}
      <ul className={classes.list} aria-label="What is followed">
        {(follows.data ?? []).map((follow) => (
          <li key={follow.id}>
            <FollowCard follow={follow} />
          </li>
        ))}
      </ul>
    </section>
  );
};

const FollowCard = ({ follow }: { follow: Follow }) => {
  const { what, url, narrate, nextAt, lastAt, lastTask } = follow;
  const now = useNow();
  const voice = useVoices().data?.find(({ id }) => id === narrate)?.name ?? narrate;
  return (
    <article className={classes.card} aria-label={plainAddress(url)}>
      <div>
        <h3 className={classes.name}>{plainAddress(url)}</h3>
        <p className={classes.facts}>
          {what === "book" ? "Book" : "Catalogue"}
          {voice !== null && ` · new chapters are read aloud by ${voice}`}
        </p>
        <p className={classes.next}>
          {nextAt === null ? "Not looked at by itself at present" : `Next look ${ago(Date.parse(nextAt), now)}`}
          {lastAt !== null && ` · last ${ago(Date.parse(lastAt), now)}`}
          {lastTask !== null && (
            <>
              {" · "}
              <Link to={`/tasks/${lastTask}`}>what it found</Link>
            </>
          )}
        </p>
      </div>
      <Unfollow follow={follow} />
    </article>
  );
};

const Unfollow = ({ follow: { id, url } }: { follow: Follow }) => {
  const unfollow = useUnfollow();
  if (!mayWork(useMe().data)) return null;
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={unfollow.isPending}
      aria-label={`Unfollow ${plainAddress(url)}`}
      onClick={() =>
        unfollow.mutate(id, {
          onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }),
        })
      }
    >
      Unfollow
    </Button>
  );
};
