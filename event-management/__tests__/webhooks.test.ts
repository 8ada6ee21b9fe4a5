import { randomUUID } from "node:crypto";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { sendNotifications } from "../notifications/send-notifications.js";
import { withAllWebhooks } from "../notifications/webhooks/domain/all-webhooks.js";
import { claimDeliveries } from "../notifications/webhooks/domain/webhook-attempts.js";
import { webhookEndpoints, webhookMessages } from "../schema.js";
import { startReceiver } from "./support/webhook-receiver.js";

const patience = { timeout: 20_000, interval: 25 };
const day = 24 * 60 * 60 * 1_000;
const nobody = { endpointIds: [], tenantIds: [] };

async function newWebhook(authData: CallerIdentity, url: string, change: object = {}) {
  const request = { url, eventTypes: ["conversion-failed"], ...change };
  return await event_management.createWebhook(request, { authData });
}

/** Lets an event happen. The sender of the service works on it. */
async function fail(authData: CallerIdentity, ruleId = randomUUID()) {
  const event = conversionFailed(authData, ruleId, "lead-1");
  await sendNotifications(event);
  return event;
}

async function deliveriesOf(authData: CallerIdentity, webhookId: string) {
  return (await event_management.listWebhookDeliveries({ webhookId }, { authData })).deliveries;
}

const becomes = (authData: CallerIdentity, webhookId: string, expected: object) =>
  vi.waitFor(async () => {
    expect((await deliveriesOf(authData, webhookId))[0]).toMatchObject(expected);
  }, patience);

afterEach(() => withAllWebhooks(db, (tx) => tx.delete(webhookMessages)));

