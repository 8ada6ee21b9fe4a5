import { z } from "zod";
import type { JsonValue } from "../../shared/json.js";
import type {
  TenantDataItem,
  TenantDataPage,
  TenantDataPageRequest,
} from "../../shared/tenancy/tenant-data.js";
import { type ExportedTable, exportTenantRows } from "../../shared/tenancy/tenant-rows.js";
import type { AuditDb } from "../audit/db.js";
import type { Db } from "../db.js";
import { withoutMailValues } from "../event-store/domain/kept-body.js";

const deadLetterSchema = z.looseObject({ event_type: z.string(), event: z.json() });

/** A page of all that is held of a tenant here. What mails and failed requests for mails say is left out. */
export async function exportTenant(
  databases: { auditDb: AuditDb; db: Db },
  request: TenantDataPageRequest,
): Promise<TenantDataPage> {
  const { auditDb, db } = databases;
  const tables = [
    { db: auditDb, kind: "audit-entry", table: "conversion_audit_logs", key: ["sequence"] },
    { db, kind: "notification", table: "notifications", key: ["id"] },
    { db, kind: "notification-read", table: "notification_reads", key: ["notification_id", "user_id"] },
    { db, kind: "notification-preferences", table: "notification_preferences", key: ["user_id"] },
    {
      ...{ db, kind: "notification-template", table: "notification_templates" },
      key: ["channel", "event_type", "language"],
    },
    { db, kind: "mail-item", table: "mail_items", key: ["id"] },
    { db, kind: "webhook", table: "webhook_endpoints", key: ["id"], without: ["secrets"] },
    { db, kind: "webhook-message", table: "webhook_messages", key: ["id"] },
    { db, kind: "webhook-delivery", table: "webhook_deliveries", key: ["id"] },
    { db, kind: "webhook-attempt", table: "webhook_attempts", key: ["delivery_id", "number"] },
    { db, kind: "rule-statistics", table: "rule_statistics", key: ["rule_id"] },
    // The record timeline is left out: it says again what the events say.
    { db, kind: "event", table: "kept_events", key: ["position"] },
    { db, kind: "ingested-event", table: "ingested_events", key: ["key"] },
    { db, kind: "event-replay", table: "event_replays", key: ["id"] },
    { db, kind: "incident", table: "incidents", key: ["id"] },
    { db, kind: "dead-letter", table: "dead_letters", key: ["id"], without: ["stack"] },
    { db, kind: "mail", table: "mails", key: ["id"], without: ["text", "html", "links"] },
  ];
  const page = await exportTenantRows(tables as ExportedTable<Record<string, unknown>>[], request);
  return { ...page, items: page.items.map(shown) };
}

function shown(item: TenantDataItem): TenantDataItem {
  if (item.kind !== "dead-letter") return item;
  const data = deadLetterSchema.parse(item.data);
  const event = withoutMailValues(data.event_type, data.event as JsonValue);
  return { ...item, data: { ...data, event } as JsonValue };
}
