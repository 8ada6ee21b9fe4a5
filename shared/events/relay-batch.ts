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
  /** Where the next batch goes on, in the order of tenants; absent where it begins anew. */
  afterTenant?: string;
  /** Rows that were read, by tenant. */
  tenants: Map<string, number>;
}

export interface BatchOptions {
  publishers: Partial<Record<string, EventPublisher<Envelope>>>;
  /** Rows a batch at most. */
  batchSize: number;
  /** Ordering keys published at the same time. */
  concurrency: number;
  publishTimeoutMs: number;
  /** Only tenants after this one have their turn. */
  afterTenant?: string;
  /** Tenants that have none. */
  resting?: string[];
}

/** Of the connection: the table grows from nothing to much in no time, and what was measured of it last says nothing. */
export const planSettings = { enable_seqscan: "off", enable_bitmapscan: "off" };

/** Tenants that have a turn in one batch. */
const tenantsTogether = 50;
/** Rows looked at for each row of a batch, shared among its tenants: some may be in the hands of other instances. */
const lookAhead = 4;
/** A batch begins nothing new after so long, so that a long row of one key does not hold up the others. */
const batchMs = 10;
const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * Publishes one batch of the outbox and removes what was published, in one transaction. Tenants take turns, so that the
 * events of one do not wait behind the flood of another. Rows with equal ordering keys go out in their order: an instance
 * works on a key only while it holds the lock on the key's oldest row, so that many instances share the work without
 * overtaking each other. A crash leaves all rows in place; they are published again, with the same event ids.
 */
export async function relayBatch(sql: postgres.Sql, options: BatchOptions): Promise<RelayedBatch> {
  return await sql.begin(async (tx) => {
    const { rows, afterTenant } = await claim(tx, options);
    const published: string[] = [];
    const failures: (FailedRow & { topic: string })[] = [];
    const queues = [...Map.groupBy(rows, (row) => row.ordering_key).values()];
    const until = performance.now() + batchMs;
    const worker = async () => {
      for (let queue = queues.pop(); queue !== undefined; queue = queues.pop()) {
        for (const row of queue) {
          if (published.length > 0 && performance.now() > until) return;
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
      afterTenant,
      tenants: new Map([...Map.groupBy(rows, tenantOf)].map(([tenant, { length }]) => [tenant, length])),
    };
  });
}

function tenantOf({ ordering_key }: OutboxRow): string {
  return ordering_key.split(":", 1)[0]!;
}

interface Claim {
  rows: OutboxRow[];
  afterTenant?: string;
}

/**
 * Locks the oldest rows of ordering keys and reads what waits behind them, one row of each tenant after the other. Costs the
 * same however much waits: of each tenant only its oldest rows are looked at, which hold the oldest row of each of
 * their keys. Postgres, which may take the table for small or for one tenant's, is left one way only, as it would
 * otherwise read all that waits: rows are read one by one by their ids, not joined, and `between` keeps the order by tenant,
 * which with `=` means nothing and lets it go through the primary key.
 */
async function claim(
  tx: postgres.TransactionSql,
  { batchSize, afterTenant = "", resting = [] }: BatchOptions,
): Promise<Claim> {
  const rows = await tx<(OutboxRow & { tenants: number; last_tenant: string })[]>`
    with recursive found as (
      (
        select split_part(ordering_key, ':', 1) as tenant from outbox
        where split_part(ordering_key, ':', 1) > ${afterTenant}
        order by split_part(ordering_key, ':', 1), id limit 1
      )
      union all
      select (
        select split_part(ordering_key, ':', 1) from outbox
        where split_part(ordering_key, ':', 1) > found.tenant
        order by split_part(ordering_key, ':', 1), id limit 1
      )
      from found where found.tenant is not null
    ),
    tenants as materialized (
      select tenant from found where tenant is not null and tenant <> all(${resting}::text[]) limit ${tenantsTogether}
    ),
    waiting as materialized (
      select tenant, row.*, row_number() over (partition by tenant order by row.id) as turn
      from tenants
      cross join lateral (
        select id, ordering_key, next_attempt_at from outbox
        where split_part(ordering_key, ':', 1) between tenants.tenant and tenants.tenant
        order by split_part(ordering_key, ':', 1), id
        limit (select greatest(20, ${batchSize * lookAhead}::int / count(*)) from tenants)
      ) row
    ),
    heads as (
      select distinct on (ordering_key) id, ordering_key, next_attempt_at, turn from waiting order by ordering_key, id
    ),
    claimed as materialized (
      select locked.ordering_key
      from (select id from heads where next_attempt_at <= now() order by turn, id) head
      cross join lateral (select * from outbox where id = head.id limit 1 for update skip locked) locked
      limit ${batchSize}
    )
    select o.id, o.topic, o.ordering_key, o.message, o.attempts,
           (select count(*) from tenants)::int as tenants, (select max(tenant) from tenants) as last_tenant
    from claimed
    join waiting using (ordering_key)
    cross join lateral (select * from outbox where id = waiting.id limit 1) o
    order by waiting.turn, o.id
    limit ${batchSize}`;
  const [row] = rows;
  return { rows, afterTenant: row?.tenants === tenantsTogether ? row.last_tenant : undefined };
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
