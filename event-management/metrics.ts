import { CounterGroup } from "encore.dev/metrics";
import type { AuditRow } from "./audit/domain/audit-rows.js";

interface AuditedRecordLabels {
  event_type: string;
}

interface DeadLetterLabels {
  consumer: string;
  subscription: string;
}

interface IncidentLabels {
  /** `{service}-dlq` */
  queue: string;
}

interface WebhookLabels {
  /** `delivered`, `waits`, `failed`, `disabled` or `superseded`. */
  standing: string;
}

interface MailLabels {
  /** `sent`, `kept` or `failed`. */
  state: string;
}

/** Rows written to the audit log, by event type. */
export const auditedRecords = new CounterGroup<AuditedRecordLabels>("axion_audited_records_total");

/** Counts rows as they are written to the audit log. */
export function countAudited(rows: AuditRow[]): void {
  const byType = Map.groupBy(rows, (row) => row.eventType);
  for (const [eventType, { length }] of byType)
    auditedRecords.with({ event_type: eventType }).increment(length);
}

/** Events that a subscription gave up on. */
export const deadLetteredEvents = new CounterGroup<DeadLetterLabels>("axion_dead_lettered_events_total");

/** Queues of dead letters that were empty until then. */
export const incidentsOpened = new CounterGroup<IncidentLabels>("axion_incidents_total");

/** Mails for which nothing more will be done. */
export const settledMails = new CounterGroup<MailLabels>("axion_mails_total");

/** Requests to webhooks, by what the delivery came to. */
export const webhookAttempts = new CounterGroup<WebhookLabels>("axion_webhook_attempts_total");
