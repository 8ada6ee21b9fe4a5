import type postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareDatabases } from "../src/providers/postgres/index.js";
import { Decimal } from "../src/runtime/decimal.js";
import { setHost } from "../src/runtime/host.js";
import {
  QueryArgs,
  type SqlConn,
  type SqlDatabase,
  sqlDatabase,
  type Transaction,
} from "../src/runtime/sql/index.js";
import { useTestServer } from "./support/postgres.js";

const server = useTestServer();
let db: SqlDatabase;
let admin: postgres.Sql;

beforeAll(async () => {
  const name = server.databaseName();
  const databases = await prepareDatabases({
    appDir: "",
    databases: [{ name, users: [], place: { file: "", line: 0, column: 0 } }],
    adminUrl: server.adminUrl(),
    log: () => {},
  });
  admin = server.connect(server.adminUrlOf(name));
  await admin`CREATE TABLE items (id int PRIMARY KEY, name text UNIQUE, mood text)`;
  await admin`CREATE TYPE mood AS ENUM ('sad', 'so so, ok')`;
  setHost({ config: { databases, logs: { format: "json", level: "error" } } as never, model: {} as never });
  db = sqlDatabase(name);
});

afterAll(async () => {
  await db.end();
  setHost(undefined);
});

type Executor = SqlDatabase | SqlConn | Transaction;

async function all(on: Executor, query: string, ...params: unknown[]): Promise<Record<string, unknown>[]> {
  const cursor = await on.query(query, new QueryArgs(params));
  const rows = [];
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row.values());
  return rows;
}

/** Twice: the first run learns the statement, the second is prepared and shares its connection. */
async function value(query: string, ...params: unknown[]): Promise<unknown> {
  const first = (await all(db, query, ...params))[0]?.v;
  const second = (await all(db, query, ...params))[0]?.v;
  expect(second).toEqual(first);
  return second;
}

describe("columns arrive as", () => {
  it.each<[string, unknown]>([
    ["7::int2", 7],
    ["5::int8", 5],
    ["1.1::float4", Math.fround(1.1)],
    ["'NaN'::float8", null],
    ["'x'::name", "x"],
    ["'null'::jsonb", null],
    [`'"s"'::jsonb`, "s"],
    [`'{"a":[1,null]}'::json`, { a: [1, null] }],
    ["'2024-02-29T12:30:15.25+02'::timestamptz", new Date("2024-02-29T10:30:15.250Z")],
    ["'2024-02-29 12:30:15'::timestamp", new Date("2024-02-29T12:30:15Z")],
    ["'0044-03-15 BC'::timestamp", new Date("-000043-03-15T00:00:00Z")],
    ["'2024-02-29'::date", "2024-02-29"],
    ["'12:30:15.25'::time", "12:30:15.250"],
    ["ARRAY['a', NULL, 'NULL', 'b \"c\" \\ {}']::text[]", ["a", null, "NULL", 'b "c" \\ {}']],
    ["ARRAY[]::text[]", []],
    [
      "ARRAY[ARRAY[1,2],ARRAY[3,4]]",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["ARRAY[true,NULL]", [true, null]],
    ["'10.0.0.0/32'::cidr", "10.0.0.0"],
    ["'10.1.0.0/16'::cidr", "10.1.0.0/16"],
    ["'::1'::inet", "::1"],
    ["'sad'::mood", "sad"],
    ["ARRAY['sad','so so, ok']::mood[]", ["sad", "so so, ok"]],
    ["'1 day'::interval", "1 day"],
  ])("%s", async (expression, expected) => {
    expect(await value(`SELECT ${expression} AS v`)).toEqual(expected);
  });

  it("exact decimals and raw bytes", async () => {
    expect(String(await value("SELECT 12345678901234567890.12345::numeric AS v"))).toBe(
      "12345678901234567890.12345",
    );
    const bytes = await value("SELECT '\\x00ff10'::bytea AS v");
    expect(bytes).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.from(bytes as ArrayBuffer).toString("hex")).toBe("00ff10");
  });
});

