import { ActionIcon, NativeSelect } from "@mantine/core";
import { IconFocusCentered, IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { IconRewindBackward15, IconRewindForward15 } from "@tabler/icons-react";
import { useEffect, type ReactNode } from "react";
import { useStoredChoice } from "../parts/stored-choice.ts";
import { clock } from "../words/time.ts";
import { SKIP_MS } from "./use-media-session.ts";
import { seekTo, setSpeed, skip, start, type Playback } from "./use-playback.ts";
import classes from "./player-bar.module.css";

const SPEEDS = [0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

/** The bar at the bottom of the reader; `children` is the choice of voice. `durationMs`: until the file tells its own. */
export const PlayerBar = ({
  audio,
  playback,
  durationMs,
  following,
  onFollow,
  children,
}: {
  audio: HTMLAudioElement;
  playback: Playback;
  durationMs: number;
  following: boolean;
  onFollow: () => void;
  children: ReactNode;
}) => {
  const whole = playback.durationMs > 0 ? playback.durationMs : durationMs;
  return (
    <div className={classes.bar}>
      <div className={classes.buttons}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={40}
          aria-label="Back 15 seconds"
          onClick={() => skip(audio, -SKIP_MS)}
        >
          <IconRewindBackward15 size={22} />
        </ActionIcon>
        <ActionIcon
          variant="filled"
          size={48}
          radius="xl"
          aria-label={playback.playing ? "Pause" : "Play"}
          onClick={() => (playback.playing ? audio.pause() : start(audio))}
        >
          {playback.playing ? <IconPlayerPauseFilled size={22} /> : <IconPlayerPlayFilled size={22} />}
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={40}
          aria-label="On 15 seconds"
          onClick={() => skip(audio, SKIP_MS)}
        >
          <IconRewindForward15 size={22} />
        </ActionIcon>
      </div>
      <div className={classes.seek}>
        <span className="numbers">{clock(playback.positionMs)}</span>
        <input
          type="range"
          aria-label="Position"
          aria-valuetext={`${clock(playback.positionMs)} of ${clock(whole)}`}
          min={0}
          max={Math.max(1, Math.round(whole / 1000))}
          step={1}
          value={Math.round(playback.positionMs / 1000)}
          onChange={(event) => seekTo(audio, Number(event.currentTarget.value) * 1000)}
        />
        <span className="numbers">{clock(whole)}</span>
      </div>
      <div className={classes.choices}>
        <Speed audio={audio} />
        {children}
        <ActionIcon
          variant={following ? "light" : "default"}
          size={34}
          aria-label="Keep the spoken sentence in view"
          title="Keep the spoken sentence in view"
          aria-pressed={following}
          onClick={onFollow}
        >
          <IconFocusCentered size={19} />
        </ActionIcon>
      </div>
      {playback.broken && (
        <p role="alert" className={classes.broken}>
          The audio cannot be played. Load the page again, or have the chapter narrated anew.
        </p>
      )}
    </div>
  );
};

const Speed = ({ audio }: { audio: HTMLAudioElement }) => {
  const [speed, keepSpeed] = useStoredChoice<number>("speed", 1);
  useEffect(() => setSpeed(audio, speed), [audio, speed]);
  return (
    <NativeSelect
      aria-label="Speed"
      size="xs"
      value={String(speed)}
      onChange={(event) => keepSpeed(Number(event.currentTarget.value))}
      data={SPEEDS.map((value) => ({ value: String(value), label: `${value}×` }))}
    />
  );
};
