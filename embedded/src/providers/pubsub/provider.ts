/** What a Pub/Sub provider does for the runtime. Bodies are JSON text: the runtime encodes and decodes. */
export interface PubSubProvider {
  /** Resolves once the message is durable for every subscription of its topic. */
  publish(message: OutgoingMessage): Promise<void>;
  /** Starts delivering. Connection losses are the provider's to heal, so this neither fails nor ends. */
  subscribe(subscription: SubscriptionOptions): Consumer;
  /** Closes the connections. Stop the consumers first. */
  close(): Promise<void>;
}

export interface OutgoingMessage {
  /** Unique; the same for all subscriptions and attempts. */
  id: string;
  topic: string;
  /** JSON text. */
  body: string;
  /** Fields of the message that brokers see. */
  attributes: Record<string, string>;
  /** What the host sends along: trace, correlation id. */
  headers: Record<string, string>;
  /** Messages with equal keys reach a subscription one at a time, in the order of publishing. */
  orderingKey?: string;
}

export interface DeliveredMessage {
  id: string;
  /** JSON text. */
  body: string;
  attributes: Record<string, string>;
  headers: Record<string, string>;
  publishedAt: Date;
  /** Counts from 1, deliveries that ended with their process included. */
  attempt: number;
}

export interface RetryPolicy {
  minBackoffMs: number;
  maxBackoffMs: number;
  /** Failures beyond this end the deliveries; the message is then kept as a dead letter. */
  maxRetries: number;
}

export interface SubscriptionOptions {
  topic: string;
  name: string;
  /** The service that the subscription belongs to. */
  service: string;
  /** Handlers running at the same time in this process at most. */
  concurrency: number;
  retry: RetryPolicy;
  /** A handler that runs longer is warned of. */
  ackDeadlineMs: number;
  /** A message is handled when this resolves, failed when it rejects. */
  handle(message: DeliveredMessage): Promise<void>;
}

export interface Consumer {
  /** Takes no new messages, waits for the handlers that run, and has their outcome recorded. */
  stop(): Promise<void>;
}

/** Where a provider reports what nobody waits for. */
export type ProviderLog = (
  level: "warn" | "error",
  message: string,
  fields: Record<string, unknown>,
  error?: unknown,
) => void;

/** The wait before the next delivery after the given number of failures: exponential, between the policy's bounds. */
export function backoffMs(retry: RetryPolicy, failures: number): number {
  return Math.min(retry.maxBackoffMs, retry.minBackoffMs * 2 ** (failures - 1));
}
