import { NativeSelect } from "@mantine/core";
import type { Voice } from "@chapterhouse/domain";
import { useVoices } from "../api/books.ts";

const languages = new Intl.DisplayNames(["en"], { type: "language" });

/** The platform's own select: the best one on a phone and for screen readers. `narrated` voices are marked. */
export const VoiceSelect = ({
  value,
  onChange,
  narrated,
  compact = false,
}: {
  value: string;
  onChange: (voice: string) => void;
  narrated?: readonly string[];
  compact?: boolean;
}) => {
  const voices = useVoices().data ?? [];
  const name = (voice: Voice) => `${voice.name}${narrated?.includes(voice.id) === true ? " ✓" : ""}`;
  return (
    <NativeSelect
      {...(compact ? { "aria-label": "Voice", size: "xs" } : { label: "Voice" })}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {byLanguage(voices).map(({ label, group }) => (
        <optgroup key={label} label={label}>
          {group.map((voice) => (
            <option key={voice.id} value={voice.id}>
              {name(voice)}
            </option>
          ))}
        </optgroup>
      ))}
    </NativeSelect>
  );
};

/** Voices that need no network stand first, then one group a language, as the server lists them. */
const byLanguage = (voices: readonly Voice[]) => {
  const groups = new Map<string, Voice[]>();
  for (const voice of voices) {
    const language = languages.of(voice.language) ?? voice.language;
    const label = voice.offline ? `${language}, without network` : `${language}, over the network`;
    groups.set(label, [...(groups.get(label) ?? []), voice]);
  }
  return [...groups].map(([label, group]) => ({ label, group }));
};
