import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { ruleRollouts } from "../../schema.js";
import type { RuleRollout } from "../types.js";

/** A rollout's row. */
export type RolloutRow = typeof ruleRollouts.$inferSelect;

/** The rollout by which a version of a rule takes over; undefined where it took over at once. */
export async function findRollout(
  tx: Db,
  tenantId: string,
  rule: { ruleId: string; newVersion: number },
): Promise<RolloutRow | undefined> {
  const [row] = await tx
    .select()
    .from(ruleRollouts)
    .where(
      and(
        eq(ruleRollouts.tenantId, tenantId),
        eq(ruleRollouts.ruleId, rule.ruleId),
        eq(ruleRollouts.newVersion, rule.newVersion),
      ),
    );
  return row;
}

/** Throws `failedPrecondition` while a version takes over gradually. */
export async function requireNoRollout(
  tx: Db,
  tenantId: string,
  rule: { ruleId: string; newVersion: number },
): Promise<void> {
  const rollout = await findRollout(tx, tenantId, rule);
  if (rollout?.state !== "running") return;
  throw APIError.failedPrecondition(
    `Version ${rule.newVersion} takes over for ${rollout.percent} % of the records: finish or abort the rollout first.`,
  ).withDetails({ reason: "rollout_running" });
}

/**
 * Whether a record goes by the new version at a share of `percent`. It follows from rule and record id alone, so that
 * a record that has gone over stays there while the share grows.
 */
export function goesByNewVersion(ruleId: string, recordId: string, percent: number): boolean {
  const digest = createHash("sha256").update(`${ruleId}/${recordId}`).digest();
  return (digest.readUInt32BE(0) / 2 ** 32) * 100 < percent;
}

/** A rollout as callers see it. */
export function toRollout(row: RolloutRow): RuleRollout {
  const { tenantId: _, ...rollout } = row;
  return rollout;
}
