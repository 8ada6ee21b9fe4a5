import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { notifiableOf } from "../notifications/domain/notifiable.js";
import { withAllWebhooks } from "../notifications/webhooks/domain/all-webhooks.js";
import { enqueueWebhooks, webhookChoices } from "../notifications/webhooks/domain/enqueue-webhooks.js";
import { type PostWebhook, webhookPoster } from "../notifications/webhooks/domain/post-webhook.js";
import { claimDeliveries, recordOutcome } from "../notifications/webhooks/domain/webhook-attempts.js";
import { pruneDeliveries } from "../notifications/webhooks/domain/webhook-deliveries.js";
import { WebhookSender } from "../notifications/webhooks/domain/webhook-sender.js";
import { webhookKey } from "../notifications/webhooks/webhook-key.js";
import { webhookDeliveries, webhookMessages } from "../schema.js";
import { startReceiver } from "./support/webhook-receiver.js";

const patience = { timeout: 20_000, interval: 25 };
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const nobody = { endpointIds: [], tenantIds: [] };
/** Tests live in the future, where the service's own sender, which goes by the real clock, does nothing. */
const start = Date.parse("2100-01-01T00:00:00Z");

const networks = process.env.AXION_ALLOWED_NETWORKS;

afterEach(async () => {
  process.env.AXION_ALLOWED_NETWORKS = networks ?? "";
  await withAllWebhooks(db, (tx) => tx.delete(webhookMessages));
});

async function newWebhook(url: string, authData: CallerIdentity = newCaller("notification:manage")) {
  const request = { url, eventTypes: ["conversion-failed"] };
  const { webhook } = await event_management.createWebhook(request, { authData });
  return { authData, webhookId: webhook.id };
}

/** Queues an event for the tenant's webhooks. */
async function queue({ authData }: { authData: CallerIdentity }, now = start): Promise<void> {
  const notifiable = notifiableOf(conversionFailed(authData, randomUUID(), "lead-1"))!;
  await withTenant(db, authData.tenantId, async (tx) => {
    const webhooks = await webhookChoices(tx, authData.tenantId);
    await enqueueWebhooks(tx, { notifiable, webhooks, now: new Date(now) });
  });
}

/** A sender on a clock that stands still until it is put forward; `stop` ends it before the test ends. */
function startSender(options: { post?: PostWebhook; timeoutMs?: number; concurrency?: number } = {}) {
  const poster = webhookPoster(options.timeoutMs);
  const clock = { now: start, stop: () => sender.stop() };
  const sender = new WebhookSender({
    db,
    key: webhookKey,
    post: options.post ?? poster.post,
    now: () => new Date(clock.now),
    random: () => 0.5,
    pollMs: 25,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    onAttempt: () => {},
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await sender.stop();
    await poster.close();
  });
  return clock;
}

interface Place {
  authData: CallerIdentity;
  webhookId: string;
}

async function deliveryOf({ authData, webhookId }: Place) {
  const { deliveries } = await event_management.listWebhookDeliveries({ webhookId }, { authData });
  return deliveries[0]!;
}

const becomes = (place: Place, expected: object) =>
  vi.waitFor(async () => expect(await deliveryOf(place)).toMatchObject(expected), patience);

async function attemptsOf(place: Place) {
  const { id: deliveryId } = await deliveryOf(place);
  const { authData, webhookId } = place;
  return (await event_management.getWebhookDelivery({ webhookId, deliveryId }, { authData })).attempts;
}

const webhookOf = ({ authData, webhookId }: Place) =>
  event_management.getWebhook({ webhookId }, { authData });

