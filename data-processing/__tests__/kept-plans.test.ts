import { randomUUID } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { openPool, sourceOn } from "../sources/pool.js";
import { workspaceDb } from "../workspace/db.js";

/** One connection, so that what it keeps can be counted. */
const pool = {
  ...openPool(workspaceDb.connectionString, { maxConnections: 1, prepare: false }),
  keepsPlans: true,
};
const source = sourceOn(pool, {
  tenantId: randomUUID(),
  name: "own",
  kind: "postgres",
  database: "own",
  defaultSchema: "public",
  readOnly: false,
});
afterAll(() => pool.sql.end());

async function keptPlans(): Promise<number> {
  const [row] = await source.readOnce<{ kept: number }>(
    "SELECT count(*)::integer AS kept FROM pg_prepared_statements",
  );
  return row?.kept ?? 0;
}

it("keeps a statement's plan, for whatever values", async () => {
  const text = "SELECT $1::text AS first, $2::text AS second, current_setting('plan_cache_mode') AS mode";
  for (const values of [
    ["a", null],
    ["it's", 'back\\slash $1 "ü" 😀'],
  ]) {
    const rows = await source.writeKept(() => ({ text, values }));
    expect(rows).toEqual([{ first: values[0], second: values[1], mode: "force_generic_plan" }]);
  }
  expect(await keptPlans()).toBe(1);
});

it("plans a statement again where the connection has forgotten it", async () => {
  const ask = () => source.writeKept(() => ({ text: "SELECT $1::text AS given", values: ["x"] }));
  await ask();
  await pool.sql.unsafe("DEALLOCATE ALL");
  expect(await ask()).toEqual([{ given: "x" }]);
});

it("goes on keeping plans where messages come to several connections in any order", async () => {
  const several = {
    ...openPool(workspaceDb.connectionString, { maxConnections: 4, prepare: false }),
    keepsPlans: true,
  };
  try {
    const shared = sourceOn(several, source);
    const ask = (value: string) =>
      shared.writeKept(() => ({ text: "SELECT $1::text AS given, pg_sleep(0.01)::text", values: [value] }));
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => ask(`v${at}`)));
    expect(answers.map((rows) => rows?.[0])).toMatchObject(answers.map((_, at) => ({ given: `v${at}` })));
    expect(several.keepsPlans).toBe(true);
  } finally {
    await several.sql.end();
  }
});

it("keeps a bounded number of plans", async () => {
  for (let at = 0; at < 55; at++) await source.writeKept(() => ({ text: `SELECT ${at} AS at`, values: [] }));
  expect(await keptPlans()).toBe(50);
});

it("answers with what is wrong as without a kept plan", async () => {
  const ask = (value: string) =>
    source.writeKept(() => ({ text: "SELECT ($1::text)::integer AS number", values: [value] }));
  await expect(ask("x")).rejects.toMatchObject({ code: "22P02" });
  expect(await ask("7")).toEqual([{ number: 7 }]);
});

it("says nothing where a pooler may stand between", async () => {
  const pooled = sourceOn({ ...pool, keepsPlans: false }, source);
  expect(await pooled.writeKept(() => ({ text: "SELECT 1", values: [] }))).toBeUndefined();
});
