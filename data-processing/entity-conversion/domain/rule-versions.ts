import { and, eq, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { readForTenant } from "../../../shared/tenancy/one-message.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { executions, ruleRollouts, rules, ruleVersions } from "../../schema.js";
import type { ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";
import { answerOf } from "./keyed-executions.js";
import { findRule, type RuleRow, requireUuid } from "./rule-rows.js";

/** The versions of a rule that its records go by. */
export interface Versions {
  latest: RuleRow;
  /** The version that the latest one takes over from, and its share. */
  rollout?: { old: RuleRow; percent: number };
}

const mostKnown = 500;

/** Active rules without a rollout, as they were when they were last read, the oldest first. */
const known = new Map<string, RuleRow>();

/**
 * The versions that a record may go by, and the answer to an earlier execution with the same key. A rule that is not
 * there is told of first, whatever the key was used for.
 */
export async function findVersions(
  db: Db,
  tenantId: string,
  request: ExecuteConversionRequest,
): Promise<{ versions: Versions; answer?: ExecuteConversionResponse }> {
  const { ruleId } = request;
  requireUuid(ruleId, "rule");
  const ofTenant = <T extends { tenantId: PgColumn }>(table: T) => eq(table.tenantId, tenantId);
  const latestVersion = sql`(select ${rules.latestVersion} from ${rules} where ${rules.id} = ${ruleId}::uuid)`;
  const versionIs = (version: PgColumn) => sql`${version} = ${latestVersion}`;
  const [[rule], [version], [rollout], [earlier]] = await readForTenant(db, tenantId, [
    { from: rules, where: and(ofTenant(rules), eq(rules.id, ruleId)) },
    {
      from: ruleVersions,
      where: and(ofTenant(ruleVersions), eq(ruleVersions.ruleId, ruleId), versionIs(ruleVersions.version)),
    },
    {
      from: ruleRollouts,
      where: and(ofTenant(ruleRollouts), eq(ruleRollouts.ruleId, ruleId), versionIs(ruleRollouts.newVersion)),
    },
    {
      from: executions,
      where: and(ofTenant(executions), eq(executions.idempotencyKey, request.idempotencyKey ?? "")),
    },
  ]);
  const latest: RuleRow =
    rule && version
      ? { rule, version }
      : await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  const answer = earlier && answerOf(earlier, request);
  forgetRule(tenantId, ruleId);
  // A version that came between two of the queries brings its rollout with it.
  if (rollout?.newVersion !== latest.version.version || rollout.state === "finished") {
    if (latest.rule.state === "active") remember(latest);
    return { versions: { latest }, answer };
  }
  const old = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId, rollout.oldVersion));
  return { versions: { latest, rollout: { old, percent: rollout.percent } }, answer };
}

/** The rule as it was read last. Who goes by it has to find out that it has not changed: see `noteIfUnchanged`. */
export function knownRule(tenantId: string, ruleId: string): RuleRow | undefined {
  return known.get(keyOf(tenantId, ruleId));
}

/** Forgets a rule that has changed. */
export function forgetRule(tenantId: string, ruleId: string): void {
  known.delete(keyOf(tenantId, ruleId));
}

function remember(row: RuleRow): void {
  known.set(keyOf(row.rule.tenantId, row.rule.id), row);
  for (const [oldest] of known) {
    if (known.size <= mostKnown) break;
    known.delete(oldest);
  }
}

function keyOf(tenantId: string, ruleId: string): string {
  return `${ruleId.toLowerCase()}/${tenantId}`;
}
