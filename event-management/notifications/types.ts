import type { NotificationPriority } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";
import type { NotificationTopic } from "../../tenant-management/types.js";

export interface SendConversionNotificationRequest {
  /** What happened: the tenant's settings say whether anyone is told. */
  eventType: NotificationTopic;
  /** `normal` by default. */
  priority?: NotificationPriority;
  title: string;
  body: string;
  data?: Record<string, JsonValue>;
}

export interface SendConversionNotificationResponse {
  /** Absent where the tenant's settings keep such notifications back. */
  notificationId?: string;
}

export interface ListNotificationsRequest {
  /** Leaves out what the caller has read. */
  unread?: boolean;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** An in-app notification, as the caller sees it. */
export interface Notification {
  id: string;
  category: string;
  priority: NotificationPriority;
  title: string;
  body: string;
  data: Record<string, JsonValue>;
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

export interface MarkNotificationReadRequest {
  notificationId: string;
}
