import { and, eq, gte, inArray, lt, type SQL } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { withoutMailValues } from "../../event-store/domain/kept-body.js";
import { deadLetters } from "../tables.js";
import type {
  DeadLetter,
  DeadLetterFilter,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
} from "../types.js";

const sorting = {
  fields: { failedAt: deadLetters.failedAt },
  byDefault: "-failedAt",
  id: deadLetters.id,
} as const;

export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** What a filter means for the tenant's dead letters. */
export function conditionOf(tenantId: string, filter: DeadLetterFilter): SQL | undefined {
  const { service, subscription, topic, eventType, reason, from, to } = filter;
  return and(
    eq(deadLetters.tenantId, tenantId),
    service === undefined ? undefined : eq(deadLetters.service, service),
    subscription === undefined ? undefined : eq(deadLetters.subscription, subscription),
    topic === undefined ? undefined : eq(deadLetters.topic, topic),
    eventType === undefined ? undefined : eq(deadLetters.eventType, eventType),
    reason === undefined ? undefined : eq(deadLetters.reason, reason),
    from && gte(deadLetters.failedAt, from),
    to && lt(deadLetters.failedAt, to),
  );
}

/** The tenant's dead letters, newest failures first or as asked for. */
export async function listDeadLetters(
  db: Db,
  tenantId: string,
  request: ListDeadLettersRequest,
): Promise<ListDeadLettersResponse> {
  const { state } = request;
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const states =
    state === undefined ? (["open", "replaying"] as const) : state === "all" ? undefined : [state];
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ row: deadLetters, key: order.key })
      .from(deadLetters)
      .where(
        and(conditionOf(tenantId, request), states && inArray(deadLetters.state, [...states]), order.after),
      )
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    deadLetters: rows.slice(0, limit).map(({ row }) => toDeadLetter(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

/** One dead letter of the tenant, locked until the transaction ends. Throws `notFound`. */
export async function lockDeadLetter(tx: Db, tenantId: string, id: string): Promise<DeadLetterRow> {
  const [row] = z.uuid().safeParse(id).success
    ? await tx
        .select()
        .from(deadLetters)
        .where(and(eq(deadLetters.tenantId, tenantId), eq(deadLetters.id, id)))
        .for("update")
    : [];
  if (row === undefined) throw APIError.notFound("No such dead letter.");
  return row;
}

/** One dead letter of the tenant. Throws `notFound`. */
export async function getDeadLetter(db: Db, tenantId: string, id: string): Promise<DeadLetter> {
  return toDeadLetter(await withTenant(db, tenantId, (tx) => lockDeadLetter(tx, tenantId, id)));
}

/** A dead letter as its tenant sees it: without the values of a mail, whose links let their holder in. */
export function toDeadLetter(row: DeadLetterRow): DeadLetter {
  const { tenantId: _, editedEvent, ...rest } = row;
  return {
    ...rest,
    event: withoutMailValues(row.eventType, row.event),
    ...(editedEvent === null ? {} : { editedEvent }),
    stack: row.stack ?? undefined,
    eventId: row.eventId ?? undefined,
    correlationId: row.correlationId ?? undefined,
    replayedAt: row.replayedAt ?? undefined,
    settledAt: row.settledAt ?? undefined,
    settledBy: row.settledBy ?? undefined,
    discardReason: row.discardReason ?? undefined,
  };
}
