import { makeLinks } from "./links.js";
import { type LoadedRecord, loadRecords } from "./load-records.js";
import type { ConversionPlan, EvaluatedRecord } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { writtenBack } from "./write-back.js";
import { makeSourceTables } from "./write-back-tables.js";

/** Ends a transaction whose work is not to be kept. */
class RollBack extends Error {}

const timeoutMs = 30_000;

/**
 * Writes evaluated records and takes everything back: what becomes of each record is what the database itself says,
 * constraints and triggers included, and nothing of it stays. Waits for locks of others for two seconds at most. What
 * is written back to a source in another database is left out.
 */
export async function tryRecords(
  world: RuleWorld,
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  { tenantId }: { tenantId: string },
): Promise<LoadedRecord[]> {
  const source = await world.open(plan.definition.source.dataSource);
  const target = await world.open(plan.definition.target.dataSource);
  const here = writtenBack(plan).length > 0 && source.database === target.database;
  let results: LoadedRecord[] = [];
  try {
    await target.begin(
      async (tx) => {
        await tx`SELECT set_config('lock_timeout', '2s', true)`;
        await makeLinks(tx, target);
        if (here) await makeSourceTables(tx, source);
        const options = { tenantId, withValues: true, writeBack: here ? ("here" as const) : undefined };
        results = await loadRecords(tx, plan, records, options);
        throw new RollBack("nothing of this is kept");
      },
      { statementTimeoutMs: timeoutMs },
    );
  } catch (error) {
    if (!(error instanceof RollBack)) throw error;
  }
  return results;
}
