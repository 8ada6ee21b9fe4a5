import { and, eq } from "drizzle-orm";
import { pageSize } from "../../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { mailItems } from "../../schema.js";
import type { ListWaitingMailsRequest, ListWaitingMailsResponse } from "../types.js";

const sorting = {
  fields: { dueAt: mailItems.dueAt, createdAt: mailItems.createdAt },
  byDefault: "dueAt",
  id: mailItems.id,
} as const;

/** What the tenant is to be told by mail and waits for its time, what is due first, first, or as asked for. */
export async function listWaitingMails(
  db: Db,
  tenantId: string,
  request: ListWaitingMailsRequest,
): Promise<ListWaitingMailsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { id, recipient: to, eventType, subject, dueAt, createdAt } = mailItems;
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ id, to, eventType, subject, dueAt, createdAt, key: order.key })
      .from(mailItems)
      .where(and(eq(mailItems.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    waiting: rows.slice(0, limit).map(({ key: _, ...mail }) => mail),
    ...order.next(rows, limit, (mail) => mail.id),
  };
}
