import { and, eq, inArray, sql } from "drizzle-orm";
import { newEvent } from "../../../../shared/events/envelope.js";
import { addToOutbox } from "../../../../shared/events/outbox.js";
import type { Db } from "../../../db.js";
import {
  webhookAttempts as attempts,
  webhookDeliveries as deliveries,
  webhookEndpoints as endpoints,
  webhookMessages as messages,
} from "../../schema.js";
import { withAllWebhooks } from "./all-webhooks.js";
import type { WebhookAnswer } from "./post-webhook.js";
import { mostAttempts, waitAfter } from "./retry-schedule.js";
import type { SealedWebhookSecret } from "./webhook-secrets.js";

/** An attempt whose sender does not say within this time how it went is made again: longer than any attempt takes. */
const leaseMs = 60_000;
const fiveDaysMs = 5 * 24 * 60 * 60 * 1_000;

/** A delivery in the hands of a sender. Another sender's later claim has a higher number. */
export interface ClaimedDelivery {
  id: string;
  tenantId: string;
  endpointId: string;
  url: string;
  secrets: SealedWebhookSecret[];
  messageId: string;
  eventType: string;
  body: string;
  /** Number of the attempt in all, from 1. */
  attempt: number;
  /** Number of the attempt in its schedule, from 1. */
  turn: number;
}

/** Who must wait: enough of their deliveries are under way. */
export interface BusyReceivers {
  endpointIds: string[];
  tenantIds: string[];
}

/** Takes up to `most` deliveries that are due: each webhook's first one before anybody's second. */
export async function claimDeliveries(
  db: Db,
  request: { most: number; now: Date; busy: BusyReceivers },
): Promise<ClaimedDelivery[]> {
  const { most, now, busy } = request;
  return await withAllWebhooks(db, async (tx) => {
    const due = await tx.execute<{ id: string }>(sql`
      with ranked as (
        select d.id, d.next_attempt_at, row_number() over (partition by d.endpoint_id order by d.next_attempt_at, d.id) as turn
        from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
        where d.state = 'pending' and d.next_attempt_at <= ${now.toISOString()}::timestamptz and e.state = 'active'
          and not d.endpoint_id = any(${sql.param(busy.endpointIds)}::uuid[])
          and not d.tenant_id = any(${sql.param(busy.tenantIds)}::text[])
      )
      select d.id from webhook_deliveries d join ranked using (id)
      where d.state = 'pending' and d.next_attempt_at <= ${now.toISOString()}::timestamptz and ranked.turn <= 4
      order by ranked.turn, d.next_attempt_at
      limit ${most}
      for update of d skip locked`);
    if (due.length === 0) return [];
    const rows = await tx
      .update(deliveries)
      .set({
        attempts: sql`${deliveries.attempts} + 1`,
        nextAttemptAt: new Date(now.getTime() + leaseMs),
      })
      .where(
        inArray(
          deliveries.id,
          due.map(({ id }) => id),
        ),
      )
      .returning();
    const claimed: ClaimedDelivery[] = [];
    for (const row of rows) {
      const [of] = await tx
        .select({
          url: endpoints.url,
          secrets: endpoints.secrets,
          body: messages.body,
          type: messages.eventType,
        })
        .from(endpoints)
        .innerJoin(messages, eq(messages.id, row.messageId))
        .where(eq(endpoints.id, row.endpointId));
      const { id, tenantId, endpointId, messageId, attempts: attempt, attemptsBefore } = row;
      const { url, secrets, body, type: eventType } = of!;
      const delivery = { id, tenantId, endpointId, messageId, url, secrets, body, eventType };
      claimed.push({ ...delivery, attempt, turn: attempt - attemptsBefore });
    }
    return claimed;
  });
}

/** Notes in the delivery log that an attempt begins, before the request goes out. */
export async function noteAttempt(
  db: Db,
  delivery: ClaimedDelivery,
  attempt: { startedAt: Date; requestHeaders: Record<string, string> },
): Promise<void> {
  const { id: deliveryId, tenantId, attempt: number } = delivery;
  const error = "The attempt has not ended.";
  await withAllWebhooks(db, (tx) =>
    tx
      .insert(attempts)
      .values({ deliveryId, tenantId, number, ...attempt, error })
      .onConflictDoNothing(),
  );
}

/** What an attempt came to. */
export interface AttemptOutcome {
  answer: WebhookAnswer;
  durationMs: number;
  now: Date;
  /** From 0 to below 1. */
  random: number;
}

/** Where a delivery stands after an attempt. */
export type DeliveryStanding = "delivered" | "waits" | "failed" | "disabled" | "superseded";

