import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { type Conversion, convertBatch } from "./convert-batch.js";
import type { RecordResult } from "./plan.js";
import { readRecords } from "./read-records.js";
import { findRollout, goesByNewVersion } from "./rollout-rows.js";
import type { BatchRange } from "./set-based.js";

/** A rule's version with, during its rollout, the one that it takes over from. */
export interface VersionPair {
  next: Conversion;
  old?: Conversion;
}

/**
 * Converts the records of a range, each by the version that it goes by at present. The share is read for each batch,
 * so that a change of it counts at once.
 */
export async function convertByRollout(
  db: Db,
  { next, old }: VersionPair,
  range: BatchRange,
  context: { tenantId: string; jobId: string },
): Promise<RecordResult[]> {
  if (!old) return await convertBatch(next, range, context);
  const { ruleId, ruleVersion } = next.plan;
  const rollout = await withTenant(db, context.tenantId, (tx) =>
    findRollout(tx, context.tenantId, { ruleId, newVersion: ruleVersion }),
  );
  const percent = rollout?.percent ?? 100;
  const records = await readRecords(next.source, next.plan, range);
  const results = new Map<string, RecordResult>();
  for (const [conversion, isNew] of [
    [old, false],
    [next, true],
  ] as const) {
    const keys = records
      .filter(({ sourceRecordId }) => goesByNewVersion(ruleId, sourceRecordId, percent) === isNew)
      .map(({ key }) => key);
    if (keys.length === 0) continue;
    for (const result of await convertBatch(conversion, { keys }, context))
      results.set(result.sourceRecordId, result);
  }
  return records.map(({ key, sourceRecordId }) => results.get(sourceRecordId) ?? gone(key, sourceRecordId));
}

/** A record that was deleted since it was read: it is left out, as if it had never been there. */
function gone(key: string[], sourceRecordId: string): RecordResult {
  return { key, sourceRecordId, outcome: "skipped", action: "none", filtered: true };
}
