import { and, eq } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { RuleDefinition } from "../../entity-conversion/types.js";
import { rules, ruleVersions } from "../../schema.js";

/** An automatic rule that is in use, at its latest version. */
export interface AutomaticRule {
  id: string;
  version: number;
  definition: RuleDefinition;
}

/** The tenant's active automatic rules, of one data source where it is given. */
export async function activeAutomaticRules(
  db: Db,
  tenantId: string,
  dataSource?: string,
): Promise<AutomaticRule[]> {
  const found = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ id: rules.id, version: rules.latestVersion, definition: ruleVersions.definition })
      .from(rules)
      .innerJoin(
        ruleVersions,
        and(eq(ruleVersions.ruleId, rules.id), eq(ruleVersions.version, rules.latestVersion)),
      )
      .where(and(eq(rules.tenantId, tenantId), eq(rules.state, "active"), eq(rules.triggerMode, "automatic")))
      .orderBy(rules.createdAt, rules.id),
  );
  return found.filter(
    ({ definition }) => dataSource === undefined || definition.source.dataSource === dataSource,
  );
}
