import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Lane } from "@chapterhouse/domain";
import { IconDots } from "@tabler/icons-react";
import { type LaneSwitch, useSwitchLane } from "../api/operator.ts";
import { wordsForError } from "../words/error-words.ts";

export const LaneMenu = ({ lane }: { lane: Lane }) => {
  const change = useSwitchLane();
  const choose = (to: LaneSwitch) =>
    change.mutate(
      { name: lane.name, to },
      { onError: (error) => notifications.show({ title: "Not done", message: wordsForError(error) }) },
    );
  const isClosed = lane.paused || lane.blockedUntil !== null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={change.isPending} aria-label={`Switch ${lane.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!lane.paused && <Menu.Item onClick={() => choose("pause")}>Pause</Menu.Item>}
        {isClosed && <Menu.Item onClick={() => choose("resume")}>Open now</Menu.Item>}
        <Menu.Item c="var(--bad)" onClick={() => choose("drain")}>
          Cancel all that wait in it
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
