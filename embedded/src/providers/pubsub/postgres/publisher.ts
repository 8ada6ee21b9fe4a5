import postgres from "postgres";
import { Batching } from "../batching.js";
import type { OutgoingMessage } from "../provider.js";
import type { Connections } from "./connections.js";
import { SCHEMA } from "./schema.js";
import { textArray } from "./text-array.js";

const MAX_BATCH_CHARS = 4_000_000;

/** Publishes with one statement at a time. What Postgres refuses is tried message by message: a bad one fails alone. */
export class Publisher {
  private readonly batching = new Batching<OutgoingMessage>({
    send: (messages) => this.insert(messages),
    size: ({ body }) => body.length,
    maxSize: MAX_BATCH_CHARS,
    separately: (error) => error instanceof postgres.PostgresError,
  });

  constructor(
    private readonly connections: Connections,
    private readonly worker: () => number | undefined,
    /** Subscriptions that now have something to take. */
    private readonly published: (subscriptions: number[]) => void,
  ) {}

  publish(message: OutgoingMessage): Promise<void> {
    return this.batching.add(message);
  }

  /** Resolves when nothing is on its way. */
  settled(): Promise<void> {
    return this.batching.settled();
  }

  private async insert(messages: OutgoingMessage[]): Promise<void> {
    const column = (of: (message: OutgoingMessage) => string | undefined): string =>
      textArray(messages.map(of));
    const [row] = await this.connections.run(
      (sql) => sql<{ ready: number[] }[]>`
        select array_to_json(${sql(SCHEMA)}.publish(
          ${this.worker() ?? null}, ${column((each) => each.topic)}::text[], ${column((each) => each.id)}::text[],
          ${column((each) => each.body)}::text[], ${column((each) => JSON.stringify(each.attributes))}::text[],
          ${column((each) => JSON.stringify(each.headers))}::text[],
          ${column((each) => each.orderingKey?.replaceAll("\0", "\u{fffd}"))}::text[],
          ${column((each) => each.attributes.tenantId?.replaceAll("\0", "\u{fffd}"))}::text[])) as ready`,
    );
    this.published(row?.ready ?? []);
  }
}
