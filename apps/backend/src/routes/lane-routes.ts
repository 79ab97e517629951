import {
  ChapterhouseError,
  drainedAnswer,
  laneBody,
  laneList,
  laneSchema,
  pauseLaneBody,
  ROUTES,
} from "@chapterhouse/domain";
import { z } from "zod";
import { OPERATE, READ } from "../auth/access.ts";
import type { App, AppDeps } from "../deps.ts";
import { errors } from "../openapi.ts";

const tags = ["lanes"];
const laneParams = z.object({ name: z.string().max(300) });
const MOST_LISTED = 1000;

export const laneRoutes = (app: App, { admin, queue }: AppDeps): void => {
  const params = laneParams;
  const response = { 200: laneSchema, ...errors("LANE_NOT_FOUND") };

  const find = async (name: string) => {
    const [lane] = await queue.listLanes(1, name);
    if (!lane) throw new ChapterhouseError("LANE_NOT_FOUND", `There is no lane ${name}`, { details: { name } });
    return lane;
  };

  app.get(
    ROUTES.lanes,
    {
      config: READ,
      schema: { tags, summary: "Lanes with work, busiest first", response: { 200: laneList, ...errors() } },
    },
    async () => ({ items: [...(await queue.listLanes(MOST_LISTED))] }),
  );

  app.get(ROUTES.lane, { config: READ, schema: { tags, summary: "A lane", params, response } }, async (request) =>
    find(request.params.name),
  );

  app.put(
    ROUTES.lane,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Make a lane or change its limits",
        params,
        body: laneBody,
        response: { 200: laneSchema, ...errors("LANE_INVALID", "UNSUPPORTED_MEDIA_TYPE") },
      },
    },
    async (request) => {
      await queue.configureLane(request.params.name, request.body);
      return find(request.params.name);
    },
  );

  app.post(
    ROUTES.pauseLane,
    {
      config: OPERATE,
      schema: { tags, summary: "Claim nothing of a lane; what runs goes on", params, body: pauseLaneBody, response },
    },
    async (request) => {
      const { name } = request.params;
      await admin.pauseLane(name, request.body?.reason ?? "paused by an operator");
      return find(name);
    },
  );

  app.post(
    ROUTES.resumeLane,
    { config: OPERATE, schema: { tags, summary: "Lift a lane's pause and block", params, response } },
    async (request) => {
      await admin.resumeLane(request.params.name);
      return find(request.params.name);
    },
  );

  app.post(
    ROUTES.drainLane,
    {
      config: OPERATE,
      schema: {
        tags,
        summary: "Cancel what waits in a lane; what runs goes on",
        params,
        response: { 200: drainedAnswer, ...errors("LANE_NOT_FOUND") },
      },
    },
    async (request) => ({ cancelled: await admin.drainLane(request.params.name) }),
  );
};
