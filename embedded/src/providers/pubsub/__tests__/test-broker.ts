import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import { PostgresPubSub } from "../postgres/postgres-provider.js";
import type { Consumer, DeliveredMessage, SubscriptionOptions } from "../provider.js";

/** Waits until the assertion holds. */
export async function eventually(assertion: () => void | Promise<void>, timeout = 10_000): Promise<void> {
  await vi.waitFor(assertion, { timeout, interval: 20 });
}

export interface Logged {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

/** One process's view of the broker, with what it logged. */
export class TestBroker {
  readonly logged: Logged[] = [];
  readonly provider: PostgresPubSub;
  private readonly consumers: Consumer[] = [];

  constructor(url: string) {
    this.provider = new PostgresPubSub(url, (level, message, fields) =>
      this.logged.push({ level, message, fields }),
    );
  }

  /** Publishes a value; resolves with the message id. */
  async publish(topic: string, value: unknown, orderingKey?: string, tenantId?: string): Promise<string> {
    const id = randomUUID();
    const body = JSON.stringify(value);
    await this.provider.publish({
      id,
      topic,
      body,
      orderingKey,
      attributes: { a: "1", ...(tenantId === undefined ? {} : { tenantId }) },
      headers: { h: "2" },
    });
    return id;
  }

  subscribe(
    topic: string,
    name: string,
    handle: (value: unknown, message: DeliveredMessage) => Promise<void>,
    options: Partial<SubscriptionOptions> = {},
  ): Consumer {
    const consumer = this.provider.subscribe({
      topic,
      name,
      service: "app",
      concurrency: 10,
      ackDeadlineMs: 30_000,
      retry: { minBackoffMs: 100, maxBackoffMs: 1_000, maxRetries: 3 },
      handle: (message) => handle(JSON.parse(message.body), message),
      ...options,
    });
    this.consumers.push(consumer);
    return consumer;
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await this.provider.close();
  }
}
