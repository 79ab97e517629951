import { IconPlugConnectedX } from "@tabler/icons-react";
import { isAway } from "../api/polling.ts";
import { useStatus } from "../api/status.ts";
import classes from "./away-banner.module.css";

/** Says that the backend does not answer. It lies over the page, so that nothing moves when it comes and goes. */
export const AwayBanner = () => {
  const { error } = useStatus();
  return (
    <output className={classes.place}>
      {isAway(error) && (
        <span className={classes.banner}>
          <IconPlugConnectedX size={18} aria-hidden />
          Chapterhouse does not answer. What you see may be old; it is tried again every few seconds.
        </span>
      )}
    </output>
  );
};
