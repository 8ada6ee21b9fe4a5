import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { DeadLetterEvent } from "../../../shared/events/types.js";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { withoutMailValues } from "../../event-store/domain/kept-body.js";
import { deadLetters } from "../../schema.js";
import type { DeadLetter, ListDeadLettersRequest, ListDeadLettersResponse } from "../types.js";

const cursorSchema = z.object({ failedAt: z.iso.datetime(), id: z.uuid() });
const originalSchema = z.object({ type: z.string() });

/** Keeps a dead letter, once. The tenant must be set on the transaction. */
export async function keepDeadLetter(tx: Db, message: DeadLetterEvent): Promise<void> {
  const { service, topic, subscription, reason, attempts, error, stack, original } = message.event;
  const { data } = originalSchema.safeParse(original);
  await tx
    .insert(deadLetters)
    .values({
      id: message.eventId,
      tenantId: message.tenantId,
      service,
      topic,
      subscription,
      reason,
      attempts,
      error,
      stack,
      eventType: data?.type ?? "unknown",
      event: original,
      failedAt: new Date(message.time),
    })
    .onConflictDoNothing();
}

/** The tenant's dead letters, newest first. */
export async function listDeadLetters(
  db: Db,
  tenantId: string,
  request: ListDeadLettersRequest,
): Promise<ListDeadLettersResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(deadLetters)
      .where(
        and(
          eq(deadLetters.tenantId, tenantId),
          request.service === undefined ? undefined : eq(deadLetters.service, request.service),
          request.subscription === undefined ? undefined : eq(deadLetters.subscription, request.subscription),
          after &&
            sql`(${deadLetters.failedAt}, ${deadLetters.id}) < (${after.failedAt}::timestamptz, ${after.id}::uuid)`,
        ),
      )
      .orderBy(desc(deadLetters.failedAt), desc(deadLetters.id))
      .limit(limit + 1),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    deadLetters: page.map(toDeadLetter),
    nextCursor: last && encodeCursor({ failedAt: last.failedAt.toISOString(), id: last.id }),
  };
}

function toDeadLetter(row: typeof deadLetters.$inferSelect): DeadLetter {
  const { id, service, topic, subscription, reason, attempts, error, eventType, failedAt } = row;
  const event = withoutMailValues(row.eventType, row.event);
  const stack = row.stack ?? undefined;
  return { id, service, topic, subscription, reason, attempts, error, stack, eventType, event, failedAt };
}
