export { createConsumer } from "./consumer.ts";
export * from "./handler.ts";
export { createMemoryQueue } from "./memory/queue.ts";
export { createPocketBaseQueue } from "./pocketbase/queue.ts";
export * from "./ports.ts";
export { createProducer, PRIORITIES } from "./producer.ts";
export { createReader } from "./reader.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
