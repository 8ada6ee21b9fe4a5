import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { Envelope } from "../../../shared/events/types.js";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { NotificationSettings } from "../../../tenant-management/types.js";
import type { Db } from "../../db.js";
import { notifications, notificationReads as reads } from "../../schema.js";
import type { ListNotificationsRequest, ListNotificationsResponse } from "../types.js";
import type { NotificationDraft } from "./conversion-notifications.js";

const cursorSchema = z.object({ createdAt: z.iso.datetime(), id: z.uuid() });
const mostCounted = 1000;

/** Whether the tenant wants this notification. */
export function isWanted(settings: NotificationSettings, draft: NotificationDraft): boolean {
  return settings.inApp && settings.events.includes(draft.category);
}

/**
 * Stores an in-app notification and tells of it on `notification-events`. The tenant must be set on the
 * transaction.
 */
export async function createNotification(
  tx: Db,
  context: { tenantId: string; userId: string; cause?: Envelope },
  draft: NotificationDraft,
): Promise<string> {
  const { tenantId } = context;
  const [row] = await tx
    .insert(notifications)
    .values({ tenantId, ...draft })
    .returning({ id: notifications.id });
  const notificationId = row!.id;
  const { category, priority, title } = draft;
  await addToOutbox(
    tx,
    "notification-events",
    newEvent({ type: "notification-created" as const, notificationId, category, priority, title }, context),
  );
  return notificationId;
}

/** The tenant's notifications as one member sees them, newest first. */
export async function listNotifications(
  db: Db,
  member: { tenantId: string; userID: string },
  request: ListNotificationsRequest,
): Promise<ListNotificationsResponse> {
  const { tenantId, userID } = member;
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const ownRead = and(eq(reads.notificationId, notifications.id), eq(reads.userId, userID));
  const select = (tx: Db, condition: SQL | undefined, most: number) =>
    tx
      .select({ notification: notifications, readAt: reads.readAt })
      .from(notifications)
      .leftJoin(reads, ownRead)
      .where(and(eq(notifications.tenantId, tenantId), condition))
      .orderBy(desc(notifications.createdAt), desc(notifications.id))
      .limit(most);
  const beyond =
    after &&
    sql`(${notifications.createdAt}, ${notifications.id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`;
  const unread = request.unread === true ? isNull(reads.readAt) : undefined;
  return await withTenant(db, tenantId, async (tx) => {
    const [rows, unreadRows] = await Promise.all([
      select(tx, and(beyond, unread), limit + 1),
      tx.$count(select(tx, isNull(reads.readAt), mostCounted).as("unread")),
    ]);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1)?.notification : undefined;
    return {
      notifications: page.map(({ notification: { tenantId: _, ...rest }, readAt }) => ({
        ...rest,
        readAt: readAt ?? undefined,
      })),
      unreadCount: unreadRows,
      nextCursor: last && encodeCursor({ createdAt: last.createdAt.toISOString(), id: last.id }),
    };
  });
}

/** Marks a notification as read by one member; a second time changes nothing. Throws `notFound`. */
export async function markNotificationRead(
  db: Db,
  member: { tenantId: string; userID: string },
  notificationId: string,
): Promise<void> {
  const { tenantId, userID } = member;
  const missing = APIError.notFound("No such notification.");
  if (!z.uuid().safeParse(notificationId).success) throw missing;
  await withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .select({ id: notifications.id })
      .from(notifications)
      .where(and(eq(notifications.tenantId, tenantId), eq(notifications.id, notificationId)));
    if (row === undefined) throw missing;
    await tx.insert(reads).values({ tenantId, notificationId, userId: userID }).onConflictDoNothing();
  });
}
