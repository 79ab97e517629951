import { useVoices } from "../api/books.ts";
import { useStoredChoice } from "../parts/stored-choice.ts";

/** The voice this browser last chose, else the server's default; "" until the voices are known. */
export const useVoiceChoice = (): readonly [string, (voice: string) => void] => {
  const voices = useVoices().data ?? [];
  const [stored, setStored] = useStoredChoice<string>("voice", "");
  const known = voices.some((voice) => voice.id === stored);
  const fallback = voices.find((voice) => voice.isDefault) ?? voices[0];
  return [known ? stored : (fallback?.id ?? ""), setStored];
};
