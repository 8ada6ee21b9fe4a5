import { randomUUID } from "node:crypto";
import { APIError } from "encore.dev/api";
import { newEvent } from "../../../../shared/events/envelope.js";
import { addToOutbox } from "../../../../shared/events/outbox.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import type { UndoConversionRequest, UndoConversionResponse } from "../../types.js";
import type { Actor } from "../actor.js";
import type { RuleWorld } from "../prepare-rule.js";
import { findRule, hasWrittenBack, type RuleRow } from "../rule-rows.js";
import { writeBackJournal } from "../write-back-journal.js";
import { openUndo } from "./open-undo.js";
import { undoBatch } from "./undo-batch.js";
import type { UndoOutcome } from "./undo-candidates.js";

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
  const { rule, writesBack } = await withTenant(db, tenantId, async (tx) => ({
    rule: await findRule(tx, tenantId, ruleId),
    writesBack: await hasWrittenBack(tx, tenantId, ruleId),
  }));
  const { definition, version: ruleVersion } = rule.version;
  const journal = writeBackJournal(db, tenantId);
  const open = await openUndo(
    world,
    { tenantId, ruleId: rule.rule.id, ruleVersion, definition, writesBack, journal },
    { undoId: randomUUID(), force },
  );
  const [outcome] = await undoBatch(open, async () => [sourceRecordId], dryRun);
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
  const { jobId, targets, sourceFields } = outcome;
  const known = { ruleId: rule.rule.id, ruleVersion: outcome.ruleVersion ?? ruleVersion, jobId };
  return { ...known, sourceRecordId, dryRun, targets, sourceFields };
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
