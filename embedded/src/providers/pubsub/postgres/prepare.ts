import postgres from "postgres";
import type { AppModel } from "../../../model/app-model.js";
import { MIGRATIONS } from "./migrations.js";
import { SCHEMA } from "./schema.js";

const CONNECT_TIMEOUT_SECONDS = 10;
const STATEMENT_TIMEOUT_MS = 60_000;
/** Held while the schema is changed, so that processes starting together take turns. */
const PREPARE_LOCK = 0x61780003;
const MS_PER_DAY = 86_400_000;
const DEFAULT_RETENTION_MS = 7 * MS_PER_DAY;

type Subscriptions = Pick<AppModel, "subscriptions">["subscriptions"];

/**
 * Brings the queue's schema in the database of `connectionString` up to date and
 * makes its subscriptions those of the model: a message goes to the
 * subscriptions known when it is published. One that the model no longer has
 * gets no new messages. Two short queries when there is nothing to do.
 */
export async function preparePubSub(
  connectionString: string,
  model: Pick<AppModel, "subscriptions">,
): Promise<void> {
  const sql = postgres(connectionString, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "axion-pubsub-prepare", statement_timeout: STATEMENT_TIMEOUT_MS },
  });
  try {
    if ((await isMigrated(sql)) && (await hasSubscriptions(sql, model.subscriptions))) return;
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${PREPARE_LOCK})`;
      await migrate(tx);
      await writeSubscriptions(tx, model.subscriptions);
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function isMigrated(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<
    { exists: boolean }[]
  >`select to_regclass(${`${SCHEMA}.schema_version`}) is not null as exists`;
  return row?.exists === true && (await version(sql)) >= MIGRATIONS.length;
}

async function version(sql: postgres.ISql): Promise<number> {
  const [row] = await sql<{ version: number }[]>`select version from ${sql(SCHEMA)}.schema_version`;
  return row?.version ?? 0;
}

async function migrate(tx: postgres.TransactionSql): Promise<void> {
  await tx`create schema if not exists ${tx(SCHEMA)}`;
  await tx`create table if not exists ${tx(SCHEMA)}.schema_version (version int not null)`;
  const current = await version(tx);
  if (current >= MIGRATIONS.length) return;
  for (const migration of MIGRATIONS.slice(current)) await tx.unsafe(migration);
  await tx`delete from ${tx(SCHEMA)}.schema_version`;
  await tx`insert into ${tx(SCHEMA)}.schema_version values (${MIGRATIONS.length})`;
}

/** One line a subscription, comparable with `string_agg` of the table. */
function lines(subscriptions: Subscriptions): string[] {
  return subscriptions.map((each) => `${each.topic} ${each.name} ${retentionMs(each)}`).sort();
}

function retentionMs(subscription: Subscriptions[number]): number {
  return subscription.messageRetentionMs || DEFAULT_RETENTION_MS;
}

async function hasSubscriptions(sql: postgres.Sql, subscriptions: Subscriptions): Promise<boolean> {
  const rows = await sql<{ line: string }[]>`
    select topic || ' ' || name || ' ' || (extract(epoch from retention) * 1000)::bigint as line
    from ${sql(SCHEMA)}.subscription where retired_at is null`;
  const known = rows.map((row) => row.line).sort();
  return known.join("\n") === lines(subscriptions).join("\n");
}

async function writeSubscriptions(tx: postgres.TransactionSql, subscriptions: Subscriptions): Promise<void> {
  const wanted = JSON.stringify(
    subscriptions.map((each) => ({ topic: each.topic, name: each.name, retention_ms: retentionMs(each) })),
  );
  await tx`
    with wanted as (
      select * from json_to_recordset(${wanted}::text::json) as w(topic text, name text, retention_ms bigint)
    ), kept as (
      insert into ${tx(SCHEMA)}.subscription (topic, name, retention)
      select topic, name, retention_ms * interval '1 millisecond' from wanted
      on conflict (topic, name) do update set retention = excluded.retention, retired_at = null
    )
    update ${tx(SCHEMA)}.subscription s set retired_at = now()
    where s.retired_at is null
      and not exists (select from wanted w where w.topic = s.topic and w.name = s.name)`;
}
