import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { AnyDb } from "../database/handle.js";
import type { JsonValue } from "../json.js";
import { decodeCursor, encodeCursor } from "../pagination/cursor.js";
import type { TenantDataPage } from "./tenant-data.js";
import { withTenant } from "./with-tenant.js";

const rowsDeletedAtOnce = 5_000;
const rowsInPage = 200;
const cursorSchema = z.object({ table: z.int().min(0), key: z.string().max(100_000).optional() });

/**
 * Removes a tenant's rows of one table, 5,000 a transaction. Returns how many they were. Interrupted, it can be begun
 * again.
 */
export async function deleteTenantRows<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  tenantId: string,
  table: { schema?: string; table: string },
): Promise<number> {
  const name = tableName(table);
  for (let removed = 0; ; ) {
    const rows = await withTenant(db, tenantId, (tx) =>
      tx.execute(sql`delete from ${name} where ctid = any(array(
        select ctid from ${name} where tenant_id = ${tenantId} limit ${rowsDeletedAtOnce})) returning 1 as one`),
    );
    removed += rows.length;
    if (rows.length < rowsDeletedAtOnce) return removed;
  }
}

/** A table whose rows are exported. */
export interface ExportedTable<TSchema extends Record<string, unknown>> {
  db: AnyDb<TSchema>;
  /** Kind of the items. */
  kind: string;
  schema?: string;
  table: string;
  /** Columns of its primary key: the order of the export. */
  key: string[];
  /** Columns that are left out, such as secrets. */
  without?: string[];
  /** Which rows of the table `t` are the tenant's; those with its `tenant_id` by default. */
  rowsOf?: (tenantId: string) => SQL;
  /** Values as Postgres writes them, so that large numbers stay exact. */
  asText?: boolean;
}

/** One page of the tenant's rows of several tables, table after table, in the order of their keys. */
export async function exportTenantRows<TSchema extends Record<string, unknown>>(
  tables: ExportedTable<TSchema>[],
  request: { tenantId: string; cursor?: string },
): Promise<TenantDataPage> {
  const start = request.cursor === undefined ? { table: 0 } : decodeCursor(request.cursor, cursorSchema);
  const source = tables[start.table];
  if (source === undefined) return { items: [] };
  const rows = await withTenant(source.db, request.tenantId, (tx) =>
    tx.execute<{ key: string; data: JsonValue }>(pageOf(source, { ...start, tenantId: request.tenantId })),
  );
  const last = rows.length === rowsInPage ? rows.at(-1) : undefined;
  const next = last ? { table: start.table, key: last.key } : { table: start.table + 1 };
  return {
    items: rows.map(({ data }) => ({ kind: source.kind, data })),
    ...(next.table < tables.length ? { nextCursor: encodeCursor(withoutKey(next)) } : {}),
  };
}

function withoutKey(next: { table: number; key?: string }): Record<string, string | number> {
  return next.key === undefined ? { table: next.table } : { table: next.table, key: next.key };
}

function pageOf<TSchema extends Record<string, unknown>>(
  source: ExportedTable<TSchema>,
  start: { tenantId: string; key?: string },
): SQL {
  const name = tableName(source);
  const keys = (alias: string) =>
    sql.join(
      source.key.map((column) => sql`${sql.identifier(alias)}.${sql.identifier(column)}`),
      sql`, `,
    );
  const keyObject = sql.join(
    source.key.map((column) => sql`${column}::text, t.${sql.identifier(column)}`),
    sql`, `,
  );
  const without = sql`array[${sql.join(
    (source.without ?? []).map((column) => sql`${column}`),
    sql`, `,
  )}]::text[]`;
  const plain = sql`(to_jsonb(t) - ${without})`;
  const data = source.asText
    ? sql`(select jsonb_object_agg(v.key, v.value) from jsonb_each_text(${plain}) v)`
    : plain;
  const conditions = [
    source.rowsOf?.(start.tenantId) ?? sql`t.tenant_id = ${start.tenantId}`,
    start.key === undefined
      ? sql`true`
      : sql`(${keys("t")}) > (select ${keys("k")} from jsonb_populate_record(null::${name}, ${start.key}::text::jsonb) k)`,
  ];
  return sql`
    select jsonb_build_object(${keyObject})::text as key, ${data} as data from ${name} t
    where ${sql.join(conditions, sql` and `)} order by ${keys("t")} limit ${rowsInPage}`;
}

function tableName({ schema, table }: { schema?: string; table: string }): SQL {
  const name = sql`${sql.identifier(table)}`;
  return schema === undefined ? name : sql`${sql.identifier(schema)}.${name}`;
}
