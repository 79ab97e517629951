import { ChapterhouseError, ROUTES, VOICES, narrationDetailSchema, voiceList } from "@chapterhouse/domain";
import { READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors, fileAnswer } from "../openapi.ts";
import { sendFile, wantedRange } from "../send-file.ts";
import { idParams } from "./params.ts";

const tags = ["narration"];

const missing = (id: string) => new ChapterhouseError("NARRATION_NOT_FOUND", "No such narration", { details: { id } });

export const narrationRoutes = (app: App, { config, library }: AppDeps): void => {
  app.get(
    ROUTES.narration,
    {
      config: READ,
      schema: {
        tags,
        summary: "A narration with the times of its sentences",
        params: idParams,
        response: { 200: narrationDetailSchema, ...errors("NARRATION_NOT_FOUND") },
      },
    },
    async (request) => {
      const narration = await library.getNarration(request.params.id);
      if (!narration) throw missing(request.params.id);
      return narration;
    },
  );

  app.route({
    method: ["GET", "HEAD"],
    url: ROUTES.narrationAudio,
    config: READ,
    schema: {
      tags,
      summary: "A narration's audio, whole or one range of bytes",
      params: idParams,
      response: { ...fileAnswer("audio/mpeg", true), ...errors("NARRATION_NOT_FOUND", "RANGE_NOT_SATISFIABLE") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      // A narration's audio never changes: its id is its version.
      const file = await library.readAudio(id, wantedRange(request, `"${id}"`));
      if (!file) throw missing(id);
      return sendFile(file, request, reply, "private, max-age=86400, immutable");
    },
  });

  app.get(
    ROUTES.voices,
    { config: READ, schema: { tags, summary: "Every voice there is", response: { 200: voiceList, ...errors() } } },
    async () => ({ items: VOICES.map((voice) => ({ ...voice, isDefault: voice.id === config.defaultVoice })) }),
  );
};