describe("parameters", () => {
  it.each<[string, unknown, unknown]>([
    ["$1::int4::text", 7, "7"],
    ["$1::int8::text", 9007199254740993n, "9007199254740993"],
    ["$1::numeric::text", 12.34, "12.34"],
    ["$1::numeric::text", "12.340", "12.340"],
    ["$1::text", 7, "7"],
    ["$1::text", "é'\"; --", "é'\"; --"],
    ["$1::jsonb::text", [1, 2], "[1, 2]"],
    ["$1::jsonb::text", "text", '"text"'],
    ["$1::jsonb::text", { a: [1, { b: null }] }, '{"a": [1, {"b": null}]}'],
    ["encode($1::bytea, 'hex')", Buffer.from([0, 255]), "00ff"],
    ["$1::date::text", new Date(0), "1970-01-01"],
    ["$1::timestamptz = to_timestamp(0)", new Date(0), true],
    ["array_to_string($1::text[], '|')", ['a"b\\', "c,d", "{}"], 'a"b\\|c,d|{}'],
    ["array_to_string($1::int4[], '|')", [1, 2], "1|2"],
    ["cardinality($1::text[])", [], 0],
    ["($1::mood[])[2]::text", ["sad", "so so, ok"], "so so, ok"],
    ["$1::mood::text", "sad", "sad"],
    ["$1::text IS NULL", null, true],
  ])("%s takes %s", async (expression, parameter, expected) => {
    expect(await value(`SELECT ${expression} AS v`, parameter)).toEqual(expected);
  });

  it("take decimals exactly", async () => {
    const decimal = { __encore_decimal: true, value: new Decimal("0.1").add(new Decimal("0.2")).toString() };
    expect(await value("SELECT $1::numeric::text AS v", decimal)).toBe("0.3");
  });

  it.each<[string, unknown, RegExp]>([
    ["$1::int4", "7", /string not supported for column of type int4/],
    ["$1::int4", 7.5, /number 7.5 is not an int4/],
    ["$1::int2", 70000, /is not an int2/],
    ["$1::bool", "true", /string not supported for column of type bool/],
    ["$1::text", { a: 1 }, /object not supported for column of type text/],
    ["$1::uuid", "nope", /invalid input syntax for type uuid/],
  ])("%s refuses %s", async (expression, parameter, message) => {
    for (let i = 0; i < 2; i++)
      await expect(all(db, `SELECT ${expression} AS v`, parameter)).rejects.toThrow(message);
    expect(await value("SELECT 1 AS v")).toBe(1);
  });
});

describe("values without a counterpart in JavaScript", () => {
  it("fail when their row is read, and disturb nothing else", async () => {
    for (let i = 0; i < 2; i++) {
      const others = Array.from({ length: 5 }, (_, n) => value(`SELECT ${n}::int4 AS v`));
      await expect(
        all(db, "SELECT 'infinity'::timestamptz AS v, g FROM generate_series(1, 3) g"),
      ).rejects.toThrow(/unable to parse column v: the timestamp infinity/);
      await expect(all(db, "SELECT 'NaN'::numeric AS v")).rejects.toThrow("unable to parse column v");
      expect(await Promise.all(others)).toEqual([0, 1, 2, 3, 4]);
    }
  });
});

describe("errors", () => {
  it("carry state, constraint and detail in the message, and as fields", async () => {
    await all(db, "INSERT INTO items VALUES (1, 'one')");
    await expect(all(db, "INSERT INTO items VALUES (2, 'one')")).rejects.toMatchObject({
      message: expect.stringMatching(
        /duplicate key value violates unique constraint "items_name_key" \(SQLSTATE E23505\)\nDETAIL: Key \(name\)/,
      ),
      sqlState: "23505",
      constraint: "items_name_key",
    });
  });

  it("come for several statements in one query", async () => {
    await expect(all(db, "SELECT 1; SELECT 2")).rejects.toThrow("cannot insert multiple commands");
  });
});

