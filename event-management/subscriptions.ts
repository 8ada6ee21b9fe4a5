import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../shared/events/dead-letters.js";
import { handleOnce } from "../shared/events/inbox.js";
import { addToOutbox } from "../shared/events/outbox.js";
import {
  apiGatewayDlq,
  auditEvents,
  codegenDlq,
  conversionEvents,
  dataProcessingDlq,
  eventManagementDlq,
  notificationEvents,
  projectEvents,
  schemaEvents,
  tenantEvents,
  tenantManagementDlq,
  userManagementDlq,
} from "../shared/events/topics.js";
import type { AuditEvent, ConversionEvent, DeadLetterEvent, TenantEvent } from "../shared/events/types.js";
import { auditDb } from "./audit/db.js";
import type { AuditRow } from "./audit/domain/audit-rows.js";
import { db } from "./db.js";
import { auditedRecords, deadLetteredEvents } from "./metrics.js";
import { sendRequestedMail } from "./notifications/mail/send-mails.js";
import { sendNotifications } from "./notifications/send-notifications.js";
import { keepDeadLetter } from "./processing/domain/dead-letters.js";
import { logAudit, processConversion } from "./processing/domain/process-conversion.js";
import { purgeTenant } from "./tenants/purge-tenant.js";

const service = "event-management";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "event-management-dlq", deadLetter));

/** Every conversion event → the audit log and the statistics of its rule. */
const _processConversion = new Subscription(conversionEvents, "process-conversion", {
  maxConcurrency: 8,
  handler: withDeadLetter(
    { service, topic: "conversion-events", subscription: "process-conversion", publishDeadLetter },
    async (event: ConversionEvent) => countAudited(await processConversion({ auditDb, db }, event)),
  ),
});

/** What services report → the audit log. */
const _logAudit = new Subscription(auditEvents, "log-audit", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "audit-events", subscription: "log-audit", publishDeadLetter },
    async (event: AuditEvent) => countAudited(await logAudit(auditDb, event)),
  ),
});

/** Conversion events → people and webhooks, as settings have it. */
const _sendNotifications = new Subscription(conversionEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "conversion-events", subscription: "send-notifications", publishDeadLetter },
    sendNotifications,
  ),
});

/** Schema events → people and webhooks. */
const _sendSchemaNotifications = new Subscription(schemaEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "schema-events", subscription: "send-notifications", publishDeadLetter },
    sendNotifications,
  ),
});

/** Project events → people and webhooks. */
const _sendProjectNotifications = new Subscription(projectEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "project-events", subscription: "send-notifications", publishDeadLetter },
    sendNotifications,
  ),
});

/** Tenant events → people and webhooks. */
const _sendTenantNotifications = new Subscription(tenantEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "tenant-events", subscription: "send-notifications", publishDeadLetter },
    sendNotifications,
  ),
});

/** Requested notifications and disabled webhooks → people and webhooks. */
const _sendRequestedNotifications = new Subscription(notificationEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "notification-events", subscription: "send-notifications", publishDeadLetter },
    sendNotifications,
  ),
});

/** Requests for mails → mails that are sent, or kept where no mail server is configured. */
const _sendMails = new Subscription(notificationEvents, "send-mails", {
  maxConcurrency: 4,
  handler: withDeadLetter(
    { service, topic: "notification-events", subscription: "send-mails", publishDeadLetter },
    sendRequestedMail,
  ),
});

/** The end of a tenant → nothing of it is left here. */
const _purgeTenantData = new Subscription(tenantEvents, "purge-event-data", {
  handler: withDeadLetter(
    { service, topic: "tenant-events", subscription: "purge-event-data", publishDeadLetter },
    async (event: TenantEvent) => {
      if (event.event.type === "tenant-purge-requested") await purgeTenant({ auditDb, db }, event);
    },
  ),
});

const _eventManagementDeadLetters = new Subscription(eventManagementDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

const _dataProcessingDeadLetters = new Subscription(dataProcessingDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

const _codegenDeadLetters = new Subscription(codegenDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

const _tenantManagementDeadLetters = new Subscription(tenantManagementDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

const _gatewayDeadLetters = new Subscription(apiGatewayDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

const _userManagementDeadLetters = new Subscription(userManagementDlq, "keep-dead-letters", {
  handler: keepAndNotify,
});

/** Keeps a dead letter and raises an incident. A failure here is left to the broker, which delivers again. */
async function keepAndNotify(message: DeadLetterEvent): Promise<void> {
  const { eventId, tenantId, event } = message;
  const delivery = { subscription: "keep-dead-letters", eventId, tenantId };
  const kept = await handleOnce(db, delivery, (tx) => keepDeadLetter(tx, message));
  if (kept)
    deadLetteredEvents.with({ consumer: event.service, subscription: event.subscription }).increment();
  await sendNotifications(message);
}

function countAudited(rows: AuditRow[]): void {
  const byType = Map.groupBy(rows, (row) => row.eventType);
  for (const [eventType, { length }] of byType)
    auditedRecords.with({ event_type: eventType }).increment(length);
}
