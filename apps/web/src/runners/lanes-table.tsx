import { Text } from "@mantine/core";
import type { Lane } from "@chapterhouse/domain";
import { IconBan, IconCircleCheck, IconPlayerPause, type Icon } from "@tabler/icons-react";
import { isAdmin, useMe } from "../api/session.ts";
import { useNow } from "../parts/use-now.ts";
import { figure } from "../words/count.ts";
import { ago, span } from "../words/time.ts";
import { LaneMenu } from "./lane-menu.tsx";
import classes from "./lanes-table.module.css";

export const LanesTable = ({ lanes }: { lanes: readonly Lane[] }) => {
  const now = useNow(5_000);
  const admin = isAdmin(useMe().data);
  if (lanes.length === 0) return <Text c="dimmed">No lane has work.</Text>;
  return (
    // Scrolls by itself on a narrow window, so it must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.scroll} aria-label="Lanes" tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col">State</th>
            <th scope="col" className={classes.number}>
              Running
            </th>
            <th scope="col" className={classes.number}>
              Waiting
            </th>
            <th scope="col" className={classes.number}>
              At once
            </th>
            <th scope="col" className={classes.number}>
              Gap
            </th>
            <th scope="col" className={classes.number}>
              Rate
            </th>
            {admin && <th scope="col">Switch</th>}
          </tr>
        </thead>
        <tbody className="numbers">
          {lanes.map((lane) => {
            const { words, StateIcon, tone } = laneState(lane, now);
            return (
              <tr key={lane.name}>
                <th scope="row">{lane.name}</th>
                <td>
                  <span className={classes.state} data-tone={tone}>
                    <StateIcon size={16} aria-hidden />
                    {words}
                  </span>
                </td>
                <td className={classes.number}>{figure(lane.running)}</td>
                <td className={classes.number}>{figure(lane.pending)}</td>
                <td className={classes.number}>{lane.concurrency ?? "any"}</td>
                <td className={classes.number}>{lane.gapMs === 0 ? "none" : `${lane.gapMs / 1000} s`}</td>
                <td className={classes.number}>{rateWords(lane)}</td>
                {admin && (
                  <td>
                    <LaneMenu lane={lane} />
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
};

const rateWords = ({ rate }: Lane): string =>
  rate === null ? "any" : `${figure(rate.count)} in ${span(rate.intervalMs)}`;

const laneState = (lane: Lane, now: number): { words: string; StateIcon: Icon; tone: string } => {
  if (lane.paused) return { words: lane.reason ?? "Paused", StateIcon: IconPlayerPause, tone: "warn" };
  if (lane.blockedUntil !== null && Date.parse(lane.blockedUntil) > now) {
    const until = `open ${ago(Date.parse(lane.blockedUntil), now)}`;
    return { words: lane.reason === null ? until : `${lane.reason}, ${until}`, StateIcon: IconBan, tone: "warn" };
  }
  return { words: "Open", StateIcon: IconCircleCheck, tone: "ok" };
};
