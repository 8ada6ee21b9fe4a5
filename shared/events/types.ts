import type { Attribute } from "encore.dev/pubsub";
import type { JsonValue } from "../json.js";

/**
 * What every event carries, as message attributes. Event interfaces extend it and hold their variants in the
 * body field `event`.
 */
export interface Envelope {
  /** UUID of this event. A consumer's inbox keeps it, so that a second delivery has no effect. */
  eventId: Attribute<string>;
  /** Identifier of the whole chain of calls and events that one request started. */
  correlationId: Attribute<string>;
  /** Identifier of the event that caused this one; the correlation id where a request caused it. */
  causationId: Attribute<string>;
  /** Who acted: a user id, or `system` where nobody did. */
  userId: Attribute<string>;
  /** The tenant that the event belongs to. */
  tenantId: Attribute<string>;
  /** The project that the event belongs to, where there is one. */
  projectId?: Attribute<string>;
  /** When it happened, as an ISO 8601 instant. */
  time: Attribute<string>;
  /** Events with equal keys are delivered in the order in which they were written. */
  orderingKey: Attribute<string>;
  /** The variant in `event`, repeated here for filters. */
  type: Attribute<string>;
  /** Version of the variant's shape; absent means 1. A consumer that knows only older ones dead-letters it. */
  version?: Attribute<number>;
}

/** Whether a person or a trigger started the conversion. */
export type ConversionType = "manual" | "automatic";

export interface RuleCreated {
  type: "rule-created";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  createdBy: string;
}

/** A rule got a new version; earlier versions stay as they were. */
export interface RuleUpdated {
  type: "rule-updated";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  updatedBy: string;
}

/** A rule was taken out of use. */
export interface RuleRetired {
  type: "rule-retired";
  ruleId: string;
  ruleVersion: number;
  retiredBy: string;
}

/** One record was converted by a single execution. */
export interface EntityConverted {
  type: "entity-converted";
  ruleId: string;
  ruleVersion: number;
  sourceRecordId: string;
  targetRecordId: string;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  /** `unchanged`: the target already held these values. */
  outcome: "converted" | "unchanged";
  /** Target field → the value written. */
  fieldMappings: Record<string, JsonValue>;
}

/** One record could not be converted by a single execution. */
export interface ConversionFailed {
  type: "conversion-failed";
  ruleId: string;
  ruleVersion: number;
  sourceRecordId: string;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  error: string;
  /** Stable snake_case reason, e.g. `lookup_miss`. */
  errorCode: string;
}

/** What became of one record of a batch. */
export interface ConvertedRecord {
  sourceRecordId: string;
  /** Absent where nothing was written. */
  targetRecordId?: string;
  outcome: "converted" | "unchanged" | "skipped" | "failed";
  errorCode?: string;
  error?: string;
}

/** One batch of a job: up to 500 records. */
export interface RecordsConverted {
  type: "records-converted";
  jobId: string;
  /** Number of the batch in its job, from 1. */
  batch: number;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  records: ConvertedRecord[];
}

export interface JobStarted {
  type: "job-started";
  jobId: string;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  /** Records in the source when the job started; absent where unknown. */
  totalRecords?: number;
}

export interface JobFinished {
  type: "job-finished";
  jobId: string;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  outcome: "completed" | "failed" | "cancelled";
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  /** Why the job as a whole failed. */
  error?: string;
}

/** Topic `conversion-events`: rules, conversions and jobs. */
export interface ConversionEvent extends Envelope {
  event:
    | RuleCreated
    | RuleUpdated
    | RuleRetired
    | EntityConverted
    | ConversionFailed
    | RecordsConverted
    | JobStarted
    | JobFinished;
}

export interface AnalyzedField {
  name: string;
  /** Type as the source names it, e.g. `character varying`. */
  dataType: string;
  nullable: boolean;
}

/** An entity's schema was read from its live database. */
export interface SchemaAnalyzed {
  type: "schema-analyzed";
  sourceId: string;
  entityType: string;
  fields: AnalyzedField[];
}

/** Topic `schema-events`. */
export interface SchemaEvent extends Envelope {
  event: SchemaAnalyzed;
}

/** Something that is to stand in the audit log, told by the service where it happened. */
export interface AuditRecorded {
  type: "audit-recorded";
  /** What was done, kebab-case past tense: `data-source-created`. */
  action: string;
  performedBy: string;
  ruleId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  details: Record<string, JsonValue>;
}

/** Topic `audit-events`. */
export interface AuditEvent extends Envelope {
  event: AuditRecorded;
}

export type NotificationPriority = "low" | "normal" | "high";

