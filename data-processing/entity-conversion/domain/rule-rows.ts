import { and, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { rules, ruleVersions } from "../../schema.js";
import type { Rule } from "../types.js";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A rule's row with one of its versions. */
export interface RuleRow {
  rule: typeof rules.$inferSelect;
  version: typeof ruleVersions.$inferSelect;
}

/** Finds a rule at a version, the latest by default. Throws `notFound`, also for another tenant's rule. */
export async function findRule(tx: Db, tenantId: string, ruleId: string, version?: number): Promise<RuleRow> {
  requireUuid(ruleId, "rule");
  if (version !== undefined && !isVersion(version)) throw unknownRule(ruleId, version);
  const [row] = await tx
    .select({ rule: rules, version: ruleVersions })
    .from(rules)
    .innerJoin(
      ruleVersions,
      and(eq(ruleVersions.ruleId, rules.id), eq(ruleVersions.version, version ?? rules.latestVersion)),
    )
    .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId)));
  if (row) return row;
  throw unknownRule(ruleId, version);
}

function isVersion(version: number): boolean {
  return Number.isInteger(version) && version > 0 && version < 2 ** 31;
}

function unknownRule(ruleId: string, version: number | undefined): APIError {
  const what =
    version === undefined ? `No rule "${ruleId}".` : `No version ${version} of a rule "${ruleId}".`;
  return APIError.notFound(what).withDetails({ reason: "unknown_rule" });
}

/** Whether a version of the rule sets fields of its source records. */
export async function hasWrittenBack(tx: Db, tenantId: string, ruleId: string): Promise<boolean> {
  const writes = sql`jsonb_array_length(coalesce(${ruleVersions.definition} -> 'writeBack', '[]')) > 0`;
  const [row] = await tx
    .select({ version: ruleVersions.version })
    .from(ruleVersions)
    .where(and(eq(ruleVersions.tenantId, tenantId), eq(ruleVersions.ruleId, ruleId), writes))
    .limit(1);
  return row !== undefined;
}

/** Whether a text can be the id of a rule. */
export function isRuleId(id: string): boolean {
  return uuidPattern.test(id);
}

/** Throws `notFound` for an id that cannot be one. */
export function requireUuid(id: string, what: "rule" | "job" | "shadow run"): void {
  if (uuidPattern.test(id)) return;
  throw APIError.notFound(`No ${what} "${id.slice(0, 100)}".`).withDetails({
    reason: `unknown_${what.replace(" ", "_")}`,
  });
}

/** Throws `failedPrecondition` for a rule that is not in use: a draft, or a retired one. */
export function requireActive(rule: typeof rules.$inferSelect): void {
  requireNotRetired(rule);
  if (rule.state === "active") return;
  throw APIError.failedPrecondition(
    `The rule "${rule.name}" is a draft: activate it before it converts anything.`,
  ).withDetails({ reason: "rule_is_draft" });
}

/** Throws `failedPrecondition` for a rule that was retired. */
export function requireNotRetired(rule: typeof rules.$inferSelect): void {
  if (rule.state !== "retired") return;
  throw APIError.failedPrecondition(`The rule "${rule.name}" is retired.`).withDetails({
    reason: "rule_retired",
  });
}

/** Throws `aborted` where the rule is not at the version and revision that the caller expects. */
export function requireUnchanged(
  rule: Pick<typeof rules.$inferSelect, "latestVersion" | "revision">,
  expected: { expectedVersion?: number; expectedRevision?: number },
): void {
  const { latestVersion, revision } = rule;
  if (expected.expectedVersion !== undefined && expected.expectedVersion !== latestVersion)
    throw APIError.aborted(
      `The rule is at version ${latestVersion}, not ${expected.expectedVersion}: read it again.`,
    ).withDetails({ reason: "version_changed", latestVersion });
  if (expected.expectedRevision !== undefined && expected.expectedRevision !== revision)
    throw APIError.aborted(
      `The rule is at revision ${revision}, not ${expected.expectedRevision}: read it again.`,
    ).withDetails({ reason: "revision_changed", revision });
}

/** Throws `invalidArgument` for a key that is empty or too long. */
export function requireIdempotencyKey(key: string | undefined): void {
  if (key === undefined || (key !== "" && key.length <= 200)) return;
  throw APIError.invalidArgument("idempotencyKey: 1 to 200 characters.");
}

/** A rule as callers see it. */
export function toRule({ rule, version }: RuleRow): Rule {
  return {
    id: rule.id,
    version: version.version,
    latestVersion: rule.latestVersion,
    revision: rule.revision,
    state: rule.state,
    definition: version.definition,
    ...(version.version === rule.latestVersion && rule.problems
      ? { problems: rule.problems, driftedAt: rule.driftedAt ?? undefined }
      : {}),
    createdBy: rule.createdBy,
    createdAt: rule.createdAt,
    versionCreatedBy: version.createdBy,
    versionCreatedAt: version.createdAt,
  };
}
