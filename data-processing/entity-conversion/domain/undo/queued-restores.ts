import type { DataSource, SourceTransaction } from "../../../sources/data-source.js";
import { isRecordError, postgresError } from "../../../sources/postgres-errors.js";
import type { KnownReason } from "../reason-codes.js";
import { hasTable } from "../write-back-tables.js";
import type { LinkScope } from "./link-steps.js";
import { readSourceImages, restoreSources, type SourceUndo } from "./source-fields.js";
import type { TargetTable } from "./target-records.js";

const pageSize = 500;
const mostPages = 1_000;

const scoped = "tenant_id = $1 AND rule_id = $2::text::uuid AND source_entity = $3";
const listed = (place: number) =>
  `source_key = ANY (ARRAY(SELECT json_array_elements_text($${place}::text::json)))`;

/**
 * Queues, in the transaction that undoes conversions in the target's database, what the source in another one is to
 * get back. What was still to be set there is not set any more.
 */
export async function queueRestores(
  tx: SourceTransaction,
  scope: LinkScope,
  undos: readonly SourceUndo[],
): Promise<void> {
  if (undos.length === 0) return;
  const values = [scope.tenantId, scope.ruleId, scope.sourceEntity];
  const keys = JSON.stringify(undos.map(({ sourceKey }) => sourceKey));
  await tx.unsafe(`DELETE FROM axion.write_backs WHERE ${scoped} AND ${listed(4)}`, [...values, keys]);
  await tx.unsafe(
    `INSERT INTO axion.write_back_undos AS u (tenant_id, rule_id, source_entity, source_key, undo_id, since, until, force)
     SELECT $1, $2::text::uuid, $3, q."sourceKey", q."undoId", q.since, q.until, q.force
     FROM json_to_recordset($4::text::json) AS q("sourceKey" text, "undoId" uuid, since timestamptz, until timestamptz, force boolean)
     ON CONFLICT (tenant_id, rule_id, source_entity, source_key) DO UPDATE
       SET undo_id = excluded.undo_id, since = least(u.since, excluded.since), until = greatest(u.until, excluded.until),
         force = excluded.force, error = NULL`,
    [...values, JSON.stringify(undos)],
  );
}

/** Where restores are queued, and where they take effect. */
export interface RestorePlace {
  scope: LinkScope;
  source: DataSource;
  table: TargetTable;
  target: DataSource;
}

/**
 * Restores source records as queued in the target's database, each once: a row leaves the queue after the source has
 * remembered that it is undone, and one that comes again finds that. Answers with what was refused, by record id;
 * those rows stay, with the reason, until the record is undone again.
 */
export async function applyRestores(place: RestorePlace): Promise<Map<string, KnownReason>> {
  const { scope, target } = place;
  const values = [scope.tenantId, scope.ruleId, scope.sourceEntity];
  const refused = new Map<string, KnownReason>();
  for (let page = 0; page < mostPages; page++) {
    const more = await target.begin(async (tx) => {
      if (!(await hasTable(tx, "axion.write_back_undos"))) return false;
      const undos = await tx.unsafe<(SourceUndo & Record<string, unknown>)[]>(
        `SELECT source_key AS "sourceKey", undo_id::text AS "undoId", since::text, until::text, force FROM axion.write_back_undos
         WHERE ${scoped} AND error IS NULL ORDER BY source_key LIMIT ${pageSize} FOR UPDATE SKIP LOCKED`,
        values,
      );
      if (undos.length === 0) return false;
      const failures = await restoreAll(place, [...undos]);
      const done = undos.map(({ sourceKey }) => sourceKey).filter((key) => !failures.has(key));
      await tx.unsafe(`DELETE FROM axion.write_back_undos WHERE ${scoped} AND ${listed(4)}`, [
        ...values,
        JSON.stringify(done),
      ]);
      for (const [key, reason] of failures) {
        refused.set(key, reason);
        await tx.unsafe(`UPDATE axion.write_back_undos SET error = $4 WHERE ${scoped} AND source_key = $5`, [
          ...values,
          reason.message,
          key,
        ]);
      }
      return undos.length === pageSize;
    });
    if (!more) break;
  }
  return refused;
}

async function restoreAll(
  { scope, source, table }: RestorePlace,
  undos: readonly SourceUndo[],
): Promise<Map<string, KnownReason>> {
  return await source.begin(async (tx) => {
    const refused = new Map<string, KnownReason>();
    const images = await readSourceImages(tx, scope, table, undos);
    for (const { sourceKey, reason } of images.values()) if (reason) refused.set(sourceKey, reason);
    const free = undos.filter(({ sourceKey }) => !refused.has(sourceKey));
    const restore = async (part: readonly SourceUndo[]): Promise<void> => {
      try {
        await tx.savepoint((inner) => restoreSources(inner, scope, table, { undos: part, images }));
      } catch (error) {
        if (!isRecordError(error)) throw error;
        const [only] = part;
        if (part.length === 1 && only) {
          refused.set(only.sourceKey, restoreRefused(postgresError(error)!.message));
          return;
        }
        const middle = Math.ceil(part.length / 2);
        await restore(part.slice(0, middle));
        await restore(part.slice(middle));
      }
    };
    await restore(free);
    return refused;
  });
}

function restoreRefused(message: string): KnownReason {
  return {
    code: "write_back_failed",
    message: `The source record could not be given back its values: ${message.slice(0, 1_000)}.`,
  };
}
