import { createEdgeEngine } from "../../../src/speech/edge/edge-engine.ts";
import { createFliteEngine } from "../../../src/speech/flite/flite-engine.ts";
import { engineSuite } from "./engine-suite.ts";
import { startFakeEdgeService } from "./fake-edge-service.ts";

engineSuite("flite", "flite:rms", async () => {
  const engine = createFliteEngine();
  return { engine, stop: () => engine.close() };
});

engineSuite("Edge", "edge:en-US-AriaNeural", async () => {
  const service = await startFakeEdgeService();
  const engine = createEdgeEngine({ url: service.url, connectTimeoutMs: 5000, idleTimeoutMs: 5000 });
  return {
    engine,
    stop: async () => {
      await engine.close();
      await service[Symbol.asyncDispose]();
    },
  };
});
