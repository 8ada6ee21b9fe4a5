import type { Envelope } from "./envelope.js";

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
  event: NotificationCreated | MailRequested;
}
