import type postgres from "postgres";
import type { TopicMessages, TopicName } from "./topics.js";
import type { Envelope } from "./types.js";

/** What a topic reference made with `topic.ref<Publisher<T>>()` offers. */
export interface EventPublisher<TEvent> {
  publish(event: TEvent): Promise<string>;
}

/** A service's publishers by topic name. */
export type EventPublishers<TName extends TopicName> = { [K in TName]: EventPublisher<TopicMessages[K]> };

interface OutboxRow {
  /** `bigint`, as text. */
  id: string;
  topic: string;
  ordering_key: string;
  message: Envelope;
  attempts: number;
}

interface FailedRow {
  id: string;
  error: string;
  retryInMs: number;
}

export interface RelayedBatch {
  published: number;
  /** Head rows whose publishing failed; the rows behind them wait for them. */
  failed: { topic: string; error: string }[];
  /** When the first failed row is due again. */
  retryInMs?: number;
}

export interface BatchOptions {
  publishers: Partial<Record<string, EventPublisher<Envelope>>>;
  /** Rows a batch at most. */
  batchSize: number;
  /** Ordering keys published at the same time. */
  concurrency: number;
  publishTimeoutMs: number;
}

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * Publishes one batch of the outbox and removes what was published, in one transaction. Rows with equal ordering
 * keys go out in their order: an instance works on a key only while it holds the lock on the key's oldest row, so
 * that many instances share the work without overtaking each other. A crash leaves all rows in place; they are
 * published again, with the same event ids.
 */
export async function relayBatch(sql: postgres.Sql, options: BatchOptions): Promise<RelayedBatch> {
  return await sql.begin(async (tx) => {
    const rows = await claim(tx, options.batchSize);
    const published: string[] = [];
    const failures: (FailedRow & { topic: string })[] = [];
    const queues = [...Map.groupBy(rows, (row) => row.ordering_key).values()];
    const worker = async () => {
      for (let queue = queues.pop(); queue !== undefined; queue = queues.pop()) {
        for (const row of queue) {
          const error = await publishRow(row, options);
          if (error !== undefined) {
            failures.push({ id: row.id, topic: row.topic, error, retryInMs: retryDelay(row.attempts) });
            break;
          }
          published.push(row.id);
        }
      }
    };
    queues.reverse();
    await Promise.all(Array.from({ length: Math.min(options.concurrency, queues.length) }, worker));
    await settle(tx, published, failures);
    return {
      published: published.length,
      failed: failures.map(({ topic, error }) => ({ topic, error })),
      retryInMs: failures.length > 0 ? Math.min(...failures.map((failure) => failure.retryInMs)) : undefined,
    };
  });
}

async function claim(tx: postgres.TransactionSql, batchSize: number): Promise<OutboxRow[]> {
  return await tx<OutboxRow[]>`
    with heads as (
      select head.ordering_key
      from outbox head
      where head.next_attempt_at <= now()
        and not exists (
          select from outbox earlier where earlier.ordering_key = head.ordering_key and earlier.id < head.id
        )
      order by head.id
      limit ${batchSize}
      for update of head skip locked
    )
    select o.id, o.topic, o.ordering_key, o.message, o.attempts
    from outbox o
    join heads using (ordering_key)
    order by o.id
    limit ${batchSize}`;
}

async function publishRow(row: OutboxRow, options: BatchOptions): Promise<string | undefined> {
  const publisher = options.publishers[row.topic];
  if (publisher === undefined) return `This service's relay has no publisher for the topic "${row.topic}".`;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Publishing took longer than ${options.publishTimeoutMs} ms.`)),
      options.publishTimeoutMs,
    );
  });
  try {
    await Promise.race([publisher.publish(row.message), timeout]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

async function settle(
  tx: postgres.TransactionSql,
  published: string[],
  failures: FailedRow[],
): Promise<void> {
  if (published.length > 0) await tx`delete from outbox where id = any(${published}::bigint[])`;
  for (const { id, error, retryInMs } of failures) {
    await tx`
      update outbox
      set attempts = attempts + 1,
          last_error = ${error},
          next_attempt_at = now() + ${retryInMs} * interval '1 millisecond'
      where id = ${id}`;
  }
}

function retryDelay(attempts: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(attempts, 20), longestRetryMs);
}
