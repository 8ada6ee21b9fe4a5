import { randomUUID } from "node:crypto";
import { APIError } from "encore.dev/api";
import { newEvent } from "../../../../shared/events/envelope.js";
import { addToOutbox } from "../../../../shared/events/outbox.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import type { UndoConversionRequest, UndoConversionResponse } from "../../types.js";
import type { Actor } from "../actor.js";
import type { RuleWorld } from "../prepare-rule.js";
import { findRule, type RuleRow } from "../rule-rows.js";
import { openUndo } from "./open-undo.js";
import type { UndoOutcome } from "./undo-candidates.js";
import { undoRecords } from "./undo-records.js";

/** Ends a transaction whose work is not to be kept. */
class RollBack extends Error {}

/**
 * Undoes the latest conversion of a record by a rule, whatever the rule's state, and tells of it as
 * `conversion-undone`. Throws `notFound` where the record has none, and `failedPrecondition` where a later change of
 * the target would be lost.
 */
export async function undoConversion(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: UndoConversionRequest,
): Promise<UndoConversionResponse> {
  const { tenantId } = actor;
  const { ruleId, sourceRecordId, force = false, dryRun = false } = request;
  const rule = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  const { definition } = rule.version;
  const { target, work } = await openUndo(
    world,
    { tenantId, ruleId: rule.rule.id, definition },
    { undoId: randomUUID(), force },
  );
  let outcome: UndoOutcome | undefined;
  try {
    await target.begin(async (tx) => {
      [outcome] = await undoRecords(tx, work, [sourceRecordId]);
      if (dryRun) throw new RollBack("nothing of this is kept");
    });
  } catch (error) {
    if (!(error instanceof RollBack)) throw error;
  }
  if (outcome?.outcome === "failed") {
    const { code, message } = outcome.reason!;
    throw APIError.failedPrecondition(message).withDetails({ reason: code });
  }
  if (outcome?.outcome !== "undone") {
    throw APIError.notFound(
      `The rule has no conversion of the record "${sourceRecordId}" to undo.`,
    ).withDetails({
      reason: "not_converted",
    });
  }
  if (!dryRun) await tell(db, actor, { rule, outcome, force });
  const { ruleVersion, jobId, targets } = outcome;
  const known = { ruleId: rule.rule.id, ruleVersion: ruleVersion ?? rule.version.version, jobId };
  return { ...known, sourceRecordId, dryRun, targets };
}

async function tell(
  db: Db,
  { tenantId, userID }: Actor,
  { rule, outcome, force }: { rule: RuleRow; outcome: UndoOutcome; force: boolean },
): Promise<void> {
  const { source, target } = rule.version.definition;
  const { sourceRecordId, targets } = outcome;
  const event = {
    type: "conversion-undone" as const,
    ruleId: rule.rule.id,
    sourceEntity: source.entity,
    targetEntity: target.entity,
    performedBy: userID,
    forced: force,
    records: [{ sourceRecordId, targetRecordId: targets[0]?.targetRecordId, outcome: "undone" as const }],
  };
  const context = { tenantId, userId: userID, orderedBy: sourceRecordId };
  await withTenant(db, tenantId, (tx) => addToOutbox(tx, "conversion-events", newEvent(event, context)));
}
