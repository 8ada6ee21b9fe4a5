import { CounterGroup } from "encore.dev/metrics";

interface AuditedRecordLabels {
  event_type: string;
}

interface DeadLetterLabels {
  consumer: string;
  subscription: string;
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

/** Events that a subscription gave up on. Each is an incident. */
export const deadLetteredEvents = new CounterGroup<DeadLetterLabels>("axion_dead_lettered_events_total");

/** Mails for which nothing more will be done. */
export const settledMails = new CounterGroup<MailLabels>("axion_mails_total");

/** Requests to webhooks, by what the delivery came to. */
export const webhookAttempts = new CounterGroup<WebhookLabels>("axion_webhook_attempts_total");
