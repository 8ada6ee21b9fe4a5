import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { TriggerCaptureChanged, TriggerCaptureWarned } from "../../../shared/events/types.js";
import type { Db } from "../../db.js";

/** A data source whose changes are noticed, and what was made in it for that. */
interface Capture {
  tenantId: string;
  source: string;
  slot?: string | null;
  publication?: string | null;
}

/** Tells in the running transaction what has become of the capture of a data source; by the system, where nobody is named. */
export async function tellCapture(
  tx: Db,
  capture: Capture,
  told: { change: TriggerCaptureChanged["change"]; message?: string; by?: string },
): Promise<void> {
  const { tenantId, source, slot, publication } = capture;
  const { change, message, by = "system" } = told;
  const event: TriggerCaptureChanged = {
    type: "trigger-capture-changed",
    dataSource: source,
    change,
    slot: slot ?? undefined,
    publication: publication ?? undefined,
    message,
    changedBy: by,
  };
  const context = { tenantId, userId: by, orderedBy: `trigger-source:${source}` };
  await addToOutbox(tx, "conversion-events", newEvent(event, context));
}

/** Tells in the running transaction that the capture of a data source needs a person's attention. */
export async function warnOfCapture(
  tx: Db,
  { tenantId, source, slot }: Capture,
  { reason, message }: Pick<TriggerCaptureWarned, "reason" | "message">,
): Promise<void> {
  const event: TriggerCaptureWarned = {
    type: "trigger-capture-warned",
    dataSource: source,
    reason,
    slot: slot ?? undefined,
    message,
  };
  const context = { tenantId, userId: "system", orderedBy: `trigger-source:${source}` };
  await addToOutbox(tx, "conversion-events", newEvent(event, context));
}
