import { and, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { ruleRollouts, rules, ruleVersions } from "../../schema.js";
import type { RolloutState, RuleRollout, StartRolloutRequest } from "../types.js";
import type { Actor } from "./actor.js";
import { findRollout, type RolloutRow, toRollout } from "./rollout-rows.js";
import { findRule, type RuleRow, requireActive } from "./rule-rows.js";

/**
 * Lets the latest version of a rule take over from an earlier one for a share of the records. Throws
 * `failedPrecondition` where they read or write other entities, or where the latest version has had a rollout.
 */
export async function startRollout(db: Db, actor: Actor, request: StartRolloutRequest): Promise<RuleRollout> {
  const { tenantId, userID } = actor;
  const { ruleId, percent } = request;
  requirePercent(percent);
  return await withTenant(db, tenantId, async (tx) => {
    const latest = await lockedRule(tx, tenantId, ruleId);
    requireActive(latest.rule);
    const oldVersion = request.oldVersion ?? latest.version.version - 1;
    if (!Number.isInteger(oldVersion) || oldVersion < 1 || oldVersion >= latest.version.version) {
      throw APIError.invalidArgument(
        `oldVersion: an earlier version than the latest one, ${latest.version.version}.`,
      ).withDetails({ reason: "bad_version", path: "oldVersion" });
    }
    const old = await findRule(tx, tenantId, ruleId, oldVersion);
    requireSameEntities(old, latest);
    const newVersion = latest.version.version;
    const [row] = await tx
      .insert(ruleRollouts)
      .values({ tenantId, ruleId, newVersion, oldVersion, percent, startedBy: userID, changedBy: userID })
      .onConflictDoNothing()
      .returning();
    if (!row) {
      throw APIError.failedPrecondition(`Version ${newVersion} has a rollout already.`).withDetails({
        reason: "rollout_exists",
      });
    }
    await tell(tx, actor, row);
    return toRollout(row);
  });
}

/** The rollout of a rule's latest version. Throws `notFound` where it took over at once. */
export async function getRollout(db: Db, tenantId: string, ruleId: string): Promise<RuleRollout> {
  return await withTenant(db, tenantId, async (tx) => {
    const { version } = await findRule(tx, tenantId, ruleId);
    return toRollout(await requireRollout(tx, tenantId, { ruleId, newVersion: version.version }));
  });
}

/** Gives the new version another share of the records. */
export async function changeRollout(
  db: Db,
  actor: Actor,
  request: { ruleId: string; percent: number },
): Promise<RuleRollout> {
  requirePercent(request.percent);
  return await change(db, actor, { ...request, state: "running" });
}

/** Ends a rollout: all records go by the new version from now on. */
export async function finishRollout(db: Db, actor: Actor, ruleId: string): Promise<RuleRollout> {
  return await change(db, actor, { ruleId, percent: 100, state: "finished" });
}

/**
 * Ends a rollout: all records go by the old version again, which becomes the rule's latest one under a new number.
 * What the new version has written stays until its records are converted again or undone.
 */
export async function abortRollout(db: Db, actor: Actor, ruleId: string): Promise<RuleRollout> {
  return await change(db, actor, { ruleId, percent: 0, state: "aborted" });
}

async function change(
  db: Db,
  actor: Actor,
  to: { ruleId: string; percent: number; state: RolloutState },
): Promise<RuleRollout> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const latest = await lockedRule(tx, tenantId, to.ruleId);
    const newVersion = latest.version.version;
    const before = await requireRollout(tx, tenantId, { ruleId: latest.rule.id, newVersion });
    if (before.state !== "running") {
      throw APIError.failedPrecondition(`The rollout is ${before.state}.`).withDetails({
        reason: "rollout_ended",
      });
    }
    const [row] = await tx
      .update(ruleRollouts)
      .set({ percent: to.percent, state: to.state, changedBy: userID, changedAt: sql`now()` })
      .where(and(eq(ruleRollouts.ruleId, latest.rule.id), eq(ruleRollouts.newVersion, newVersion)))
      .returning();
    if (to.state === "aborted") await restoreVersion(tx, actor, { latest, oldVersion: before.oldVersion });
    await tell(tx, actor, row!);
    return toRollout(row!);
  });
}

/** Makes the definition of an earlier version the latest one, under the next number. */
async function restoreVersion(
  tx: Db,
  { tenantId, userID }: Actor,
  { latest, oldVersion }: { latest: RuleRow; oldVersion: number },
): Promise<void> {
  const ruleId = latest.rule.id;
  const { version } = await findRule(tx, tenantId, ruleId, oldVersion);
  const { definition } = version;
  const next = latest.version.version + 1;
  await tx.insert(ruleVersions).values({ tenantId, ruleId, version: next, definition, createdBy: userID });
  await tx
    .update(rules)
    .set({ latestVersion: next, name: definition.name, triggerMode: definition.trigger.mode })
    .where(and(eq(rules.tenantId, tenantId), eq(rules.id, ruleId)));
}

/** The rule at its latest version, locked: no version is added meanwhile. */
async function lockedRule(tx: Db, tenantId: string, ruleId: string): Promise<RuleRow> {
  const found = await findRule(tx, tenantId, ruleId);
  await tx
    .select({ id: rules.id })
    .from(rules)
    .where(and(eq(rules.tenantId, tenantId), eq(rules.id, found.rule.id)))
    .for("update");
  return await findRule(tx, tenantId, ruleId);
}

async function requireRollout(
  tx: Db,
  tenantId: string,
  rule: { ruleId: string; newVersion: number },
): Promise<RolloutRow> {
  const row = await findRollout(tx, tenantId, rule);
  if (row) return row;
  throw APIError.notFound(`Version ${rule.newVersion} of the rule has no rollout.`).withDetails({
    reason: "unknown_rollout",
  });
}

function requirePercent(percent: number): void {
  if (Number.isInteger(percent) && percent >= 0 && percent <= 100) return;
  throw APIError.invalidArgument("percent: a whole number from 0 to 100.").withDetails({
    reason: "bad_percent",
    path: "percent",
  });
}

function requireSameEntities(old: RuleRow, latest: RuleRow): void {
  for (const side of ["source", "target"] as const) {
    const before = old.version.definition[side];
    const now = latest.version.definition[side];
    if (before.dataSource === now.dataSource && before.entity === now.entity) continue;
    throw APIError.failedPrecondition(
      `Version ${old.version.version} has the ${side} "${before.entity}" of "${before.dataSource}", version ` +
        `${latest.version.version} "${now.entity}" of "${now.dataSource}": they cannot share the records.`,
    ).withDetails({ reason: `${side}_changed` });
  }
}

async function tell(tx: Db, { tenantId, userID }: Actor, row: RolloutRow): Promise<void> {
  const event = {
    type: "rollout-changed" as const,
    ruleId: row.ruleId,
    ruleVersion: row.newVersion,
    oldVersion: row.oldVersion,
    percent: row.percent,
    state: row.state,
    changedBy: userID,
  };
  const context = { tenantId, userId: userID, orderedBy: row.ruleId };
  await addToOutbox(tx, "conversion-events", newEvent(event, context));
}
