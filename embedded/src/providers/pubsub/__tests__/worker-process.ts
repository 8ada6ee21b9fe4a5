/** A process that handles messages, as tests start and kill it. What it does comes as JSON; what happens goes to the parent. */
import type { PubSubConfig } from "../../../runtime/host-config.js";
import { createPubSub } from "../index.js";

export interface WorkerOptions {
  pubsub: PubSubConfig;
  topics: string[];
  service?: string;
  concurrency: number;
  /** How long a handler takes; a message `"hang"` takes forever. */
  handlerMs: number;
}

export type WorkerReport =
  | { started: unknown }
  | { handled: unknown; attempt: number }
  | { stopped: true }
  | { ready: true };

const options = JSON.parse(process.argv[2] ?? "{}") as WorkerOptions;
const report = (message: WorkerReport): void => void process.send?.(message);

const provider = createPubSub(options.pubsub, (_level, message, fields, error) =>
  console.error(message, fields, error),
);
const consumers = options.topics.map((topic) =>
  provider.subscribe({
    topic,
    name: "one",
    service: options.service ?? "app",
    concurrency: options.concurrency,
    ackDeadlineMs: 30_000,
    retry: { minBackoffMs: 10, maxBackoffMs: 10, maxRetries: 100 },
    async handle(message) {
      const value = JSON.parse(message.body) as unknown;
      report({ started: value });
      if (value === "hang") await new Promise(() => {});
      if (options.handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, options.handlerMs));
      report({ handled: value, attempt: message.attempt });
    },
  }),
);
process.once("SIGTERM", async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await provider.close();
  report({ stopped: true });
  process.disconnect();
});
report({ ready: true });
