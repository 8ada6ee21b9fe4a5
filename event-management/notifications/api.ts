import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import { notifiableEvents } from "../../shared/notifications/event-types.js";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { effectivePreferences } from "./domain/effective-preferences.js";
import * as domain from "./domain/notifications.js";
import { getOverrides, setOverrides } from "./domain/preferences.js";
import { requestNotification } from "./domain/request-notification.js";
import { audienceSources } from "./send-notifications.js";
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
} from "./types.js";

/**
 * Tells the tenant's people of something that happened in a conversion, as far as their settings let it through: in the
 * application at once, by mail and webhook soon after.
 */
export const sendConversionNotification = api(
  { method: "POST", path: "/notifications/conversion", expose: false, auth: true },
  async (request: SendConversionNotificationRequest): Promise<SendConversionNotificationResponse> => {
    const identity = requireIdentity();
    const sources = await audienceSources(identity.tenantId, Date.now());
    return await requestNotification(db, identity, { ...request, sources });
  },
);

/** The caller's in-app notifications, newest first. */
export const listNotifications = api(
  { method: "GET", path: "/notifications", expose: false, auth: true },
  async (request: ListNotificationsRequest): Promise<ListNotificationsResponse> =>
    domain.listNotifications(db, requireIdentity(), request),
);

/** One of the caller's in-app notifications. */
export const getNotification = api(
  { method: "GET", path: "/notifications/:notificationId", expose: false, auth: true },
  async (request: NotificationPathRequest): Promise<Notification> =>
    domain.getNotification(db, requireIdentity(), request.notificationId),
);

/** How many notifications the caller has not read. */
export const countUnreadNotifications = api(
  { method: "GET", path: "/notifications/unread-count", expose: false, auth: true },
  async (): Promise<UnreadNotificationsResponse> => domain.countUnread(db, requireIdentity()),
);

/** Marks a notification as read by the caller. */
export const markNotificationRead = api(
  { method: "POST", path: "/notifications/:notificationId/read", expose: false, auth: true },
  async (request: MarkNotificationReadRequest): Promise<void> =>
    domain.markNotificationRead(db, requireIdentity(), request.notificationId),
);

/** Marks all notifications as read by the caller, or those of a category or up to an instant. */
export const markAllNotificationsRead = api(
  { method: "POST", path: "/notifications/read-all", expose: false, auth: true },
  async (request: MarkAllNotificationsReadRequest): Promise<MarkAllNotificationsReadResponse> => ({
    marked: await domain.markAllRead(db, requireIdentity(), request),
  }),
);

/** How the caller is notified: the tenant's settings and what the caller wants otherwise. */
export const getNotificationPreferences = api(
  { method: "GET", path: "/notification-preferences", expose: false, auth: true },
  async (): Promise<NotificationPreferences> => {
    const identity = requireIdentity();
    return await preferencesWith(identity.tenantId, await getOverrides(db, identity));
  },
);

/** Replaces what the caller wants otherwise than the tenant's settings say. What is left out follows the tenant. */
export const setNotificationPreferences = api(
  { method: "PUT", path: "/notification-preferences", expose: false, auth: true },
  async (request: NotificationOverrides): Promise<NotificationPreferences> => {
    const identity = requireIdentity();
    return await preferencesWith(identity.tenantId, await setOverrides(db, identity, request));
  },
);

/** Events that settings, webhooks and templates may name. */
export const listNotifiableEventTypes = api(
  { method: "GET", path: "/notification-event-types", expose: false, auth: true },
  async (): Promise<ListNotifiableEventTypesResponse> => ({ eventTypes: notifiableEvents }),
);

async function preferencesWith(
  tenantId: string,
  overrides: NotificationOverrides,
): Promise<NotificationPreferences> {
  const settings = await tenant_management.getNotificationSettings({ tenantId });
  return { overrides, effective: effectivePreferences(settings, overrides) };
}