/** An in-app notification was stored for a tenant. */
export interface NotificationCreated {
  type: "notification-created";
  notificationId: string;
  category: string;
  priority: NotificationPriority;
  title: string;
}

export type MailTemplate =
  | "verify-email"
  | "reset-password"
  | "invitation"
  | "password-changed"
  | "account-exists"
  | "sign-in-locked"
  | "two-factor-changed"
  | "tenant-deletion-requested";

export type MailLanguage = "en" | "ru";

/**
 * A mail is to be sent to one address. Mails about a person's own account belong to no tenant: their envelope
 * carries `systemTenantId`. Mails that a tenant causes, such as invitations, carry the tenant's id.
 */
export interface MailRequested {
  type: "mail-requested";
  /** One address, without a display name. */
  to: string;
  template: MailTemplate;
  /** `en` by default. */
  language?: MailLanguage;
  /**
   * Values that the template shows. By template, `?` marks optional ones:
   * - `verify-email`, `reset-password`: `url`, `name?`, `expiresAt?`
   * - `invitation`: `url`, `organization`, `inviter?`, `role?`, `expiresAt?`
   * - `password-changed`: `name?`, `at?`, `ipAddress?`
   * - `account-exists`: `url?` (where to sign in), `resetUrl?`
   * - `sign-in-locked`: `name?`, `minutes?`, `ipAddress?`, `resetUrl?`
   * - `two-factor-changed`: `change` (`enabled` or `disabled`), `name?`, `at?`
   * - `tenant-deletion-requested`: `organization`, `purgeAt`, `requestedBy?`, `url?` (where to undo it)
   *
   * Instants (`at`, `expiresAt`, `purgeAt`) are ISO 8601, links are http(s). Other names are ignored.
   */
  data: Record<string, string>;
}

/** Topic `notification-events`. */
export interface NotificationEvent extends Envelope {
  event: NotificationCreated | MailRequested;
}

export interface ProjectCreated {
  type: "project-created";
  name: string;
  /** Version of the project's model. */
  modelVersion: number;
  createdBy: string;
}

/** Topic `project-events`; `projectId` is in the envelope. */
export interface ProjectEvent extends Envelope {
  event: ProjectCreated;
}

export interface TenantCreated {
  type: "tenant-created";
  slug: string;
  name: string;
  plan: string;
}

/** A tenant's name, plan or settings changed. */
export interface TenantUpdated {
  type: "tenant-updated";
  /** What changed: `profile`, `plan`, `conversion-config`, `notification-settings`, `cors-origins`. */
  changed: string;
  /** The tenant's slug and name from now on, where `profile` changed. */
  slug?: string;
  name?: string;
}

export interface TenantSuspended {
  type: "tenant-suspended";
}

export interface TenantResumed {
  type: "tenant-resumed";
}

export interface TenantDeletionRequested {
  type: "tenant-deletion-requested";
  /** ISO 8601 instant from which the data is purged. */
  purgeAt: string;
}

export interface TenantDeletionCancelled {
  type: "tenant-deletion-cancelled";
}

/**
 * The grace period is over: each service removes all that it holds of the tenant and answers with
 * `tenant-data-purged`. Told again every ten minutes until all have answered.
 */
export interface TenantPurgeRequested {
  type: "tenant-purge-requested";
}

/** Services that hold data of tenants. */
export type TenantDataService =
  | "data-processing"
  | "event-management"
  | "codegen"
  | "user-management"
  | "tenant-management";

/** A service holds nothing of the tenant any more. */
export interface TenantDataPurged {
  type: "tenant-data-purged";
  service: TenantDataService;
  /** Table → rows removed by this run; another run may have removed more before it was interrupted. */
  counts: Record<string, number>;
}

/** Topic `tenant-events`: tenants, their settings and their end. */
export interface TenantEvent extends Envelope {
  event:
    | TenantCreated
    | TenantUpdated
    | TenantSuspended
    | TenantResumed
    | TenantDeletionRequested
    | TenantDeletionCancelled
    | TenantPurgeRequested
    | TenantDataPurged;
}

/** Why an event was given up: its handler failed every time, or the consumer does not know its shape. */
export type DeadLetterReason = "handler-failed" | "unknown-event";

/** An event that a subscription could not handle, with what is needed to understand and replay it. */
export interface DeadLettered {
  type: "dead-lettered";
  /** The consuming service. */
  service: string;
  topic: string;
  subscription: string;
  reason: DeadLetterReason;
  attempts: number;
  error: string;
  stack?: string;
  /** The event as it was delivered, envelope included. */
  original: JsonValue;
}

/** Topics `{service}-dlq`: one message is one incident. The envelope is that of the failed event, with an id of its own. */
export interface DeadLetterEvent extends Envelope {
  event: DeadLettered;
}
