import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, subscription, type TestDatabase } from "../__tests__/test-database.js";
import { STEADY_PLANS } from "./connections.js";
import { SCHEMA } from "./schema.js";

const waiting = 2_000;
const keys = 40;
/** Rows read of the table for each message that is taken or done with; joined with all that wait it was over 400. */
const mostReadForEach = 10;

let database: TestDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase([subscription("events", "one")]);
  sql = postgres(database.url, { max: 1, fetch_types: false, connection: STEADY_PLANS });
}, 60_000);
afterAll(async () => {
  await sql.end();
  await database.drop();
});

async function publish(tx: postgres.ISql, count: number): Promise<void> {
  await tx`
    select ${tx(SCHEMA)}.publish(1, array_agg('events'::text), array_agg(n::text), array_agg('{}'::text),
      array_agg('{}'::text), array_agg('{}'::text), array_agg('flood:' || n % ${keys}), array_agg('flood'::text))
    from generate_series(1, ${count}::int) n`;
}

interface Taken {
  id: string;
  ordering_key: string;
}

function step(tx: postgres.ISql, done: Taken[] = []): Promise<Taken[]> {
  return tx<Taken[]>`
    select id, ordering_key from ${tx(SCHEMA)}.step(1, 1, ${`{${done.map((each) => each.id)}}`}::bigint[],
      '{}', '{}', '{}', '{}', '{}', ${`{${done.map((each) => each.ordering_key)}}`}::text[], 32, 20)`;
}

async function rowsRead(tx: postgres.ISql): Promise<number> {
  const [row] = await tx<{ read: number }[]>`
    select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'delivery'`;
  return row!.read;
}

test("a claim from a long queue reads little beyond what it takes, also where the queue was measured as empty", async () => {
  await publish(sql, waiting);
  await sql`delete from ${sql(SCHEMA)}.delivery where id > 1`;
  await sql`vacuum (analyze, truncate off) ${sql(SCHEMA)}.delivery`;
  await step(sql, await step(sql)); // the plans are made
  await publish(sql, waiting);
  const [first, second, read] = await sql.begin(async (tx) => {
    const first = await step(tx);
    const second = await step(tx, first);
    return [first, second, await rowsRead(tx)] as const;
  });
  expect([first.length, second.length].every((taken) => taken >= 32)).toBe(true);
  expect(read / (2 * first.length + second.length)).toBeLessThan(mostReadForEach);
});
