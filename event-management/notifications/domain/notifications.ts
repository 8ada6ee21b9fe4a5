import { and, eq, gte, isNull, lt, lte, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { type SortedPage, sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { notifications, notificationReads as reads } from "../schema.js";
import type {
  ListNotificationsRequest,
  ListNotificationsResponse,
  MarkAllNotificationsReadRequest,
  Notification,
  UnreadNotificationsResponse,
} from "../types.js";

const sorting = {
  fields: { createdAt: notifications.createdAt },
  byDefault: "-createdAt",
  id: notifications.id,
} as const;
const mostCounted = 1000;

/** A member of a tenant, who sees the notifications that are for them. */
export interface Member {
  tenantId: string;
  userID: string;
}

/** The member's notifications, newest first or as asked for. */
export async function listNotifications(
  db: Db,
  member: Member,
  request: ListNotificationsRequest,
): Promise<ListNotificationsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { category, priority, ruleId, since } = request;
  const wanted = and(
    order.after,
    request.unread === true ? isNull(reads.readAt) : undefined,
    category === undefined ? undefined : eq(notifications.category, category),
    priority === undefined ? undefined : eq(notifications.priority, priority),
    ruleId === undefined ? undefined : eq(notifications.ruleId, ruleId),
    since === undefined ? undefined : gte(notifications.createdAt, since),
  );
  return await withTenant(db, member.tenantId, async (tx) => {
    const rows = await select(tx, member, wanted, { order, most: limit + 1 });
    const unreadCount = await tx.$count(
      select(tx, member, isNull(reads.readAt), { most: mostCounted }).as("unread"),
    );
    return {
      notifications: rows.slice(0, limit).map(toNotification),
      unreadCount,
      ...order.next(rows, limit, ({ notification }) => notification.id),
    };
  });
}

/** One notification as the member sees it. Throws `notFound`, also where it is for others. */
export async function getNotification(db: Db, member: Member, notificationId: string): Promise<Notification> {
  return await withTenant(db, member.tenantId, async (tx) =>
    toNotification(await find(tx, member, notificationId)),
  );
}

/** How many notifications the member has not read, in all and by category, 1,000 at most. */
export async function countUnread(db: Db, member: Member): Promise<UnreadNotificationsResponse> {
  const rows = await withTenant(db, member.tenantId, (tx) =>
    select(tx, member, isNull(reads.readAt), { most: mostCounted }),
  );
  const byCategory: Record<string, number> = {};
  for (const { notification } of rows) {
    byCategory[notification.category] = (byCategory[notification.category] ?? 0) + 1;
  }
  return { unreadCount: rows.length, byCategory };
}

/** Marks a notification as read by the member; a second time changes nothing. Throws `notFound`. */
export async function markNotificationRead(db: Db, member: Member, notificationId: string): Promise<void> {
  const { tenantId, userID: userId } = member;
  await withTenant(db, tenantId, async (tx) => {
    await find(tx, member, notificationId);
    const marked = await tx
      .insert(reads)
      .values({ tenantId, notificationId, userId })
      .onConflictDoNothing()
      .returning({ notificationId: reads.notificationId });
    if (marked.length > 0) await tellOfRead(tx, member, { notificationId, marked: 1 });
  });
}

/** Marks all of the member's notifications as read, or those of a category or up to an instant. Returns how many. */
export async function markAllRead(
  db: Db,
  member: Member,
  request: MarkAllNotificationsReadRequest,
): Promise<number> {
  const { tenantId, userID } = member;
  const { category, until } = request;
  return await withTenant(db, tenantId, async (tx) => {
    const unread = tx
      .select({
        tenantId: notifications.tenantId,
        notificationId: notifications.id,
        userId: sql<string>`${userID}`.as("user_id"),
        readAt: sql<Date>`now()`.as("read_at"),
      })
      .from(notifications)
      .leftJoin(reads, ownRead(userID))
      .where(
        and(
          visible(member),
          isNull(reads.readAt),
          category === undefined ? undefined : eq(notifications.category, category),
          until === undefined ? undefined : lte(notifications.createdAt, until),
        ),
      );
    const marked = await tx
      .insert(reads)
      .select(unread)
      .onConflictDoNothing()
      .returning({ notificationId: reads.notificationId });
    if (marked.length > 0) await tellOfRead(tx, member, { marked: marked.length });
    return marked.length;
  });
}

/** Forgets a tenant's notifications from before `before`. Returns how many. */
export async function pruneNotifications(db: Db, tenantId: string, before: Date): Promise<number> {
  const removed = await withTenant(db, tenantId, (tx) =>
    tx
      .delete(notifications)
      .where(and(eq(notifications.tenantId, tenantId), lt(notifications.createdAt, before)))
      .returning({ id: notifications.id }),
  );
  return removed.length;
}

/** What the member may see: what is for every member and not unwanted, and what is for this one. */
function visible({ tenantId, userID }: Member): SQL | undefined {
  return and(
    eq(notifications.tenantId, tenantId),
    sql`(${notifications.recipients} is null or ${userID} = any(${notifications.recipients}))`,
    sql`not (${userID} = any(${notifications.excluded}))`,
  );
}

function ownRead(userID: string): SQL | undefined {
  return and(eq(reads.notificationId, notifications.id), eq(reads.userId, userID));
}

function select(
  tx: Db,
  member: Member,
  condition: SQL | undefined,
  { order = sortedPage({}, sorting), most }: { order?: SortedPage; most: number },
) {
  return tx
    .select({ notification: notifications, readAt: reads.readAt, key: order.key.as("key") })
    .from(notifications)
    .leftJoin(reads, ownRead(member.userID))
    .where(and(visible(member), condition))
    .orderBy(order.orderBy)
    .limit(most);
}

async function find(tx: Db, member: Member, notificationId: string) {
  const missing = APIError.notFound("No such notification.");
  if (!z.uuid().safeParse(notificationId).success) throw missing;
  const [row] = await select(tx, member, eq(notifications.id, notificationId), { most: 1 });
  if (row === undefined) throw missing;
  return row;
}

async function tellOfRead(
  tx: Db,
  { tenantId, userID: userId }: Member,
  read: { notificationId?: string; marked: number },
): Promise<void> {
  const event = { type: "notification-read" as const, ...read };
  await addToOutbox(tx, "notification-events", newEvent(event, { tenantId, userId }));
}

function toNotification(row: {
  notification: typeof notifications.$inferSelect;
  readAt: Date | null;
}): Notification {
  const { tenantId: _, recipients: __, excluded: ___, ruleId, ...rest } = row.notification;
  return {
    ...rest,
    ...(ruleId === null ? {} : { ruleId }),
    ...(row.readAt === null ? {} : { readAt: row.readAt }),
  };
}
