import type { TenantEvent } from "../../shared/events/types.js";
import { answerPurge, purgeTables } from "../../shared/tenancy/tenant-purge.js";
import type { AuditDb } from "../audit/db.js";
import { purgeAuditLog } from "../audit/purge.js";
import type { Db } from "../db.js";

/** Rows that refer to others come before those. */
const tables = [
  "notification_reads",
  "notifications",
  "notification_preferences",
  "notification_templates",
  "mail_items",
  "webhook_attempts",
  "webhook_deliveries",
  "webhook_messages",
  "webhook_endpoints",
  "rule_statistics",
  "dead_letters",
  "mails",
  "incidents",
  "event_replays",
  "record_timeline",
  "kept_events",
  "ingested_events",
];

/** Removes all that is held of a tenant, and answers with what it was. A second run finds nothing and answers again. */
export async function purgeTenant(
  databases: { auditDb: AuditDb; db: Db },
  cause: TenantEvent,
): Promise<void> {
  const { auditDb, db } = databases;
  const { tenantId } = cause;
  const counts = {
    conversion_audit_logs: await purgeAuditLog(auditDb, tenantId),
    ...(await purgeTables(db, tenantId, tables)),
  };
  await answerPurge(db, cause, { type: "tenant-data-purged", service: "event-management", counts });
}
