import { and, eq, sql } from "drizzle-orm";
import type { ConversionEvent } from "../../../shared/events/types.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { ruleStatistics } from "../../schema.js";
import type { RuleStatistics } from "../types.js";

/** Records by what became of them. */
export interface OutcomeCounts {
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
}

/** What an event adds to its rule's statistics; undefined where it tells of no record. */
export function outcomeCountsOf({ event }: ConversionEvent): OutcomeCounts | undefined {
  const counts: OutcomeCounts = { converted: 0, unchanged: 0, skipped: 0, failed: 0 };
  switch (event.type) {
    case "entity-converted":
      counts[event.outcome]++;
      return counts;
    case "conversion-failed":
      counts.failed++;
      return counts;
    case "records-converted":
      for (const record of event.records) counts[record.outcome]++;
      return counts;
    default:
      return undefined;
  }
}

/** Adds an event's records to its rule's statistics. The tenant must be set on the transaction. */
export async function addToRuleStatistics(
  tx: Db,
  rule: { tenantId: string; ruleId: string; at: Date },
  counts: OutcomeCounts,
): Promise<void> {
  const { tenantId, ruleId, at } = rule;
  await tx
    .insert(ruleStatistics)
    .values({ tenantId, ruleId, ...counts, lastActivityAt: at })
    .onConflictDoUpdate({
      target: [ruleStatistics.tenantId, ruleStatistics.ruleId],
      set: {
        converted: sql`${ruleStatistics.converted} + excluded.converted`,
        unchanged: sql`${ruleStatistics.unchanged} + excluded.unchanged`,
        skipped: sql`${ruleStatistics.skipped} + excluded.skipped`,
        failed: sql`${ruleStatistics.failed} + excluded.failed`,
        lastActivityAt: sql`greatest(${ruleStatistics.lastActivityAt}, excluded.last_activity_at)`,
      },
    });
}

/** A rule's statistics; zeros for a rule that was never run. */
export async function getRuleStatistics(db: Db, tenantId: string, ruleId: string): Promise<RuleStatistics> {
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(ruleStatistics)
      .where(and(eq(ruleStatistics.tenantId, tenantId), eq(ruleStatistics.ruleId, ruleId))),
  );
  if (row === undefined) return { ruleId, converted: 0, unchanged: 0, skipped: 0, failed: 0 };
  const { converted, unchanged, skipped, failed, lastActivityAt } = row;
  return { ruleId, converted, unchanged, skipped, failed, lastActivityAt };
}
