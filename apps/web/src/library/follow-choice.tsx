import { Checkbox, Stack } from "@mantine/core";
import { useVoiceChoice } from "../reader/use-voice-choice.ts";
import { VoiceSelect } from "../reader/voice-select.tsx";

export interface FollowWish {
  readonly follow: boolean;
  /** Whether new chapters are read aloud, in the voice that this browser last chose. */
  readonly aloud: boolean;
}

interface FollowChoiceProps {
  readonly what: "book" | "catalogue";
  readonly wish: FollowWish;
  readonly onChange: (wish: FollowWish) => void;
}

/** Whether to look again every day, and what to do with what is new. */
export const FollowChoice = ({ what, wish, onChange }: FollowChoiceProps) => {
  const [voice, setVoice] = useVoiceChoice();
  return (
    <Stack gap="sm">
      <Checkbox
        label="Keep following it"
        description={what === "book" ? "Look for new chapters every day" : "Look for new books every day"}
        checked={wish.follow}
        onChange={(event) => onChange({ ...wish, follow: event.currentTarget.checked })}
      />
      {what === "book" && wish.follow && (
        <Stack gap="xs" pl="xl">
          <Checkbox
            label="Read new chapters aloud"
            checked={wish.aloud}
            onChange={(event) => onChange({ ...wish, aloud: event.currentTarget.checked })}
          />
          {wish.aloud && <VoiceSelect value={voice} onChange={setVoice} />}
        </Stack>
      )}
    </Stack>
  );
};
