import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { TenantEvent } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";
import type { Db } from "../db.js";

/** Who does it, and for which tenant. */
export interface TenantActor {
  tenantId: string;
  userID: string;
}

/** A change of a tenant, as it is told to the other services, to the audit log, or to both. */
export interface TenantChange {
  event?: TenantEvent["event"];
  /** Action in the audit log; none where nobody acted. */
  action?: string;
  /** For the audit log: `before` and `after`, where something changed. */
  details?: Record<string, JsonValue>;
}

/** Tells of a change, in its transaction. */
export async function tellOfTenant(tx: Db, actor: TenantActor, change: TenantChange): Promise<void> {
  const context = { tenantId: actor.tenantId, userId: actor.userID };
  const { event, action, details = {} } = change;
  if (event !== undefined) await addToOutbox(tx, "tenant-events", newEvent(event, context));
  if (action === undefined) return;
  const entry = { type: "audit-recorded" as const, action, performedBy: actor.userID, details };
  await addToOutbox(tx, "audit-events", newEvent(entry, context));
}
