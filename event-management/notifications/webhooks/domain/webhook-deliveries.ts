import { and, desc, eq, lt, ne, notExists, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { pageSize } from "../../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import {
  webhookAttempts as attempts,
  webhookDeliveries as deliveries,
  webhookMessages as messages,
} from "../../schema.js";
import type {
  GetWebhookDeliveryResponse,
  ListWebhookDeliveriesRequest,
  ListWebhookDeliveriesResponse,
  WebhookAttempt,
  WebhookDelivery,
} from "../types.js";
import { withAllWebhooks } from "./all-webhooks.js";
import { newMessageId, testBody } from "./webhook-message.js";
import { findWebhook } from "./webhooks.js";

const sorting = {
  fields: { createdAt: deliveries.createdAt },
  byDefault: "-createdAt",
  id: deliveries.id,
} as const;
const mostAttemptsShown = 50;

/** A webhook's deliveries, newest first or as asked for. Throws `notFound`. */
export async function listDeliveries(
  db: Db,
  tenantId: string,
  request: ListWebhookDeliveriesRequest,
): Promise<ListWebhookDeliveriesResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { state, eventType } = request;
  const rows = await withTenant(db, tenantId, async (tx) => {
    const { id } = await findWebhook(tx, tenantId, request.webhookId);
    const condition = and(
      eq(deliveries.endpointId, id),
      state === undefined ? undefined : eq(deliveries.state, state),
      eventType === undefined ? undefined : eq(messages.eventType, eventType),
      order.after,
    );
    return await select(tx, tenantId, order.key, condition)
      .orderBy(order.orderBy)
      .limit(limit + 1);
  });
  return {
    deliveries: rows.slice(0, limit).map(toDelivery),
    ...order.next(rows, limit, ({ delivery }) => delivery.id),
  };
}

/** One delivery with what was sent and answered. Throws `notFound`. */
export async function getDelivery(
  db: Db,
  tenantId: string,
  path: { webhookId: string; deliveryId: string },
): Promise<GetWebhookDeliveryResponse> {
  return await withTenant(db, tenantId, async (tx) => {
    const row = await find(tx, tenantId, path);
    const log = await tx
      .select()
      .from(attempts)
      .where(and(eq(attempts.tenantId, tenantId), eq(attempts.deliveryId, row.delivery.id)))
      .orderBy(desc(attempts.number))
      .limit(mostAttemptsShown);
    return { delivery: toDelivery(row), requestBody: row.message.body, attempts: log.map(toAttempt) };
  });
}

/**
 * Sends a delivery again, whatever became of it: the same message, with the schedule from its beginning. Throws
 * `notFound`, and `failedPrecondition` while the webhook is not active.
 */
export async function resendDelivery(
  db: Db,
  tenantId: string,
  path: { webhookId: string; deliveryId: string; now: Date },
): Promise<WebhookDelivery> {
  return await withTenant(db, tenantId, async (tx) => {
    await requireActive(tx, tenantId, path.webhookId);
    const { delivery, message } = await find(tx, tenantId, path);
    const [row] = await tx
      .update(deliveries)
      .set({
        ...{ state: "pending", settledAt: null, nextAttemptAt: path.now },
        attemptsBefore: sql`${deliveries.attempts}`,
      })
      .where(and(eq(deliveries.tenantId, tenantId), eq(deliveries.id, delivery.id)))
      .returning();
    return toDelivery({ delivery: row!, message });
  });
}

/** Queues a test event for a webhook. Throws `notFound`, and `failedPrecondition` while the webhook is not active. */
export async function sendTestEvent(
  db: Db,
  tenantId: string,
  request: { webhookId: string; now: Date },
): Promise<WebhookDelivery> {
  const { webhookId, now } = request;
  return await withTenant(db, tenantId, async (tx) => {
    await requireActive(tx, tenantId, webhookId);
    const body = testBody({ id: webhookId, tenantId }, now);
    const made = { tenantId, createdAt: now };
    const [message] = await tx
      .insert(messages)
      .values({ ...made, id: newMessageId(), eventType: "webhook.test", body })
      .returning();
    const [delivery] = await tx
      .insert(deliveries)
      .values({ ...made, endpointId: webhookId, messageId: message!.id, nextAttemptAt: now })
      .returning();
    return toDelivery({ delivery: delivery!, message: message! });
  });
}

/** Forgets deliveries from before `before` that wait no more, with their log. Returns how many. */
export async function pruneDeliveries(db: Db, before: Date): Promise<number> {
  return await withAllWebhooks(db, async (tx) => {
    const removed = await tx
      .delete(deliveries)
      .where(and(lt(deliveries.createdAt, before), ne(deliveries.state, "pending")))
      .returning({ id: deliveries.id });
    const awaited = tx
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(eq(deliveries.messageId, messages.id));
    await tx.delete(messages).where(and(lt(messages.createdAt, before), notExists(awaited)));
    return removed.length;
  });
}

interface DeliveryRow {
  delivery: typeof deliveries.$inferSelect;
  message: typeof messages.$inferSelect;
}

function select(tx: Db, tenantId: string, key: SQL<string>, condition: SQL | undefined) {
  return tx
    .select({ delivery: deliveries, message: messages, key })
    .from(deliveries)
    .innerJoin(messages, eq(messages.id, deliveries.messageId))
    .where(and(eq(deliveries.tenantId, tenantId), condition))
    .$dynamic();
}

async function find(
  tx: Db,
  tenantId: string,
  path: { webhookId: string; deliveryId: string },
): Promise<DeliveryRow> {
  const missing = APIError.notFound("No such delivery.");
  const known = z.object({ webhookId: z.uuid(), deliveryId: z.uuid() }).safeParse(path).success;
  if (!known) throw missing;
  const condition = and(eq(deliveries.id, path.deliveryId), eq(deliveries.endpointId, path.webhookId));
  const [row] = await select(tx, tenantId, sql<string>`''`, condition);
  if (row === undefined) throw missing;
  return row;
}

async function requireActive(tx: Db, tenantId: string, webhookId: string): Promise<void> {
  const { state } = await findWebhook(tx, tenantId, webhookId);
  if (state === "active") return;
  throw APIError.failedPrecondition(`The webhook is ${state}; enable it first.`).withDetails({
    reason: `webhook_${state}`,
  });
}

function toDelivery({ delivery, message }: DeliveryRow): WebhookDelivery {
  const { id, endpointId, messageId, state, attempts: made, createdAt } = delivery;
  return {
    ...{
      id,
      webhookId: endpointId,
      messageId,
      eventType: message.eventType,
      state,
      attempts: made,
      createdAt,
    },
    ...(state === "pending" ? { nextAttemptAt: delivery.nextAttemptAt } : {}),
    ...(delivery.lastStatus === null ? {} : { lastStatus: delivery.lastStatus }),
    ...(delivery.lastError === null ? {} : { lastError: delivery.lastError }),
    ...(delivery.settledAt === null ? {} : { settledAt: delivery.settledAt }),
  };
}

function toAttempt(row: typeof attempts.$inferSelect): WebhookAttempt {
  const { number, startedAt, requestHeaders, durationMs, responseStatus, responseHeaders } = row;
  return {
    ...{ number, startedAt, requestHeaders },
    ...(durationMs === null ? {} : { durationMs }),
    ...(responseStatus === null ? {} : { responseStatus }),
    ...(responseHeaders === null ? {} : { responseHeaders }),
    ...(row.responseBody === null ? {} : { responseBody: row.responseBody }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
