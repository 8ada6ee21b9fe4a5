import type { JsonValue } from "../../../../shared/json.js";
import type { SourceTransaction } from "../../../sources/data-source.js";
import { parseExactJson } from "../../../sources/exact-json.js";
import type { KnownReason } from "../reason-codes.js";
import { hasTable } from "../write-back-tables.js";
import type { LinkScope } from "./link-steps.js";
import { readTargets, restoreTargets, type TargetTable, writableColumns } from "./target-records.js";

/** The source record of conversions that are undone, and the time of those. */
export interface SourceUndo {
  sourceKey: string;
  undoId: string;
  since: string;
  until: string;
  force: boolean;
}

/** What a source record is to get back. */
export interface SourceImage {
  sourceKey: string;
  /** The fields as they were before the first of the conversions, as JSON text. */
  before: string;
  fields: string[];
  /** Why it must not be changed. */
  reason?: KnownReason;
}

interface ImageRow {
  key: string;
  before: string;
  after: string;
  later: boolean;
}

const scoped =
  'i.tenant_id = $1 AND i.rule_id = $2::text::uuid AND i.source_entity = $3 AND i.source_key = q."sourceKey" AND i.undone_by IS NULL';
const wanted =
  'json_to_recordset($4::text::json) AS q("sourceKey" text, "undoId" uuid, since timestamptz, until timestamptz)';

/** The earliest or the last value of each field, as one object a record. */
const valuesOf = (image: string, order: "ASC" | "DESC") => `(
    SELECT key, jsonb_object_agg(field, value)::text AS fields FROM (
      SELECT DISTINCT ON (m.key, e.field) m.key, e.field, e.value FROM meant m CROSS JOIN LATERAL jsonb_each(m.${image}) AS e(field, value)
      ORDER BY m.key, e.field, m.id ${order}
    ) v GROUP BY key
  )`;

/**
 * Locks source records and reads what undoing gives back to them. Records of which nothing was overwritten, and those
 * that are gone, are absent. A field that has another value than was written back may not be touched, unless forced.
 */
export async function readSourceImages(
  tx: SourceTransaction,
  scope: LinkScope,
  table: TargetTable,
  undos: readonly SourceUndo[],
): Promise<Map<string, SourceImage>> {
  const found = new Map<string, SourceImage>();
  if (undos.length === 0 || !(await hasTable(tx, "axion.write_back_images"))) return found;
  const rows = await tx.unsafe<(ImageRow & Record<string, unknown>)[]>(
    `WITH all_images AS (
       SELECT i.source_key AS key, i.id, i.before_image, i.after_image, i.converted_at > q.until AS later
       FROM ${wanted} JOIN axion.write_back_images i ON ${scoped} AND i.converted_at >= q.since
     ), meant AS (SELECT * FROM all_images WHERE NOT later)
     SELECT b.key, b.fields AS before, a.fields AS after, EXISTS (SELECT FROM all_images l WHERE l.key = b.key AND l.later) AS later
     FROM ${valuesOf("before_image", "ASC")} b JOIN ${valuesOf("after_image", "DESC")} a USING (key)`,
    scopeValues(scope, undos),
  );
  const present = await readTargets(
    tx,
    table,
    rows.map(({ key }) => key),
  );
  const forced = new Set(undos.flatMap(({ sourceKey, force }) => (force ? [sourceKey] : [])));
  const columns = new Set(writableColumns(table));
  for (const row of rows) {
    const record = present.get(row.key);
    if (!record) continue;
    const after = parse(row.after);
    const now = parse(record.json);
    const fields = Object.keys(after).filter((field) => columns.has(field));
    const changed = fields.find((field) => JSON.stringify(after[field]) !== JSON.stringify(now[field]));
    const reason = forced.has(row.key) ? undefined : changedSince(scope, row, changed);
    found.set(row.key, { sourceKey: row.key, before: row.before, fields, reason });
  }
  return found;
}

/** Gives source records back what was read of them, and remembers that it is undone. */
export async function restoreSources(
  tx: SourceTransaction,
  scope: LinkScope,
  table: TargetTable,
  { undos, images }: { undos: readonly SourceUndo[]; images: Map<string, SourceImage> },
): Promise<void> {
  const meant = undos.flatMap(({ sourceKey }) => images.get(sourceKey) ?? []);
  if (meant.length === 0) return;
  for (const group of Map.groupBy(meant, ({ fields }) => JSON.stringify(fields)).values()) {
    const { fields } = group[0]!;
    const records = group.map(({ sourceKey, before }) => ({ targetKey: sourceKey, before }));
    if (fields.length > 0) await restoreTargets(tx, table, records, fields);
  }
  await tx.unsafe(
    `UPDATE axion.write_back_images i SET undone_by = q."undoId" FROM ${wanted}
     WHERE ${scoped} AND i.converted_at BETWEEN q.since AND q.until`,
    scopeValues(scope, undos),
  );
}

function scopeValues({ tenantId, ruleId, sourceEntity }: LinkScope, undos: readonly SourceUndo[]): string[] {
  return [tenantId, ruleId, sourceEntity, JSON.stringify(undos)];
}

function parse(json: string): Record<string, JsonValue> {
  return parseExactJson(json) as Record<string, JsonValue>;
}

function changedSince(
  { sourceEntity }: LinkScope,
  { key, later }: ImageRow,
  field: string | undefined,
): KnownReason | undefined {
  const record = `record "${key}" of "${sourceEntity.slice(sourceEntity.indexOf("/") + 1)}"`;
  if (field !== undefined)
    return {
      code: "source_field_changed",
      message: `"${field}" of the source ${record} was changed since it was written back.`,
    };
  if (!later) return undefined;
  return {
    code: "converted_again",
    message: `A later conversion wrote back to the source ${record}: undo that first, or force it.`,
  };
}
