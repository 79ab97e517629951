import { useLocalStorage } from "@mantine/hooks";

/** A choice that this browser keeps (voice, speed, size of type). Works without storage, too: then for this visit. */
export const useStoredChoice = <T extends string | number>(name: string, fallback: T) =>
  useLocalStorage<T>({ key: `chapterhouse-${name}`, defaultValue: fallback, getInitialValueInEffect: false });
