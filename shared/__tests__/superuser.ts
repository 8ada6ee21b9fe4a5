import { resolve } from "node:path";
import postgres from "postgres";
import { onTestFinished } from "vitest";
import { ensurePostgres } from "../../embedded/src/providers/postgres/index.js";

/** A connection to the database behind `db` as the server's superuser, whom neither policies nor triggers hold. */
export async function superuserOf(db: {
  execute(query: string): PromiseLike<Record<string, unknown>[]>;
}): Promise<postgres.Sql> {
  const [row] = await db.execute("select current_database() as name");
  const server = await ensurePostgres({ appDir: resolve(import.meta.dirname, "../.."), log: () => {} });
  const url = new URL(server.adminUrl);
  url.pathname = `/${row!.name as string}`;
  const sql = postgres(url.href, {
    max: 1,
    onnotice: () => {},
    connection: { session_replication_role: "replica" },
  });
  onTestFinished(async () => {
    await sql.end();
    await server.release();
  });
  return sql;
}
