import classes from "./progress-line.module.css";

/** A thin bar. `fraction` null: it moves, but nobody knows how far. `label` is what a screen reader says of it. */
export const ProgressLine = ({
  fraction,
  label,
  tone = "busy",
}: {
  fraction: number | null;
  label: string;
  tone?: "busy" | "ok" | "warn" | "bad";
}) => (
  <progress
    className={classes.line}
    aria-label={label}
    data-tone={tone}
    max={1}
    {...(fraction === null ? {} : { value: fraction })}
  />
);