describe("a delivery", () => {
  it("that fails is tried ten times over 75 h 35 m 5 s, and then given up", async () => {
    const receiver = await startReceiver((response) => response.writeHead(500).end("broken"));
    const place = await newWebhook(receiver.url);
    await queue(place);
    const clock = startSender();
    const waits = [
      5 * second,
      5 * minute,
      30 * minute,
      2 * hour,
      5 * hour,
      10 * hour,
      14 * hour,
      20 * hour,
      24 * hour,
    ];
    for (const [index, wait] of waits.entries()) {
      const nextAttemptAt = new Date(clock.now + wait);
      await becomes(place, { state: "pending", attempts: index + 1, lastStatus: 500, nextAttemptAt });
      clock.now += wait - 1;
      expect(await claimDeliveries(db, { most: 10, now: new Date(clock.now), busy: nobody })).toEqual([]);
      clock.now += 1;
    }
    await becomes(place, { state: "failed", attempts: 10, lastError: "The receiver answered 500." });
    expect(clock.now - start).toBe(75 * hour + 35 * minute + 5 * second);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect([ids.length, new Set(ids).size]).toEqual([10, 1]);
    const attempts = await attemptsOf(place);
    expect(attempts.map(({ number }) => number)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(attempts[0]).toMatchObject({ responseStatus: 500, responseBody: "broken" });
    expect(attempts[0]?.requestHeaders["webhook-id"]).toBe(ids[0]);
  });

  it("can be sent again under the same id, with the schedule from its beginning", async () => {
    const answers = [500, 500, 200];
    const receiver = await startReceiver((response) => response.writeHead(answers.shift() ?? 200).end());
    const place = await newWebhook(receiver.url);
    await queue(place);
    const clock = startSender();
    const waits = (attempts: number, ms: number) =>
      becomes(place, { state: "pending", attempts, nextAttemptAt: new Date(clock.now + ms) });
    await waits(1, 5 * second);
    clock.now += 5 * second;
    await waits(2, 5 * minute);
    const { id: deliveryId } = await deliveryOf(place);
    const { authData, webhookId } = place;
    // It will be due by the real clock: from here on the service's own sender is the only one.
    await clock.stop();
    await event_management.resendWebhookDelivery({ webhookId, deliveryId }, { authData });
    await becomes(place, { state: "delivered", attempts: 3 });
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("goes out again under the same id where its sender died before it could note the answer", async () => {
    const receiver = await startReceiver();
    const place = await newWebhook(receiver.url);
    await queue(place);
    const [claimed] = await claimDeliveries(db, { most: 1, now: new Date(start), busy: nobody });
    const poster = webhookPoster();
    const headers = { "webhook-id": claimed!.messageId, "content-type": "application/json" };
    await poster.post({ url: claimed!.url, headers, body: claimed!.body });
    const clock = startSender();
    clock.now += 59 * second;
    expect(await claimDeliveries(db, { most: 1, now: new Date(clock.now), busy: nobody })).toEqual([]);
    clock.now += second;
    await becomes(place, { state: "delivered", attempts: 2 });
    expect(receiver.received.map((request) => request.headers["webhook-id"])).toEqual(
      Array(2).fill(claimed!.messageId),
    );
    const late = { answer: { status: 500 }, durationMs: 1, now: new Date(clock.now), random: 0.5 };
    expect(await recordOutcome(db, claimed!, late)).toBe("superseded");
    expect(await deliveryOf(place)).toMatchObject({ state: "delivered" });
    await poster.close();
  });

  it("is given up after ten attempts also where each of them was interrupted", async () => {
    const place = await newWebhook("https://hooks.example.com/x");
    await queue(place);
    let now = start;
    for (let attempt = 1; attempt <= 10; attempt++) {
      expect(await claimDeliveries(db, { most: 1, now: new Date(now), busy: nobody })).toMatchObject([
        { attempt },
      ]);
      now += minute;
    }
    const clock = startSender({ post: async () => ({ status: 200 }) });
    clock.now = now;
    await becomes(place, { state: "failed", attempts: 10, lastError: "The attempt was interrupted." });
  });

  it("waits for its next attempt where the receiver says nothing in time", async () => {
    const receiver = await startReceiver(() => {});
    const place = await newWebhook(receiver.url);
    await queue(place);
    startSender({ timeoutMs: 200 });
    await becomes(place, { state: "pending", attempts: 1, lastError: "No answer within 0.2 s." });
  });

  it("has arrived where the answer never ends, of which the beginning is kept", async () => {
    const receiver = await startReceiver((response) => {
      const flood = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", flood);
      flood();
    });
    const place = await newWebhook(receiver.url);
    await queue(place);
    startSender();
    await becomes(place, { state: "delivered", attempts: 1 });
    expect((await attemptsOf(place))[0]?.responseBody).toHaveLength(4_096);
  });

  it("does not follow a redirect", async () => {
    const inner = await startReceiver();
    const receiver = await startReceiver((response) =>
      response.writeHead(307, { location: inner.url }).end(),
    );
    const place = await newWebhook(receiver.url);
    await queue(place);
    startSender();
    const lastError = "The receiver redirects (307); redirects are not followed.";
    await becomes(place, { state: "pending", attempts: 1, lastStatus: 307, lastError });
    expect(inner.received).toEqual([]);
  });

  it.each(["localhost", "127.0.0.1", "[::ffff:7f00:1]"])(
    "does not go to %s where its address is not allowed by the time it is sent",
    async (host) => {
      const receiver = await startReceiver();
      const place = await newWebhook(receiver.url.replace("127.0.0.1", host));
      await queue(place);
      process.env.AXION_ALLOWED_NETWORKS = "none";
      startSender();
      await becomes(place, { attempts: 1, lastError: expect.stringContaining("private address") });
      expect(receiver.received).toEqual([]);
    },
  );

  it("to one receiver does not wait for another that hangs, nor for a flood of another tenant's", async () => {
    const hanging = await startReceiver(() => {});
    const slow = await newWebhook(hanging.url);
    for (let i = 0; i < 30; i++) await queue(slow);
    const receiver = await startReceiver();
    const place = await newWebhook(receiver.url);
    await queue(place);
    startSender({ concurrency: 8, timeoutMs: 3_000 });
    await becomes(place, { state: "delivered" });
    expect(hanging.received.length).toBeLessThanOrEqual(4);
  });

  it("waits as long as the receiver asks", async () => {
    const receiver = await startReceiver((response) =>
      response.writeHead(429, { "retry-after": "120" }).end(),
    );
    const place = await newWebhook(receiver.url);
    await queue(place);
    startSender();
    await becomes(place, { attempts: 1, nextAttemptAt: new Date(start + 2 * minute) });
  });

  it("is forgotten after a while, unless it still waits", async () => {
    const receiver = await startReceiver();
    const place = await newWebhook(receiver.url);
    await queue(place);
    expect(await pruneDeliveries(db, new Date(start + day))).toBe(0);
    startSender();
    await becomes(place, { state: "delivered" });
    expect(await pruneDeliveries(db, new Date(start - day))).toBe(0);
    expect(await pruneDeliveries(db, new Date(start + day))).toBe(1);
    expect(await withAllWebhooks(db, (tx) => tx.select().from(webhookMessages))).toEqual([]);
  });
});

describe("a webhook", () => {
  it("is disabled by a 410, with what still waits for it", async () => {
    const receiver = await startReceiver((response) => response.writeHead(410).end());
    const place = await newWebhook(receiver.url);
    await queue(place);
    await queue(place, start + hour);
    startSender();
    await vi.waitFor(async () => {
      expect(await webhookOf(place)).toMatchObject({
        state: "disabled",
        disabledReason: "The receiver answered 410: it wants no more.",
      });
    }, patience);
    const rows = await withAllWebhooks(db, (tx) =>
      tx.select().from(webhookDeliveries).where(eq(webhookDeliveries.endpointId, place.webhookId)),
    );
    expect(rows.map(({ state }) => state)).toEqual(["failed", "failed"]);
    const choices = await withTenant(db, place.authData.tenantId, (tx) =>
      webhookChoices(tx, place.authData.tenantId),
    );
    expect(choices).toEqual([]);
  });

  it("is disabled when it has failed for five days, not before, and a success in between counts", async () => {
    const answers: number[] = [];
    const receiver = await startReceiver((response) => response.writeHead(answers.shift() ?? 500).end());
    const place = await newWebhook(receiver.url);
    const clock = startSender();
    const fail = async (at: number, expected: object) => {
      clock.now = start + at;
      await queue(place, clock.now);
      await vi.waitFor(async () => expect(await webhookOf(place)).toMatchObject(expected), patience);
    };
    await fail(0, { state: "active", failingSince: new Date(start) });
    answers.push(...Array(20).fill(200));
    clock.now = start + day;
    await queue(place, clock.now);
    await vi.waitFor(async () => expect((await webhookOf(place)).failingSince).toBeUndefined(), patience);
    answers.length = 0;
    await fail(2 * day, { state: "active", failingSince: new Date(start + 2 * day) });
    await fail(7 * day - 1, { state: "active", failingSince: new Date(start + 2 * day) });
    await fail(7 * day, { state: "disabled", disabledReason: "The receiver has failed for five days." });
    const { authData, webhookId } = place;
    const enabled = await event_management.enableWebhook({ webhookId }, { authData });
    expect([enabled.state, enabled.failingSince, enabled.disabledReason]).toEqual([
      "active",
      undefined,
      undefined,
    ]);
  });
});
