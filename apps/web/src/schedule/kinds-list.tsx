import { Loader, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type Kind, useKinds, useSwitchKind } from "../api/schedule.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { Problem } from "../parts/problem.tsx";
import { wordsForError } from "../words/error-words.ts";
import classes from "./schedule-page.module.css";

export const KindsList = () => {
  const kinds = useKinds();
  if (kinds.isPending) return <Loader size="sm" aria-label="Loading the kinds" />;
  if (kinds.isError) return <Problem error={kinds.error} retry={() => void kinds.refetch()} />;
  if (kinds.data.length === 0) return <Text c="dimmed">No runner has told of its kinds yet.</Text>;
  return (
    <ul className={classes.list} aria-label="Kinds of task">
      {kinds.data.map((kind) => (
        <li key={kind.kind} className={classes.card}>
          <div>
            <h3 className={classes.name}>{kind.title}</h3>
            <p className={classes.facts}>
              <code>{kind.kind}</code> · {kind.description}
            </p>
          </div>
          <KindSwitch kind={kind} />
        </li>
      ))}
    </ul>
  );
};

const KindSwitch = ({ kind }: { kind: Kind }) => {
  const change = useSwitchKind();
  const admin = isAdmin(useMe().data);
  return (
    <Switch
      aria-label={`${kind.title} is on`}
      checked={kind.status === "active"}
      disabled={!admin || change.isPending}
      onChange={(event) =>
        change.mutate(
          { kind: kind.kind, status: event.currentTarget.checked ? "active" : "disabled" },
          { onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }) },
        )
      }
    />
  );
};
