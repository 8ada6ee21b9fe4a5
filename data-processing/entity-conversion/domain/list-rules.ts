import { and, eq, type SQL, sql } from "drizzle-orm";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { rules, ruleVersions } from "../../schema.js";
import type {
  ListRulesRequest,
  ListRulesResponse,
  ListRuleVersionsRequest,
  ListRuleVersionsResponse,
} from "../types.js";
import { findRule, toRule } from "./rule-rows.js";

const sorting = {
  fields: { createdAt: rules.createdAt, name: rules.name },
  byDefault: "-createdAt",
  id: rules.id,
} as const;
const versionSorting = {
  fields: { version: ruleVersions.version },
  byDefault: "-version",
  id: ruleVersions.version,
} as const;

/** A tenant's rules at their latest versions, newest first or as asked for. */
export async function listRules(
  db: Db,
  tenantId: string,
  request: ListRulesRequest,
): Promise<ListRulesResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const filters: (SQL | undefined)[] = [
    eq(rules.tenantId, tenantId),
    request.state && eq(rules.state, request.state),
    request.sourceEntity ? eq(rules.sourceEntity, request.sourceEntity) : undefined,
    request.targetEntity ? eq(rules.targetEntity, request.targetEntity) : undefined,
    request.triggerMode && eq(rules.triggerMode, request.triggerMode),
    request.search ? sql`strpos(lower(${rules.name}), lower(${request.search})) > 0` : undefined,
  ];
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ rule: rules, version: ruleVersions, key: order.key })
      .from(rules)
      .innerJoin(
        ruleVersions,
        and(eq(ruleVersions.ruleId, rules.id), eq(ruleVersions.version, rules.latestVersion)),
      )
      .where(and(...filters, order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    rules: rows.slice(0, limit).map(toRule),
    ...order.next(rows, limit, ({ rule }) => rule.id),
  };
}

/** A rule's versions, newest first or as asked for. */
export async function listRuleVersions(
  db: Db,
  tenantId: string,
  request: ListRuleVersionsRequest,
): Promise<ListRuleVersionsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, versionSorting);
  return await withTenant(db, tenantId, async (tx) => {
    const { rule } = await findRule(tx, tenantId, request.ruleId);
    const rows = await tx
      .select({ version: ruleVersions, key: order.key })
      .from(ruleVersions)
      .where(and(eq(ruleVersions.tenantId, tenantId), eq(ruleVersions.ruleId, rule.id), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1);
    return {
      versions: rows.slice(0, limit).map(({ version }) => toRule({ rule, version })),
      ...order.next(rows, limit, ({ key }) => key),
    };
  });
}