describe("results", () => {
  it("larger than a batch are complete, and not held in memory", async () => {
    let seen = 0;
    const before = process.memoryUsage().rss;
    const cursor = await db.query(
      "SELECT g, repeat('x', 1000) AS pad FROM generate_series(1, 100000) g",
      new QueryArgs([]),
    );
    while ((await cursor.next()) !== null) seen++;
    expect(seen).toBe(100_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });

  it("that are exactly a batch end", async () => {
    expect(await all(db, "SELECT g FROM generate_series(1, 500) g")).toHaveLength(500);
  });

  it("that nobody finishes reading do not use up the connections", async () => {
    const cursors = [];
    for (let i = 0; i < 40; i++) {
      const cursor = await db.query("SELECT g FROM generate_series(1, 5000) g", new QueryArgs([]));
      expect((await cursor.next())?.values()).toEqual({ g: 1 });
      cursors.push(cursor);
    }
    expect((await cursors[0]?.next())?.values()).toEqual({ g: 2 });
  });

  it("of a changed table are read anew", async () => {
    await admin`CREATE TABLE changing (a int)`;
    await admin`INSERT INTO changing VALUES (1)`;
    for (let i = 0; i < 3; i++) await all(db, "SELECT * FROM changing WHERE a = $1", 1);
    await admin`ALTER TABLE changing ADD b text DEFAULT 'new'`;
    expect(await all(db, "SELECT * FROM changing WHERE a = $1", 1)).toEqual([{ a: 1, b: "new" }]);
  });
});

describe("a transaction", () => {
  it("shows its changes to itself alone until it commits", async () => {
    const tx = await db.begin();
    await all(tx, "INSERT INTO items VALUES (10, 'ten')");
    expect(await all(tx, "SELECT name FROM items WHERE id = 10")).toEqual([{ name: "ten" }]);
    expect(await all(db, "SELECT name FROM items WHERE id = 10")).toEqual([]);
    await tx.commit();
    expect(await all(db, "SELECT name FROM items WHERE id = 10")).toEqual([{ name: "ten" }]);
  });

  it("takes other statements while one of its results is being read", async () => {
    const tx = await db.begin();
    const cursor = await tx.query("SELECT g FROM generate_series(1, 2000) g", new QueryArgs([]));
    let seen = 0;
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      if (++seen % 400 === 0) await all(tx, "SELECT 1");
    }
    expect(seen).toBe(2000);
    await tx.rollback();
  });

  it("cannot be used after its end, nor after its connection is lost", async () => {
    const done = await db.begin();
    await done.rollback();
    await expect(done.commit()).rejects.toThrow("transaction closed");
    await expect(all(done, "SELECT 1")).rejects.toThrow("transaction closed");

    const lost = await db.begin();
    const [{ pid } = {}] = await all(lost, "SELECT pg_backend_pid() AS pid");
    await admin`SELECT pg_terminate_backend(${pid as number})`;
    await expect
      .poll(() => all(lost, "SELECT 1").catch((error: Error) => error.message))
      .toMatch(/lost|closed|terminat/i);
    await expect(lost.commit()).rejects.toThrow();
    expect(await all(db, "SELECT 1 AS v")).toEqual([{ v: 1 }]);
  });
});

describe("an acquired connection", () => {
  it("keeps its settings, and does not hand an open transaction on", async () => {
    const conn = await db.acquire();
    await all(conn, "SET application_name = 'mine'");
    expect(await all(conn, "SELECT current_setting('application_name') AS v")).toEqual([{ v: "mine" }]);
    await all(conn, "BEGIN");
    await all(conn, "INSERT INTO items VALUES (20, 'twenty')");
    await conn.close();
    await conn.close();
    await expect(all(conn, "SELECT 1")).rejects.toThrow("connection_closed");
    expect(await all(db, "SELECT name FROM items WHERE id = 20")).toEqual([]);
  });
});
