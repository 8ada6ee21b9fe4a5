import type { DataSource } from "../../sources/data-source.js";
import { makeLinks } from "./links.js";
import { type LoadedRecord, loadRecords } from "./load-records.js";
import type { ConversionPlan, EvaluatedRecord } from "./plan.js";

/** Ends a transaction whose work is not to be kept. */
class RollBack extends Error {}

const timeoutMs = 30_000;

/**
 * Writes evaluated records and takes everything back: what becomes of each record is what the database itself says,
 * constraints and triggers included, and nothing of it stays. Waits for locks of others for two seconds at most.
 */
export async function tryRecords(
  target: DataSource,
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  { tenantId }: { tenantId: string },
): Promise<LoadedRecord[]> {
  let results: LoadedRecord[] = [];
  try {
    await target.begin(
      async (tx) => {
        await tx`SELECT set_config('lock_timeout', '2s', true)`;
        await makeLinks(tx, target);
        results = await loadRecords(tx, plan, records, { tenantId, withValues: true });
        throw new RollBack("nothing of this is kept");
      },
      { statementTimeoutMs: timeoutMs },
    );
  } catch (error) {
    if (!(error instanceof RollBack)) throw error;
  }
  return results;
}
