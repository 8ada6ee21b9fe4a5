import { and, count, eq, ne, sql } from "drizzle-orm";
import { requireWithinQuota } from "../../../shared/tenancy/tenant-policy.js";
import type { Db } from "../../db.js";
import { rules } from "../../schema.js";

/** Lets one transaction at a time add to a tenant's rules, so that a count of them holds until it ends. */
export async function lockRules(tx: Db, tenantId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`axion rules ${tenantId}`}, 0))`);
}

/**
 * Throws `resourceExhausted` where the tenant has more rules than `limit`, drafts among them and retired ones not. It
 * is called after the rule in hand was written: that is taken back with the transaction.
 */
export async function requireRulesLeft(tx: Db, tenantId: string, limit: number | undefined): Promise<void> {
  if (limit === undefined) return;
  requireWithinQuota({ name: "rules", limit, used: (await countRules(tx, tenantId)) - 1 });
}

/** How many rules a tenant has that are not retired. */
export async function countRules(tx: Db, tenantId: string): Promise<number> {
  const [row] = await tx
    .select({ total: count() })
    .from(rules)
    .where(and(eq(rules.tenantId, tenantId), ne(rules.state, "retired")));
  return row?.total ?? 0;
}
