import { Anchor } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Task } from "@chapterhouse/domain";
import { useNavigate } from "react-router";

/** Says that a job is on its way, and leads to it. Notifications stand outside the router, hence no `Link`. */
export const useTellOfJob = () => {
  const navigate = useNavigate();
  return (message: string, { id }: Pick<Task, "id">): void => {
    const address = `/tasks/${id}`;
    const shown = notifications.show({
      message: (
        <>
          {message}{" "}
          <Anchor
            href={address}
            inherit
            onClick={(event) => {
              event.preventDefault();
              notifications.hide(shown);
              void navigate(address);
            }}
          >
            Show it
          </Anchor>
        </>
      ),
    });
  };
};