describe("a webhook", () => {
  it("gets the events it asks for, signed as Standard Webhooks has it", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const { webhook, secret } = await newWebhook(authData, `${receiver.url}/hooks`);
    const event = await fail(authData);
    await becomes(authData, webhook.id, { state: "delivered", attempts: 1, lastStatus: 200 });
    const [request] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    const headers = request?.headers as Record<string, string>;
    expect(new Verifier(secret).verify(request!.body, headers)).toMatchObject({
      type: "conversion-failed",
      timestamp: event.time,
      eventId: event.eventId,
      tenantId: authData.tenantId,
      title: "leads → customers: a record failed",
      data: { sourceRecordId: "lead-1", error: "no such country" },
    });
    expect(() => new Verifier(secret).verify(`${request!.body} `, headers)).toThrow("No matching signature");
  });

  it("gets an event once, however often the event is delivered", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const { webhook } = await newWebhook(authData, receiver.url);
    const event = conversionFailed(authData, randomUUID(), "lead-1");
    for (let i = 0; i < 3; i++) await sendNotifications(event);
    await becomes(authData, webhook.id, { state: "delivered" });
    expect(await deliveriesOf(authData, webhook.id)).toHaveLength(1);
  });

  it("gets neither events nor rules that it did not choose", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const ruleId = randomUUID();
    const { webhook } = await newWebhook(authData, receiver.url, { ruleIds: [ruleId] });
    const other = await newWebhook(authData, receiver.url, { eventTypes: ["job-failed"] });
    await fail(authData);
    await fail(authData, ruleId);
    expect(await deliveriesOf(authData, webhook.id)).toHaveLength(1);
    expect(await deliveriesOf(authData, other.webhook.id)).toEqual([]);
  });

  it("signs with both secrets while a rotation overlaps, and with the new one afterwards", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const { webhook, secret: old } = await newWebhook(authData, receiver.url);
    const { secret } = await event_management.rotateWebhookSecret(
      { webhookId: webhook.id, overlapHours: 1 },
      { authData },
    );
    await event_management.testWebhook({ webhookId: webhook.id }, { authData });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), patience);
    const [first] = receiver.received;
    for (const valid of [old, secret]) {
      expect(new Verifier(valid).verify(first!.body, first!.headers as never)).toMatchObject({
        type: "webhook.test",
      });
    }
    await event_management.rotateWebhookSecret({ webhookId: webhook.id, overlapHours: 0 }, { authData });
    await event_management.testWebhook({ webhookId: webhook.id }, { authData });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), patience);
    const [, second] = receiver.received;
    expect(String(second?.headers["webhook-signature"]).split(" ")).toHaveLength(1);
    for (const ended of [old, secret]) {
      expect(() => new Verifier(ended).verify(second!.body, second!.headers as never)).toThrow();
    }
  });

  it("shows its secret once, and nowhere keeps it readable", async () => {
    const authData = newCaller("notification:manage");
    const { webhook, secret } = await newWebhook(authData, "https://hooks.example.com/x");
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await event_management.getWebhook({ webhookId: webhook.id }, { authData });
    const [row] = await withTenant(db, authData.tenantId, (tx) => tx.select().from(webhookEndpoints));
    const key = secret.slice("whsec_".length);
    expect(JSON.stringify(shown)).not.toContain(key);
    expect(JSON.stringify(row)).not.toContain(key);
    const exported = await event_management.exportTenantData({ tenantId: authData.tenantId });
    expect(JSON.stringify(exported)).not.toContain("sealed");
  });

  it("that is paused waits, and goes on when it is enabled", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const { webhook } = await newWebhook(authData, receiver.url);
    const webhookId = webhook.id;
    await event_management.pauseWebhook({ webhookId }, { authData });
    await fail(authData);
    expect(await claimDeliveries(db, { most: 10, now: new Date(Date.now() + day), busy: nobody })).toEqual(
      [],
    );
    expect(await deliveriesOf(authData, webhookId)).toMatchObject([{ state: "pending", attempts: 0 }]);
    await event_management.enableWebhook({ webhookId }, { authData });
    await becomes(authData, webhookId, { state: "delivered" });
  });

  it.each([
    ["url", { url: "ftp://example.com" }],
    ["url", { url: "not an address" }],
    ["url", { url: "https://user:secret@example.com/" }],
    ["url", { url: "http://169.254.169.254/latest/meta-data" }],
    ["url", { url: "http://[fe80::1]/" }],
    ["url", { url: "http://0.0.0.0:80/" }],
    ["eventTypes", { eventTypes: [] }],
    ["eventTypes[0]", { eventTypes: ["No Event"] }],
    ["ruleIds[0]", { ruleIds: ["x"] }],
    ["description", { description: "x".repeat(201) }],
  ])("with a wrong %s is refused: %j", async (field, change) => {
    const authData = newCaller("notification:manage");
    const creation = newWebhook(authData, "https://hooks.example.com/x", change);
    await expect(creation).rejects.toMatchObject({ code: "invalid_argument", details: { field } });
  });

  it("stands in sorted lists, as do its deliveries", async () => {
    const authData = newCaller("notification:manage");
    const made: string[] = [];
    for (const name of ["b", "c", "a"])
      made.push((await newWebhook(authData, `https://hooks.example.com/${name}`)).webhook.id);
    const listed = async (sort?: string) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await event_management.listWebhooks({ sort, limit: 2, cursor }, { authData });
        ids.push(...page.webhooks.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return ids;
    };
    const [b, c, a] = made;
    expect(await listed()).toEqual([a, c, b]);
    expect(await listed("createdAt")).toEqual([b, c, a]);
    expect(await listed("url")).toEqual([a, b, c]);
    expect(await listed("-url")).toEqual([c, b, a]);
    await expect(listed("secret")).rejects.toMatchObject({ code: "invalid_argument" });
    const webhookId = b!;
    const tests = [1, 2, 3].map(() => event_management.testWebhook({ webhookId }, { authData }));
    await Promise.all(tests);
    const deliveries = async (sort?: string) =>
      (await event_management.listWebhookDeliveries({ webhookId, sort }, { authData })).deliveries.map(
        ({ id }) => id,
      );
    expect(await deliveries("createdAt")).toEqual((await deliveries()).reverse());
    await expect(deliveries("state")).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("of one tenant does not exist for another", async () => {
    const authData = newCaller("notification:manage");
    const receiver = await startReceiver();
    const { webhook } = await newWebhook(authData, receiver.url);
    const { id: deliveryId } = await event_management.testWebhook({ webhookId: webhook.id }, { authData });
    const stranger = { authData: newCaller("notification:manage") };
    for (const webhookId of [webhook.id, randomUUID(), "x"]) {
      for (const attempt of [
        () => event_management.getWebhook({ webhookId }, stranger),
        () => event_management.updateWebhook({ webhookId, description: "mine" }, stranger),
        () => event_management.rotateWebhookSecret({ webhookId }, stranger),
        () => event_management.pauseWebhook({ webhookId }, stranger),
        () => event_management.enableWebhook({ webhookId }, stranger),
        () => event_management.testWebhook({ webhookId }, stranger),
        () => event_management.listWebhookDeliveries({ webhookId }, stranger),
        () => event_management.getWebhookDelivery({ webhookId, deliveryId }, stranger),
        () => event_management.resendWebhookDelivery({ webhookId, deliveryId }, stranger),
        () => event_management.deleteWebhook({ webhookId }, stranger),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
      }
    }
    expect(await event_management.listWebhooks({}, stranger)).toEqual({ webhooks: [] });
    await sendNotifications(conversionFailed(stranger.authData, randomUUID(), "1"));
    expect(await deliveriesOf(authData, webhook.id)).toHaveLength(1);
  });
});
