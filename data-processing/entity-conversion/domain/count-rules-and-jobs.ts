import { count, eq } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobs, rules } from "../../schema.js";

/** How many rules and jobs a tenant has, by state. */
export async function countRulesAndJobs(
  db: Db,
  tenantId: string,
): Promise<{ rules: Record<string, number>; jobs: Record<string, number> }> {
  return await withTenant(db, tenantId, async (tx) => {
    const [ruleRows, jobRows] = await Promise.all([
      tx
        .select({ state: rules.state, total: count() })
        .from(rules)
        .where(eq(rules.tenantId, tenantId))
        .groupBy(rules.state),
      tx
        .select({ state: jobs.state, total: count() })
        .from(jobs)
        .where(eq(jobs.tenantId, tenantId))
        .groupBy(jobs.state),
    ]);
    return { rules: byState(ruleRows), jobs: byState(jobRows) };
  });
}

function byState(rows: { state: string; total: number }[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ state, total }) => [state, total]));
}
