import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { db } from "../../../event-management/db.js";
import { deadLetters } from "../../../event-management/schema.js";
import type { AnyDb } from "../../database/handle.js";
import { withTenant } from "../../tenancy/with-tenant.js";
import { handleOnce, pruneInbox } from "../inbox.js";

function newDelivery() {
  return { subscription: "test", eventId: randomUUID(), tenantId: randomUUID() };
}

async function effect(tx: AnyDb<Record<string, unknown>>, tenantId: string): Promise<void> {
  await tx.insert(deadLetters).values({
    id: randomUUID(),
    tenantId,
    service: "s",
    topic: "t",
    subscription: "x",
    reason: "handler-failed",
    attempts: 1,
    error: "e",
    eventType: "y",
    event: {},
    failedAt: new Date(),
  });
}

async function effectsOf(tenantId: string): Promise<number> {
  return await withTenant(db, tenantId, (tx) => tx.$count(deadLetters));
}

describe("inbox", () => {
  it("lets an event have its effect once, however often it is delivered", async () => {
    const delivery = newDelivery();
    const deliver = () => handleOnce(db, delivery, (tx) => effect(tx, delivery.tenantId));
    const ran = await Promise.all(Array.from({ length: 8 }, deliver));
    expect([...ran, await deliver()].filter(Boolean)).toHaveLength(1);
    expect(await effectsOf(delivery.tenantId)).toBe(1);
  });

  it("keeps neither effect nor record where the effect fails, so that the next delivery can succeed", async () => {
    const delivery = newDelivery();
    const failing = handleOnce(db, delivery, async (tx) => {
      await effect(tx, delivery.tenantId);
      throw new Error("after the write");
    });
    await expect(failing).rejects.toThrow("after the write");
    expect(await effectsOf(delivery.tenantId)).toBe(0);
    expect(await handleOnce(db, delivery, (tx) => effect(tx, delivery.tenantId))).toBe(true);
    expect(await effectsOf(delivery.tenantId)).toBe(1);
  });

  it("counts the subscriptions of a service apart", async () => {
    const delivery = newDelivery();
    await handleOnce(db, delivery, (tx) => effect(tx, delivery.tenantId));
    await handleOnce(db, { ...delivery, subscription: "other" }, (tx) => effect(tx, delivery.tenantId));
    expect(await effectsOf(delivery.tenantId)).toBe(2);
  });

  it("runs the effect as the event's tenant", async () => {
    const delivery = newDelivery();
    const foreign = handleOnce(db, delivery, (tx) => effect(tx, randomUUID()));
    await expect(foreign).rejects.toMatchObject({
      cause: { message: expect.stringContaining("row-level security") },
    });
  });

  it("forgets what was handled before a moment, and nothing else", async () => {
    const old = newDelivery();
    const fresh = newDelivery();
    await handleOnce(db, old, async () => {});
    await db.execute(
      sql`update inbox set handled_at = now() - interval '31 days' where event_id = ${old.eventId}`,
    );
    await handleOnce(db, fresh, async () => {});
    expect(await pruneInbox(db, new Date(Date.now() - 30 * 86_400_000))).toBeGreaterThanOrEqual(1);
    expect(await handleOnce(db, old, async () => {})).toBe(true);
    expect(await handleOnce(db, fresh, async () => {})).toBe(false);
  });
});
