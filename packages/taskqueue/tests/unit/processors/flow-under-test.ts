import type { Task } from "@chapterhouse/domain";
import { z } from "zod";
import {
  BaseFlowProcessor,
  createMemoryPorts,
  type FlowSteps,
  type NewTask,
  type StepContext,
  type TaskResult,
} from "../../../src/index.ts";
import { findOne, workOn } from "../worker-under-test.ts";

export const video = z.object({ videoId: z.string() });
export type Step = "download" | "transcode" | "check" | "upload";
export const STEPS = ["download", "transcode", "check", "upload"] as const;

type Doing = (step: Step, context: StepContext) => unknown;

/** A flow whose steps do what the test says; `calls` are the steps in the order in which they were begun. */
export class VideoFlow extends BaseFlowProcessor<typeof video, Step> {
  readonly kind = "video";
  readonly payload = video;
  readonly calls: Step[] = [];
  doing: Doing = (step) => `${step}ed`;
  existing: Partial<Record<Step, unknown>> = {};
  flow: FlowSteps<Step> = STEPS;

  steps() {
    return this.flow;
  }

  async processStep(step: Step, _payload: unknown, context: StepContext) {
    this.calls.push(step);
    return this.doing(step, context);
  }

  override async findExisting(step: Step) {
    return this.existing[step] ?? null;
  }

  /** As a real one has it. */
  recoverable(step: Step, message: string) {
    return this.failedStep(step, new Error(message));
  }
}

/** A queue in memory with a clock of its own, and flows that run on it. */
export class Stage {
  time = Date.parse("2026-01-01T00:00:00Z");
  readonly flow = new VideoFlow();
  readonly ports = createMemoryPorts({ now: () => this.time });

  async add(more: Partial<NewTask> = {}): Promise<string> {
    const [added] = await this.ports.queue.add([{ kind: "video", payload: { videoId: "v1" }, ...more }]);
    if (!added) throw new Error("nothing was added");
    return added.task.id;
  }

  /** Does all that is claimable now; of these kinds alone, when they are given. */
  async run(kinds = ["video", "video.step"]): Promise<void> {
    const worker = workOn(this.ports.queue, {}, { defined: this.flow.toKinds(), kinds, now: () => this.time });
    await worker.idle();
    await worker.stop();
  }

  after(ms: number): Promise<void> {
    this.time += ms;
    return this.run();
  }

  find(id: string): Promise<Task> {
    return findOne(this.ports.queue, id);
  }

  async steps(id: string): Promise<readonly (readonly unknown[])[]> {
    const children = await this.ports.queue.children(id, { limit: 100 });
    return children.map(({ task }) => [task.payload["step"], task.status, task.attempts]);
  }
}

export const resultOf = ({ result }: Task) => result as unknown as TaskResult;
