import type { SQL } from "drizzle-orm";
import { newEvent } from "../../../shared/events/envelope.js";
import { outboxStatements } from "../../../shared/events/outbox.js";
import type { ConversionEvent } from "../../../shared/events/types.js";
import { runForTenant } from "../../../shared/tenancy/one-message.js";
import type { Db } from "../../db.js";
import type { ConversionReason, ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";
import type { Actor } from "./actor.js";
import { forgetExecution } from "./execution-journal.js";
import type { RuleRow } from "./rule-rows.js";

/** One execution of a rule on one record. */
export interface Execution {
  actor: Actor;
  request: ExecuteConversionRequest;
  found: RuleRow;
  /** Its links carry it. Known again where the same key comes once more. */
  executionId: string;
}

function common({ actor, request, found }: Execution) {
  const { definition, version } = found.version;
  return {
    ruleId: found.rule.id,
    ruleVersion: version,
    sourceRecordId: request.sourceRecordId,
    sourceEntity: definition.source.entity,
    targetEntity: definition.target.entity,
    conversionType: request.type ?? "manual",
    performedBy: actor.userID,
  };
}

/** The statements that tell of a record that was converted, or found to be as it should. */
export function tellConverted(
  execution: Execution,
  { outcome, sourceRecordId, targetRecordId, values }: ExecuteConversionResponse,
): SQL[] {
  return tell(execution, {
    type: "entity-converted",
    ...common(execution),
    sourceRecordId,
    targetRecordId: targetRecordId ?? "",
    outcome: outcome === "unchanged" ? "unchanged" : "converted",
    fieldMappings: values,
  });
}

/** Tells of a record that could not be converted, and forgets the execution. */
export async function tellFailure(db: Db, execution: Execution, reason: ConversionReason): Promise<void> {
  const told = tell(execution, {
    type: "conversion-failed",
    ...common(execution),
    error: reason.message,
    errorCode: reason.code,
  });
  const { tenantId } = execution.actor;
  await runForTenant(db, tenantId, [...told, forgetExecution(db, { tenantId, id: execution.executionId })]);
}

/** The statements that tell of an execution. */
function tell({ actor, request, executionId }: Execution, event: ConversionEvent["event"]): SQL[] {
  const context = { tenantId: actor.tenantId, userId: actor.userID, orderedBy: request.sourceRecordId };
  const made = newEvent(event, context);
  // Told once where a crash makes the same key come again.
  const eventId = event.type === "entity-converted" ? executionId : made.eventId;
  return outboxStatements("conversion-events", { ...made, eventId });
}