/**
 * Writes down what an attempt came to: delivered, or due again by the schedule, or failed. A 410 disables the webhook,
 * and so do five days without a success; its owners are told. An attempt that another sender has taken over since
 * changes the log alone.
 */
export async function recordOutcome(
  db: Db,
  delivery: ClaimedDelivery,
  outcome: AttemptOutcome,
): Promise<DeliveryStanding> {
  const { answer, durationMs, now } = outcome;
  const error = errorOf(answer);
  return await withAllWebhooks(db, async (tx) => {
    const [endpoint] = await tx
      .select()
      .from(endpoints)
      .where(eq(endpoints.id, delivery.endpointId))
      .for("no key update");
    const retryAfterMs = retryAfter(answer, now);
    const wait = waitAfter(delivery.turn, {
      random: outcome.random,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    const gone = answer.status === 410;
    const again = error !== undefined && !gone && wait !== undefined;
    const settled = {
      lastStatus: answer.status ?? null,
      lastError: error ?? null,
      ...(again
        ? { nextAttemptAt: new Date(now.getTime() + wait) }
        : { state: error === undefined ? ("delivered" as const) : ("failed" as const), settledAt: now }),
    };
    const changed = await tx
      .update(deliveries)
      .set(settled)
      .where(
        and(
          eq(deliveries.id, delivery.id),
          eq(deliveries.attempts, delivery.attempt),
          eq(deliveries.state, "pending"),
        ),
      )
      .returning({ id: deliveries.id });
    // After the delivery, as whatever removes a delivery with its attempts locks them.
    await tx
      .update(attempts)
      .set({
        durationMs,
        responseStatus: answer.status ?? null,
        responseHeaders: answer.headers ?? null,
        responseBody: answer.body ?? null,
        error: error ?? null,
      })
      .where(and(eq(attempts.deliveryId, delivery.id), eq(attempts.number, delivery.attempt)));
    if (changed.length === 0 || endpoint === undefined) return "superseded";
    if (error === undefined) {
      if (endpoint.failingSince !== null) {
        await tx.update(endpoints).set({ failingSince: null }).where(eq(endpoints.id, endpoint.id));
      }
      return "delivered";
    }
    const failingSince = endpoint.failingSince ?? now;
    const reason = reasonToDisable(gone, now.getTime() - failingSince.getTime());
    if (reason !== undefined && endpoint.state === "active") {
      await disable(tx, endpoint, reason, now);
      return "disabled";
    }
    if (endpoint.failingSince === null) {
      await tx.update(endpoints).set({ failingSince }).where(eq(endpoints.id, endpoint.id));
    }
    return again ? "waits" : "failed";
  });
}

/** Gives up deliveries whose last attempt was interrupted. Returns how many. */
export async function failExhausted(db: Db, now: Date): Promise<number> {
  const failed = await withAllWebhooks(db, (tx) =>
    tx
      .update(deliveries)
      .set({ state: "failed", settledAt: now, lastError: "The attempt was interrupted." })
      .where(
        and(
          eq(deliveries.state, "pending"),
          sql`${deliveries.nextAttemptAt} <= ${now.toISOString()}::timestamptz`,
          sql`${deliveries.attempts} - ${deliveries.attemptsBefore} >= ${mostAttempts}`,
        ),
      )
      .returning({ id: deliveries.id }),
  );
  return failed.length;
}

type EndpointRow = typeof endpoints.$inferSelect;

async function disable(tx: Db, endpoint: EndpointRow, reason: string, now: Date): Promise<void> {
  const { id, tenantId, url } = endpoint;
  await tx
    .update(endpoints)
    .set({ state: "disabled", disabledReason: reason, updatedAt: now })
    .where(eq(endpoints.id, id));
  await tx
    .update(deliveries)
    .set({ state: "failed", settledAt: now, lastError: "The webhook was disabled." })
    .where(and(eq(deliveries.endpointId, id), eq(deliveries.state, "pending")));
  const event = { type: "webhook-disabled" as const, webhookId: id, url, reason };
  await addToOutbox(tx, "notification-events", newEvent(event, { tenantId, userId: "system" }));
}

function errorOf(answer: WebhookAnswer): string | undefined {
  if (answer.error !== undefined) return answer.error;
  const { status = 0 } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return `The receiver redirects (${status}); redirects are not followed.`;
  return `The receiver answered ${status}.`;
}

function reasonToDisable(gone: boolean, failingForMs: number): string | undefined {
  if (gone) return "The receiver answered 410: it wants no more.";
  return failingForMs >= fiveDaysMs ? "The receiver has failed for five days." : undefined;
}

/** What the receiver asks to wait, in milliseconds: `Retry-After` in seconds or as a date. */
function retryAfter(answer: WebhookAnswer, now: Date): number | undefined {
  const value = answer.headers?.["retry-after"];
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
