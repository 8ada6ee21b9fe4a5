import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { emptyHost } from "../lib/host-config.ts";
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { Benchmark } from "../run.ts";
import { columnsEach, makeTables, tables } from "./database.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pageSize = 500;

export const benchmark: Benchmark = {
  description: `discovery: a database of ${tables} tables × ${columnsEach} columns, whole and one entity`,
  async run({ quick }) {
    resolveTypescriptImports();
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    Object.assign(process.env, emptyHost(root, scratch));
    const { ensurePostgres } = await import("../../embedded/src/providers/postgres/embedded-server.ts");
    const server = await ensurePostgres({ appDir: scratch, log: console.log });
    try {
      const url = server.adminUrl.replace(/\/[^/]*$/, "/many_tables");
      await prepare(server.adminUrl, url);
      return await measure(url, quick ? 3 : 9);
    } finally {
      await server.release();
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

async function prepare(adminUrl: string, url: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin`CREATE DATABASE many_tables`;
  await admin.end();
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await makeTables(sql);
  await sql.end();
  console.log(`${tables} tables of ${columnsEach} columns prepared`);
}

/** Medians of what discovery itself takes: nothing is cached, and every read is of the live database. */
async function measure(url: string, times: number): Promise<Record<string, number>> {
  const { openPool, sourceOn } = await import("../../data-processing/sources/pool.ts");
  const { readCataloguePage, readEntity } = await import(
    "../../data-processing/schema-discovery/domain/read-entity.ts"
  );
  const pool = openPool(url, { maxConnections: 1, prepare: false });
  const source = sourceOn(pool, {
    tenantId: "bench",
    name: "many-tables",
    kind: "postgres",
    database: url,
    defaultSchema: "public",
    readOnly: true,
  });
  const catalogue = async (): Promise<number> => {
    let read = 0;
    for (let after: { schema: string; table: string } | undefined; ; ) {
      const page = await readCataloguePage(source, { after, limit: pageSize });
      read += page.length;
      after = page.at(-1)?.table;
      if (page.length < pageSize) return read;
    }
  };
  const read = await catalogue();
  if (read !== tables) throw new Error(`${read} tables read, not ${tables}`);
  const catalogueMs = await median(times, () => catalogue());
  let at = 0;
  const entityMs = await median(times * 10, () => readEntity(source, `table_${(at++ * 37) % tables}`));
  await pool.sql.end();
  return {
    catalogueSeconds: Math.round(catalogueMs) / 1000,
    entityMs: Math.round(entityMs * 100) / 100,
    tables,
    columnsEach,
  };
}

async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await work();
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)]!;
}
