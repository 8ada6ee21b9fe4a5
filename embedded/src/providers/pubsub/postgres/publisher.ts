import postgres from "postgres";
import type { OutgoingMessage } from "../provider.js";
import type { Connections } from "./connections.js";
import { SCHEMA } from "./schema.js";
import { textArray } from "./text-array.js";

const MAX_BATCH = 500;
const MAX_BATCH_CHARS = 4_000_000;

interface Waiting {
  message: OutgoingMessage;
  done: PromiseWithResolvers<void>;
}

/**
 * Publishes with one statement at a time; messages that come meanwhile go
 * together in the next. So a lone message costs one round trip, many share the
 * disk's, and messages of one process keep their order without being awaited.
 */
export class Publisher {
  private waiting: Waiting[] = [];
  private sending: Promise<void> | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly worker: () => number | undefined,
    /** Subscriptions that now have something to take. */
    private readonly published: (subscriptions: number[]) => void,
  ) {}

  publish(message: OutgoingMessage): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.waiting.push({ message, done });
    this.sending ??= this.send();
    return done.promise;
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await this.sending;
  }

  private async send(): Promise<void> {
    await Promise.resolve(); // what is published in the same breath goes in the same statement
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      try {
        await this.insert(batch);
        for (const { done } of batch) done.resolve();
      } catch (error) {
        await this.failed(batch, error);
      }
    }
    this.sending = undefined; // in the same breath as the last look
  }

  private nextBatch(): Waiting[] {
    let chars = 0;
    const over = this.waiting.findIndex(({ message }, index) => {
      chars += message.body.length;
      return index === MAX_BATCH || (index > 0 && chars > MAX_BATCH_CHARS);
    });
    return this.waiting.splice(0, over === -1 ? this.waiting.length : over);
  }

  /** A statement that Postgres refused is tried message by message, so that one bad message fails alone. */
  private async failed(batch: Waiting[], error: unknown): Promise<void> {
    const separate = batch.length > 1 && error instanceof postgres.PostgresError;
    for (const each of batch) {
      if (!separate) each.done.reject(error);
      else await this.insert([each]).then(each.done.resolve, each.done.reject);
    }
  }

  private async insert(batch: Waiting[]): Promise<void> {
    const messages = batch.map((each) => each.message);
    const column = (of: (message: OutgoingMessage) => string | undefined): string =>
      textArray(messages.map(of));
    const [row] = await this.connections.run(
      (sql) => sql<{ ready: number[] }[]>`
        select array_to_json(${sql(SCHEMA)}.publish(
          ${this.worker() ?? null}, ${column((each) => each.topic)}::text[], ${column((each) => each.id)}::text[],
          ${column((each) => each.body)}::text[], ${column((each) => JSON.stringify(each.attributes))}::text[],
          ${column((each) => JSON.stringify(each.headers))}::text[],
          ${column((each) => each.orderingKey?.replaceAll("\0", "\u{fffd}"))}::text[])) as ready`,
    );
    this.published(row?.ready ?? []);
  }
}
