import {
  ChapterhouseError,
  isVoice,
  PAYLOADS,
  type Payload,
  ROUTES,
  type TargetRules,
  type TaskKind,
} from "@chapterhouse/domain";
import { type Complete, type NewTask, ownTask } from "@chapterhouse/taskqueue";
import { z } from "zod";
import { checkScrapeTargets } from "./scrape-target.ts";

type AnyPayload = Readonly<Record<string, unknown>>;
/** What payloads of our own kinds may have that is to be checked here. */
interface OwnFields {
  readonly url?: string;
  readonly narrate?: string | undefined;
  readonly voice?: string;
}

export interface AskOptions {
  readonly complete: Complete;
  readonly rules: TargetRules;
}

export const isOwnKind = (kind: string): kind is TaskKind => Object.hasOwn(PAYLOADS, kind);

/** Throws `VOICE_UNKNOWN`. */
export const checkVoice = (voice: string): string => {
  if (isVoice(voice)) return voice;
  throw new ChapterhouseError("VOICE_UNKNOWN", `No voice ${voice}; GET ${ROUTES.voices} lists them`, {
    details: { voice },
  });
};

/** A field that the kind does not know is refused: passed over, a misspelt one would mean another task. */
const readPayloads = <K extends TaskKind>(kind: K, payloads: readonly AnyPayload[]): readonly Payload<K>[] => {
  const schema = z.strictObject(PAYLOADS[kind].shape);
  return payloads.map((payload, index) => {
    const read = schema.safeParse(payload);
    if (read.success) return read.data as Payload<K>;
    const problems = read.error.issues.map(({ path, message }) => ({ path: `/${path.join("/")}`, message }));
    const [first] = problems;
    const message = `The payload of task ${index} does not fit ${kind}: ${first?.path} ${first?.message}`;
    throw new ChapterhouseError("PAYLOAD_INVALID", message, { details: { index, kind, problems } });
  });
};

/**
 * The tasks of one kind that someone asks for, by their payloads: our own stand where their payload says and their
 * addresses are checked, others are as their definition says. Throws what completing throws, and `BAD_URL`,
 * `ADDRESS_REFUSED`, `HOST_UNRESOLVED`, `VOICE_UNKNOWN`.
 */
export const tasksAskedFor = async (
  kind: string,
  payloads: readonly AnyPayload[],
  { complete, rules }: AskOptions,
): Promise<readonly NewTask[]> => {
  if (!isOwnKind(kind)) return complete(payloads.map((payload) => ({ kind, payload })));
  const own = readPayloads(kind, payloads);
  const fields: readonly OwnFields[] = own;
  for (const voice of fields.flatMap(({ voice, narrate }) => voice ?? narrate ?? [])) checkVoice(voice);
  await checkScrapeTargets(
    fields.flatMap(({ url }) => url ?? []),
    rules,
  );
  return own.map((payload) => ownTask(kind, payload));
};
