import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../../shared/pagination/cursor.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { mailItems } from "../../schema.js";
import type { ListWaitingMailsRequest, ListWaitingMailsResponse } from "../types.js";

const cursorSchema = z.object({ dueAt: z.iso.datetime(), id: z.uuid() });

/** What the tenant is to be told by mail and waits for its time, what is due first, first. */
export async function listWaitingMails(
  db: Db,
  tenantId: string,
  request: ListWaitingMailsRequest,
): Promise<ListWaitingMailsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const { id, recipient: to, eventType, subject, dueAt, createdAt } = mailItems;
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ id, to, eventType, subject, dueAt, createdAt })
      .from(mailItems)
      .where(
        and(
          eq(mailItems.tenantId, tenantId),
          after && sql`(${dueAt}, ${id}) > (${after.dueAt}::timestamptz, ${after.id}::uuid)`,
        ),
      )
      .orderBy(asc(dueAt), asc(id))
      .limit(limit + 1),
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    waiting: rows.slice(0, limit),
    ...(last ? { nextCursor: encodeCursor({ dueAt: last.dueAt.toISOString(), id: last.id }) } : {}),
  };
}
