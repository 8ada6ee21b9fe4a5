import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { SourceTransaction } from "../../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../../sources/identifiers.js";
import { parseRecordId } from "../record-id.js";

/** A table that conversions write, and the columns that tell its records apart. */
export interface TargetTable {
  entity: DiscoveredEntity;
  key: string[];
}

/** A target record as it is now. */
export interface PresentRecord {
  /** As JSON text. */
  json: string;
  hash: string;
}

/** Locks target records and reads them, by their ids; those that are gone are absent. */
export async function readTargets(
  tx: SourceTransaction,
  table: TargetTable,
  targetKeys: readonly string[],
): Promise<Map<string, PresentRecord>> {
  const rows = await tx.unsafe<{ id: string; json: string; hash: string }[]>(
    `SELECT q.id, to_jsonb(t.*)::text AS json, md5((t.*)::text)::uuid::text AS hash
     FROM ${wanted(table)} JOIN ${quoteTable(table.entity.table)} t ON ${sameKey(table)} ORDER BY q.id FOR UPDATE OF t`,
    [JSON.stringify(keyRows(table, targetKeys))],
  );
  return new Map(rows.map(({ id, json, hash }) => [id, { json, hash }]));
}

/** Removes target records. */
export async function deleteTargets(
  tx: SourceTransaction,
  table: TargetTable,
  targetKeys: readonly string[],
): Promise<void> {
  await tx.unsafe(
    `DELETE FROM ${quoteTable(table.entity.table)} t USING ${wanted(table)} WHERE ${sameKey(table)}`,
    [JSON.stringify(keyRows(table, targetKeys))],
  );
}

/**
 * Gives records the values of their before-images: of these columns, by default of every one that can be written and
 * still is there.
 */
export async function restoreTargets(
  tx: SourceTransaction,
  table: TargetTable,
  images: readonly { targetKey: string; before: string }[],
  columns: readonly string[] = writableColumns(table),
): Promise<void> {
  const name = quoteTable(table.entity.table);
  const set = columns.map((column) => `${quoteIdentifier(column)} = i.${quoteIdentifier(column)}`).join(", ");
  const rows = keyRows(
    table,
    images.map((image) => image.targetKey),
  ).map((row, at) => ({ ...row, image: images[at]!.before }));
  await tx.unsafe(
    `UPDATE ${name} t SET ${set} FROM ${wanted(table, ", image text")}
     CROSS JOIN LATERAL jsonb_populate_record(NULL::${name}, q.image::jsonb) AS i WHERE ${sameKey(table)}`,
    [JSON.stringify(rows)],
  );
}

/** Makes target records anew that were deleted since, under their keys, as their before-images have them. */
export async function recreateTargets(
  tx: SourceTransaction,
  table: TargetTable,
  images: readonly string[],
): Promise<void> {
  const columns = [...new Set([...table.key, ...writableColumns(table)])].map(quoteIdentifier);
  const name = quoteTable(table.entity.table);
  await tx.unsafe(
    `INSERT INTO ${name} (${columns.join(", ")}) OVERRIDING SYSTEM VALUE SELECT ${columns.map((column) => `i.${column}`).join(", ")}
     FROM json_array_elements_text($1::text::json) AS q(image)
     CROSS JOIN LATERAL jsonb_populate_record(NULL::${name}, q.image::jsonb) AS i`,
    [JSON.stringify(images)],
  );
}

/** Columns that can be written. */
export function writableColumns({ entity }: TargetTable): string[] {
  return entity.schema.fields.filter((field) => !field.generated).map((field) => field.name);
}

function keyRows({ key }: TargetTable, targetKeys: readonly string[]): Record<string, string>[] {
  return targetKeys.map((id) => {
    const parts = parseRecordId(id, key.length);
    return { id, ...Object.fromEntries(parts.map((part, at) => [`k${at}`, part])) };
  });
}

function wanted({ key }: TargetTable, more = ""): string {
  return `json_to_recordset($1::text::json) AS q(id text, ${key.map((_, at) => `k${at} text`).join(", ")}${more})`;
}

function sameKey({ key, entity }: TargetTable): string {
  return key
    .map((name, at) => `t.${quoteIdentifier(name)} = (q.k${at})::${entity.columns[name]!.castType}`)
    .join(" AND ");
}
