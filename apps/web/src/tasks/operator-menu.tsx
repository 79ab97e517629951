import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Task } from "@chapterhouse/domain";
import { IconDots } from "@tabler/icons-react";
import { type TaskAction, useAct } from "../api/operator.ts";
import { isAdmin, useMe } from "../api/session.ts";
import { wordsForError } from "../words/error-words.ts";
import { taskSubject } from "../words/task-words.ts";

interface Choice {
  readonly label: string;
  readonly action: TaskAction;
  readonly for: readonly Task["status"][];
  readonly bad?: boolean;
}

const CHOICES: readonly Choice[] = [
  { label: "Hold", action: { type: "hold" }, for: ["pending"] },
  { label: "Go on", action: { type: "resume" }, for: ["paused"] },
  { label: "Run as soon as possible", action: { type: "reschedule", priority: -1000 }, for: ["pending", "paused"] },
  { label: "Try the same task again", action: { type: "redrive" }, for: ["failed", "cancelled"] },
  { label: "Take it as done", action: { type: "complete" }, for: ["pending", "paused", "failed", "cancelled"] },
  {
    label: "Give it up",
    action: { type: "fail", reason: "given up by an operator" },
    for: ["pending", "paused"],
    bad: true,
  },
  {
    label: "Remove",
    action: { type: "remove" },
    for: ["pending", "paused", "done", "failed", "cancelled"],
    bad: true,
  },
];

/** What an operator may do with a task in its state; nothing for everybody else. */
export const OperatorMenu = ({ task }: { task: Task }) => {
  const act = useAct();
  const choices = CHOICES.filter((choice) => choice.for.includes(task.status));
  if (!isAdmin(useMe().data) || choices.length === 0) return null;
  const choose = (action: TaskAction) =>
    act.mutate(
      { action, ids: [task.id] },
      {
        onSuccess: (changed) => {
          if (changed === 0) notifications.show({ message: "Nothing was changed: it has moved on meanwhile." });
        },
        onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }),
      },
    );
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={act.isPending} aria-label={`More for ${taskSubject(task)}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(({ label, action, bad }) => (
          <Menu.Item key={label} {...(bad && { c: "var(--bad)" })} onClick={() => choose(action)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};
