import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import * as domain from "./domain/notifications.js";
import type {
  ListNotificationsRequest,
  ListNotificationsResponse,
  MarkNotificationReadRequest,
  SendConversionNotificationRequest,
  SendConversionNotificationResponse,
} from "./types.js";

/** Tells the tenant's people of something that happened in a conversion, as far as their settings let it through. */
export const sendConversionNotification = api(
  { method: "POST", path: "/notifications/conversion", expose: false, auth: true },
  async (request: SendConversionNotificationRequest): Promise<SendConversionNotificationResponse> => {
    const { userID: userId, tenantId } = requireIdentity();
    const { eventType: category, priority = "normal", title, body, data = {} } = request;
    const draft = { category, priority, title, body, data };
    const settings = await tenant_management.getNotificationSettings({ tenantId });
    if (!domain.isWanted(settings, draft)) return {};
    const notificationId = await withTenant(db, tenantId, (tx) =>
      domain.createNotification(tx, { tenantId, userId }, draft),
    );
    return { notificationId };
  },
);

/** The tenant's in-app notifications as the caller sees them, newest first. */
export const listNotifications = api(
  { method: "GET", path: "/notifications", expose: false, auth: true },
  async (request: ListNotificationsRequest): Promise<ListNotificationsResponse> =>
    domain.listNotifications(db, requireIdentity(), request),
);

/** Marks a notification as read by the caller. */
export const markNotificationRead = api(
  { method: "POST", path: "/notifications/:notificationId/read", expose: false, auth: true },
  async (request: MarkNotificationReadRequest): Promise<void> =>
    domain.markNotificationRead(db, requireIdentity(), request.notificationId),
);
