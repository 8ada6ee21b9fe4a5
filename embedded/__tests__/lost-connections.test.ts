import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresDriverPlugin } from "../bin/postgres-driver.mjs";
import { useTestServer } from "./support/postgres.js";

const server = useTestServer();
const folder = mkdtempSync(path.join(import.meta.dirname, "..", "node_modules", ".lost-connections-"));
const clients: postgres.Sql[] = [];
let driver: typeof postgres;

beforeAll(async () => {
  const outfile = path.join(folder, "driver.mjs");
  await build({
    stdin: { contents: 'export { default } from "postgres";', resolveDir: import.meta.dirname },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    outfile,
    plugins: [postgresDriverPlugin()],
  });
  driver = (await import(pathToFileURL(outfile).href)).default;
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
  rmSync(folder, { recursive: true });
});

function connect(): postgres.Sql {
  const client = driver(server.adminUrl(), { max: 1, onnotice: () => {} });
  clients.push(client);
  return client;
}

/** Ends the server's side of `session`, and waits until it is gone. */
async function cut(session: number): Promise<void> {
  const other = connect();
  await other`select pg_terminate_backend(${session}, 5000)`;
}

async function sessionOf(sql: postgres.ISql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row!.pid;
}

describe("a driver whose connection is lost", () => {
  it.each(Array.from({ length: 10 }, (_, round) => round))(
    "fails the open transaction and goes on with a new connection (round %i)",
    async () => {
      const sql = connect();
      const transaction = sql.begin(async (tx) => {
        const session = await sessionOf(tx);
        await Promise.all([tx`select pg_sleep(30)`, cut(session)]);
      });
      await expect(transaction).rejects.toThrow();
      expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
      expect(await sql.begin((tx) => tx`select 2 as two`)).toEqual([{ two: 2 }]);
    },
  );

  it("lets nothing of a lost transaction happen outside it", async () => {
    const sql = connect();
    await sql`create table if not exists public.lost_connections (x int)`;
    const late = Promise.withResolvers<string>();
    const transaction = sql.begin(async (tx) => {
      await cut(await sessionOf(tx));
      await reconnected(sql);
      await tx`insert into public.lost_connections values (1)`.then(
        () => late.resolve("written"),
        () => late.resolve("refused"),
      );
    });
    await expect(transaction).rejects.toThrow();
    expect(await late.promise).toBe("refused");
    const rows = await sql`select * from public.lost_connections`;
    await sql`drop table public.lost_connections`;
    expect(rows).toHaveLength(0);
  });

  it("serves the queries that waited for the connection", async () => {
    const sql = connect();
    const session = await sessionOf(sql);
    await cut(session);
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => sql`select ${n}::int as n`),
    );
    const served = answers.filter((answer) => answer.status === "fulfilled");
    expect(served.every((answer) => answer.value.length === 1)).toBe(true);
    expect(await sql`select 21 as n`).toEqual([{ n: 21 }]);
  });
});

/** Waits until the pool has a connection again. */
async function reconnected(sql: postgres.Sql): Promise<void> {
  for (;;) {
    try {
      await sql`select 1`;
      return;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
