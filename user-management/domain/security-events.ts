import { eq } from "drizzle-orm";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { JsonValue } from "../../shared/json.js";
import type { Db } from "../db.js";
import { members } from "../schema.js";

/** Something about access that is to stand in the audit log. */
export interface SecurityEvent {
  /** What was done, kebab-case past tense. */
  action: string;
  /** Who did it; `system` where nobody is known to have. */
  performedBy: string;
  details: Record<string, JsonValue>;
}

/** Tells the tenant's audit log of it, in the transaction of the change itself. */
export async function recordForTenant(tx: Db, tenantId: string, event: SecurityEvent): Promise<void> {
  await addToOutbox(
    tx,
    "audit-events",
    newEvent(
      { type: "audit-recorded" as const, ...event },
      { tenantId, userId: event.performedBy, orderedBy: event.performedBy },
    ),
  );
}

/** Tells the audit log of every tenant that the person belongs to. */
export async function recordForPerson(tx: Db, userId: string, event: SecurityEvent): Promise<void> {
  const rows = await tx
    .select({ tenantId: members.organizationId })
    .from(members)
    .where(eq(members.userId, userId));
  for (const { tenantId } of rows) await recordForTenant(tx, tenantId, event);
}
