import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type { ListMailsRequest, ListMailsResponse } from "../event-management/notifications/mail/types.js";
import type {
  ListNotificationsRequest,
  ListNotificationsResponse,
  MarkNotificationReadRequest,
  SendConversionNotificationRequest,
  SendConversionNotificationResponse,
} from "../event-management/notifications/types.js";

/** The tenant's in-app notifications as the caller sees them, newest first. */
export const listNotifications = api(
  { method: "GET", path: "/api/v1/notifications", expose: true, auth: true },
  async (request: ListNotificationsRequest): Promise<ListNotificationsResponse> =>
    event_management.listNotifications(request),
);

/** Marks a notification as read by the caller. */
export const markNotificationRead = api(
  { method: "POST", path: "/api/v1/notifications/:notificationId/read", expose: true, auth: true },
  async (request: MarkNotificationReadRequest): Promise<void> =>
    event_management.markNotificationRead(request),
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
