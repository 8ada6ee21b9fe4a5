import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  ListMailsRequest,
  ListMailsResponse,
  ListWaitingMailsRequest,
  ListWaitingMailsResponse,
} from "../event-management/notifications/mail/types.js";
import type {
  ListNotifiableEventTypesResponse,
  ListNotificationsRequest,
  ListNotificationsResponse,
  MarkAllNotificationsReadRequest,
  MarkAllNotificationsReadResponse,
  MarkNotificationReadRequest,
  Notification,
  NotificationOverrides,
  NotificationPathRequest,
  NotificationPreferences,
  SendConversionNotificationRequest,
  SendConversionNotificationResponse,
  UnreadNotificationsResponse,
} from "../event-management/notifications/types.js";

/** The caller's in-app notifications, newest first. */
export const listNotifications = api(
  { method: "GET", path: "/api/v1/notifications", expose: true, auth: true },
  async (request: ListNotificationsRequest): Promise<ListNotificationsResponse> =>
    event_management.listNotifications(request),
);

/** One of the caller's in-app notifications. */
export const getNotification = api(
  { method: "GET", path: "/api/v1/notifications/:notificationId", expose: true, auth: true },
  async (request: NotificationPathRequest): Promise<Notification> =>
    event_management.getNotification(request),
);

/** How many notifications the caller has not read. */
export const countUnreadNotifications = api(
  { method: "GET", path: "/api/v1/notifications/unread-count", expose: true, auth: true },
  async (): Promise<UnreadNotificationsResponse> => event_management.countUnreadNotifications(),
);

/** Marks a notification as read by the caller. */
export const markNotificationRead = api(
  { method: "POST", path: "/api/v1/notifications/:notificationId/read", expose: true, auth: true },
  async (request: MarkNotificationReadRequest): Promise<void> =>
    event_management.markNotificationRead(request),
);

/** Marks all notifications as read by the caller, or those of a category or up to an instant. */
export const markAllNotificationsRead = api(
  { method: "POST", path: "/api/v1/notifications/read-all", expose: true, auth: true },
  async (request: MarkAllNotificationsReadRequest): Promise<MarkAllNotificationsReadResponse> =>
    event_management.markAllNotificationsRead(request),
);

/** How the caller is notified: the tenant's settings and what the caller wants otherwise. */
export const getNotificationPreferences = api(
  { method: "GET", path: "/api/v1/notifications/preferences", expose: true, auth: true },
  async (): Promise<NotificationPreferences> => event_management.getNotificationPreferences(),
);

/** Replaces what the caller wants otherwise than the tenant's settings say. What is left out follows the tenant. */
export const setNotificationPreferences = api(
  { method: "PUT", path: "/api/v1/notifications/preferences", expose: true, auth: true },
  async (request: NotificationOverrides): Promise<NotificationPreferences> =>
    event_management.setNotificationPreferences(request),
);

/** Events that settings, webhooks and templates may name. */
export const listNotifiableEventTypes = api(
  { method: "GET", path: "/api/v1/notifications/event-types", expose: true, auth: true },
  async (): Promise<ListNotifiableEventTypesResponse> => event_management.listNotifiableEventTypes(),
);

/** Tells the tenant's people of something that happened in a conversion, as far as their settings let it through. */
export const sendConversionNotification = api(
  { method: "POST", path: "/api/v1/notifications/conversion", expose: true, auth: true },
  async (request: SendConversionNotificationRequest): Promise<SendConversionNotificationResponse> =>
    event_management.sendConversionNotification(request),
);

/** What became of the mails that the tenant caused, newest first. Never what they say. */
export const listMails = api(
  { method: "GET", path: "/api/v1/notifications/mails", expose: true, auth: true },
  async (request: ListMailsRequest): Promise<ListMailsResponse> => event_management.listMails(request),
);

/** What is to be told by mail and waits: for the end of quiet hours, or for a digest. */
export const listWaitingMails = api(
  { method: "GET", path: "/api/v1/notifications/mails/waiting", expose: true, auth: true },
  async (request: ListWaitingMailsRequest): Promise<ListWaitingMailsResponse> =>
    event_management.listWaitingMails(request),
);
