import { randomUUID } from "node:crypto";
import { and, eq, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { newEvent } from "../../../../shared/events/envelope.js";
import { addToOutbox } from "../../../../shared/events/outbox.js";
import type { JsonValue } from "../../../../shared/json.js";
import { checkEventTypes, checkRuleIds, refusal } from "../../../../shared/notifications/check-settings.js";
import { pageSize } from "../../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../../shared/pagination/sorted-page.js";
import type { ServiceKey } from "../../../../shared/secrets/service-keys.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { webhookEndpoints as endpoints, webhookDeliveries } from "../../schema.js";
import type {
  CreateWebhookRequest,
  ListWebhooksRequest,
  ListWebhooksResponse,
  UpdateWebhookRequest,
  Webhook,
  WebhookWithSecret,
} from "../types.js";
import { newWebhookSecret, rotatedSecrets, sealSecret } from "./webhook-secrets.js";
import { checkWebhookUrl } from "./webhook-url.js";

const mostWebhooks = 50;
const longestDescription = 200;
const sorting = {
  fields: { createdAt: endpoints.createdAt, updatedAt: endpoints.updatedAt, url: endpoints.url },
  byDefault: "-createdAt",
  id: endpoints.id,
} as const;

/** Who manages webhooks, and what is allowed where they do. */
export interface WebhookActor {
  tenantId: string;
  userID: string;
}

/** Makes a webhook. Its secret is in the answer, and nowhere else. */
export async function createWebhook(
  db: Db,
  actor: WebhookActor,
  request: CreateWebhookRequest & { key: ServiceKey; allowHttp: boolean },
): Promise<WebhookWithSecret> {
  const { tenantId, userID: createdBy } = actor;
  const { key, allowHttp, language = "en" } = request;
  const url = await checkWebhookUrl("url", request.url, allowHttp);
  const choice = checkedChoice({ ruleIds: [], description: "", ...request });
  const id = randomUUID();
  const secret = newWebhookSecret();
  const secrets = [sealSecret(key, { id, tenantId }, secret)];
  return await withTenant(db, tenantId, async (tx) => {
    // One at a time, so that two at once cannot pass the limit together.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`webhooks:${tenantId}`}, 0))`);
    if ((await tx.$count(endpoints, eq(endpoints.tenantId, tenantId))) >= mostWebhooks) {
      throw APIError.resourceExhausted(`A tenant has ${mostWebhooks} webhooks at most.`).withDetails({
        reason: "too_many_webhooks",
      });
    }
    const [row] = await tx
      .insert(endpoints)
      .values({ id, tenantId, url, ...choice, language, secrets, createdBy })
      .returning();
    await audit(tx, actor, "webhook-created", row!);
    return { webhook: toWebhook(row!), secret };
  });
}

/** The tenant's webhooks, newest first or as asked for. */
export async function listWebhooks(
  db: Db,
  tenantId: string,
  request: ListWebhooksRequest,
): Promise<ListWebhooksResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ row: endpoints, key: order.key })
      .from(endpoints)
      .where(
        and(
          eq(endpoints.tenantId, tenantId),
          request.state === undefined ? undefined : eq(endpoints.state, request.state),
          order.after,
        ),
      )
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    webhooks: rows.slice(0, limit).map(({ row }) => toWebhook(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

/** One webhook. Throws `notFound`. */
export async function getWebhook(db: Db, tenantId: string, webhookId: string): Promise<Webhook> {
  return toWebhook(await withTenant(db, tenantId, (tx) => findWebhook(tx, tenantId, webhookId)));
}

/** Changes the settings that are given. Throws `notFound`. */
export async function updateWebhook(
  db: Db,
  actor: WebhookActor,
  request: UpdateWebhookRequest & { allowHttp: boolean },
): Promise<Webhook> {
  const { webhookId, url, language, allowHttp } = request;
  const checkedUrl = url === undefined ? undefined : await checkWebhookUrl("url", url, allowHttp);
  const change = { ...checkedChoice(request), url: checkedUrl, language, updatedAt: new Date() };
  return await changeWebhook(db, actor, { webhookId, action: "webhook-updated", change: () => change });
}

/** Removes a webhook with what waits for it and its log. Throws `notFound`. */
export async function deleteWebhook(db: Db, actor: WebhookActor, webhookId: string): Promise<void> {
  await withTenant(db, actor.tenantId, async (tx) => {
    const row = await findWebhook(tx, actor.tenantId, webhookId);
    await tx.delete(endpoints).where(isWebhook(actor.tenantId, row.id));
    await audit(tx, actor, "webhook-deleted", row);
  });
}

/** Gives a webhook a new secret, which is in the answer. The old one signs too while the overlap lasts. */
export async function rotateSecret(
  db: Db,
  actor: WebhookActor,
  request: { webhookId: string; overlapHours?: number; key: ServiceKey; now: Date },
): Promise<WebhookWithSecret> {
  const { webhookId, overlapHours = 24, key, now } = request;
  if (!(overlapHours >= 0 && overlapHours <= 168)) throw refusal("overlapHours", "must be from 0 to 168.");
  const secret = newWebhookSecret();
  const endsAt = new Date(now.getTime() + overlapHours * 60 * 60 * 1_000);
  const change = (row: EndpointRow) => {
    const next = sealSecret(key, row, secret);
    return { secrets: rotatedSecrets(row.secrets, { next, now, endsAt }), updatedAt: now };
  };
  const webhook = await changeWebhook(db, actor, { webhookId, action: "webhook-secret-rotated", change });
  return { webhook, secret };
}

/** Lets events wait. A webhook that is disabled stays so. */
export async function pauseWebhook(db: Db, actor: WebhookActor, webhookId: string): Promise<Webhook> {
  const change = (row: EndpointRow) => {
    if (row.state === "disabled") {
      throw APIError.failedPrecondition("The webhook is disabled.").withDetails({
        reason: "webhook_disabled",
      });
    }
    return { state: "paused" as const, updatedAt: new Date() };
  };
  return await changeWebhook(db, actor, { webhookId, action: "webhook-paused", change });
}

/** Lets a webhook that was paused or disabled go on. */
export async function enableWebhook(db: Db, actor: WebhookActor, webhookId: string): Promise<Webhook> {
  const change = () => ({
    ...{ state: "active" as const, disabledReason: null, failingSince: null, updatedAt: new Date() },
  });
  return await changeWebhook(db, actor, { webhookId, action: "webhook-enabled", change });
}

/** The row of a webhook. Throws `notFound`. The tenant must be set on the transaction. */
export async function findWebhook(tx: Db, tenantId: string, webhookId: string): Promise<EndpointRow> {
  const missing = APIError.notFound("No such webhook.");
  if (!z.uuid().safeParse(webhookId).success) throw missing;
  const [row] = await tx.select().from(endpoints).where(isWebhook(tenantId, webhookId)).for("no key update");
  if (row === undefined) throw missing;
  return row;
}

type EndpointRow = typeof endpoints.$inferSelect;
type EndpointChange = Partial<typeof endpoints.$inferInsert>;

async function changeWebhook(
  db: Db,
  actor: WebhookActor,
  request: { webhookId: string; action: string; change: (row: EndpointRow) => EndpointChange },
): Promise<Webhook> {
  const { webhookId, action, change } = request;
  return await withTenant(db, actor.tenantId, async (tx) => {
    const before = await findWebhook(tx, actor.tenantId, webhookId);
    const [row] = await tx
      .update(endpoints)
      .set(change(before))
      .where(isWebhook(actor.tenantId, before.id))
      .returning();
    // What fell due while it was paused goes out one after the other from now on.
    if (before.state === "paused" && row!.state === "active") await releaseWaiting(tx, row!);
    await audit(tx, actor, action, row!);
    return toWebhook(row!);
  });
}

async function releaseWaiting(tx: Db, { id, updatedAt }: EndpointRow): Promise<void> {
  await tx
    .update(webhookDeliveries)
    .set({ nextAttemptAt: updatedAt })
    .where(
      and(
        eq(webhookDeliveries.endpointId, id),
        eq(webhookDeliveries.state, "pending"),
        eq(webhookDeliveries.attempts, 0),
      ),
    );
}

function checkedChoice<T extends { description?: string; eventTypes?: string[]; ruleIds?: string[] }>(
  request: T,
): Pick<T, "description" | "eventTypes" | "ruleIds"> {
  const { description, eventTypes, ruleIds } = request;
  if (eventTypes?.length === 0) throw refusal("eventTypes", "at least one, or * for all.");
  if (description !== undefined && description.length > longestDescription) {
    throw refusal("description", `at most ${longestDescription} characters.`, "too_long");
  }
  return {
    description,
    eventTypes: eventTypes && checkEventTypes("eventTypes", eventTypes),
    ruleIds: ruleIds && checkRuleIds("ruleIds", ruleIds),
  };
}

function isWebhook(tenantId: string, id: string): SQL | undefined {
  return and(eq(endpoints.tenantId, tenantId), eq(endpoints.id, id));
}

async function audit(tx: Db, actor: WebhookActor, action: string, row: EndpointRow): Promise<void> {
  const { tenantId, userID } = actor;
  const { id: webhookId, url, state, eventTypes, ruleIds } = row;
  const details: Record<string, JsonValue> = { webhookId, url, state, eventTypes, ruleIds };
  const event = { type: "audit-recorded" as const, action, performedBy: userID, details };
  await addToOutbox(tx, "audit-events", newEvent(event, { tenantId, userId: userID, orderedBy: webhookId }));
}

function toWebhook(row: EndpointRow): Webhook {
  const { tenantId: _, secrets, disabledReason, failingSince, ...rest } = row;
  const previous = secrets[1]?.endsAt;
  return {
    ...rest,
    ...(disabledReason === null ? {} : { disabledReason }),
    ...(failingSince === null ? {} : { failingSince }),
    ...(previous === undefined ? {} : { previousSecretEndsAt: new Date(previous) }),
  };
}
