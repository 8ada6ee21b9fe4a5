import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { PgDialect, type PgTable } from "drizzle-orm/pg-core";
import { APIError } from "encore.dev/api";
import type { AnyDb } from "../database/handle.js";

/** Rows of a table: which ones. */
interface Wanted<TTable extends PgTable> {
  from: TTable;
  where: SQL | undefined;
}

const dialect = new PgDialect();

/**
 * Reads a tenant's rows of several tables in one round trip, where `withTenant` takes five and more. Each table is
 * read as it was when its turn came, so that one row may be newer than another.
 */
export async function readForTenant<
  TSchema extends Record<string, unknown>,
  const TTables extends readonly PgTable[],
>(
  db: AnyDb<TSchema>,
  tenantId: string,
  wanted: { [At in keyof TTables]: Wanted<TTables[At]> },
): Promise<{ [At in keyof TTables]: TTables[At]["$inferSelect"][] }> {
  const queries = wanted.map(({ from, where }) => {
    const names = Object.values(getTableColumns(from)).map((column) => sql.identifier(column.name));
    return sql`select ${sql.join(names, sql`, `)} from ${from} where ${where}`;
  });
  const answers = await runForTenant(db, tenantId, queries);
  return wanted.map(({ from }, at) => (answers[at] ?? []).map((row) => toRow(from, row))) as {
    [At in keyof TTables]: TTables[At]["$inferSelect"][];
  };
}

/** Runs statements for a tenant in one round trip, all in one transaction. */
export async function runForTenant<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  tenantId: string,
  statements: readonly SQL[],
): Promise<Record<string, unknown>[][]> {
  if (tenantId === "") throw new Error("A tenant id is required to open tenant data.");
  const tenant = sql`select set_config('app.tenant_id', ${tenantId}, true)`;
  // Values stand in the text, quoted: with parameters it would be a message each.
  const message = sql.join([tenant, ...statements], sql`; `).inlineParams();
  const { sql: text } = dialect.sqlToQuery(message);
  if (text.includes("\0")) throw APIError.invalidArgument("A text holds U+0000, which cannot be stored.");
  const answers: unknown = await db.execute(sql.raw(text));
  return (answers as Record<string, unknown>[][]).slice(1);
}

function toRow<TTable extends PgTable>(table: TTable, row: Record<string, unknown>): TTable["$inferSelect"] {
  const fields = Object.entries(getTableColumns(table)).map(([field, column]) => {
    const value = row[column.name] ?? null;
    return [field, value === null ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(fields) as TTable["$inferSelect"];
}
