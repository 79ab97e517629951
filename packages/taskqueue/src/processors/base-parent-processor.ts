import type { z } from "zod";
import { BaseFlowProcessor } from "./base-flow-processor.ts";

/** @deprecated The former name of `BaseFlowProcessor`, and nothing else. */
export abstract class BaseParentProcessor<S extends z.ZodType, Step extends string = string> extends BaseFlowProcessor<
  S,
  Step
> {}
