import type { MailLanguage, NotificationPriority } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";
import type { DigestMode, QuietHours } from "../../tenant-management/types.js";

export interface SendConversionNotificationRequest {
  /** What happened: the tenant's settings say whether anyone is told. */
  eventType: string;
  /** `normal` by default. */
  priority?: NotificationPriority;
  /** 1 to 500 characters. */
  title: string;
  /** At most 10,000 characters. */
  body: string;
  /** The rule that it is about. */
  ruleId?: string;
  data?: Record<string, JsonValue>;
}

export interface SendConversionNotificationResponse {
  /** Absent where the tenant's settings keep such notifications out of the application. */
  notificationId?: string;
}

export interface ListNotificationsRequest {
  /** Leaves out what the caller has read. */
  unread?: boolean;
  category?: string;
  priority?: NotificationPriority;
  ruleId?: string;
  /** Created at this instant or later. */
  since?: Date;
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** An in-app notification, as the caller sees it. */
export interface Notification {
  id: string;
  /** An event type, or one of the kinds `job-completed`, `job-failed` and `dead-letter`. */
  category: string;
  priority: NotificationPriority;
  title: string;
  body: string;
  data: Record<string, JsonValue>;
  /** The rule that it is about. */
  ruleId?: string;
  createdAt: Date;
  /** When the caller read it; absent while unread. */
  readAt?: Date;
}

export interface ListNotificationsResponse {
  /** Newest first. */
  notifications: Notification[];
  /** Notifications that the caller has not read, on all pages; 1,000 stands for 1,000 and more. */
  unreadCount: number;
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface UnreadNotificationsResponse {
  /** Notifications that the caller has not read; 1,000 stands for 1,000 and more. */
  unreadCount: number;
  /** The same by category. */
  byCategory: Record<string, number>;
}

export interface NotificationPathRequest {
  notificationId: string;
}

export interface MarkNotificationReadRequest {
  notificationId: string;
}

export interface MarkAllNotificationsReadRequest {
  /** Only those of this category. */
  category?: string;
  /** Only those created at this instant or earlier: what the caller has seen of the list. */
  until?: Date;
}

export interface MarkAllNotificationsReadResponse {
  /** Notifications that were unread until now. */
  marked: number;
}

/** What a member wants otherwise than the tenant's settings say. What is absent follows the tenant. */
export interface NotificationOverrides {
  inApp?: boolean;
  /** Mails to the member's own address. */
  email?: boolean;
  /** Replaces the tenant's list. */
  events?: string[];
  /** Replaces the tenant's list. */
  ruleIds?: string[];
  minimumPriority?: NotificationPriority;
  /** `null`: none. */
  quietHours?: QuietHours | null;
  digest?: DigestMode;
  digestHour?: number;
  timeZone?: string;
  language?: MailLanguage;
}

/** How the caller is notified. */
export interface NotificationPreferences {
  overrides: NotificationOverrides;
  effective: EffectivePreferences;
}

/** The tenant's settings with the member's overrides. */
export interface EffectivePreferences {
  inApp: boolean;
  email: boolean;
  events: string[];
  ruleIds: string[];
  minimumPriority: NotificationPriority;
  quietHours?: QuietHours;
  digest: DigestMode;
  digestHour: number;
  timeZone: string;
  language: MailLanguage;
}

/** An event that people can be told of. */
export interface NotifiableEventType {
  /** As settings, webhooks and templates name it. */
  name: string;
  description: string;
}

export interface ListNotifiableEventTypesResponse {
  eventTypes: NotifiableEventType[];
}
