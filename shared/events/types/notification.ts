import type { JsonValue } from "../../json.js";
import type { IncidentClosed, IncidentOpened } from "./dead-letter.js";
import type { Envelope } from "./envelope.js";

export type NotificationPriority = "low" | "normal" | "high";

/** An in-app notification was stored for members of a tenant. */
export interface NotificationCreated {
  type: "notification-created";
  notificationId: string;
  category: string;
  priority: NotificationPriority;
  title: string;
  /** Members that it is for; absent: every member but those excluded. */
  recipients?: string[];
  /** Members that do not want it. */
  excluded?: string[];
  /** What it tells of, where the event that it follows from names it. */
  ruleId?: string;
  jobId?: string;
  sourceRecordId?: string;
  sourceEntity?: string;
  targetRecordId?: string;
  targetEntity?: string;
}

/** A member, whose id is the envelope's user id, has read notifications. */
export interface NotificationRead {
  type: "notification-read";
  /** The one that was read; absent where several were read at once. */
  notificationId?: string;
  /** How many were unread until then. */
  marked: number;
}

/** Somebody asks for the tenant's people to be told of something. */
export interface NotificationRequested {
  type: "notification-requested";
  /** What happened, as settings name it. */
  category: string;
  priority: NotificationPriority;
  title: string;
  body: string;
  ruleId?: string;
  data: Record<string, JsonValue>;
}

/** A webhook is given up: its receiver said so, or failed for five days. Its tenant's owners are told. */
export interface WebhookDisabled {
  type: "webhook-disabled";
  webhookId: string;
  url: string;
  reason: string;
}

export type MailTemplate =
  | "verify-email"
  | "reset-password"
  | "invitation"
  | "password-changed"
  | "account-exists"
  | "sign-in-locked"
  | "two-factor-changed"
  | "api-key-created"
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
   * - `api-key-created`: `key` (its name), `organization`, `permissions?`, `name?`, `at?`
   * - `tenant-deletion-requested`: `organization`, `purgeAt`, `requestedBy?`, `url?` (where to undo it)
   *
   * Instants (`at`, `expiresAt`, `purgeAt`) are ISO 8601, links are http(s). Other names are ignored.
   */
  data: Record<string, string>;
}

/** Topic `notification-events`. */
export interface NotificationEvent extends Envelope {
  event:
    | NotificationCreated
    | NotificationRead
    | NotificationRequested
    | WebhookDisabled
    | MailRequested
    | IncidentOpened
    | IncidentClosed;
}
