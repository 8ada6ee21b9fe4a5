import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { newEvent } from "../../shared/events/envelope.js";
import type { TenantEvent } from "../../shared/events/types.js";
import { db } from "../db.js";
import { claimKey } from "../idempotency/idempotent-requests.js";
import { countRequests, postgresCountStore } from "../limits/count-requests.js";
import { purgeTenant } from "../purge-tenant.js";

const purgeOf = (tenantId: string): TenantEvent =>
  newEvent({ type: "tenant-purge-requested" as const }, { tenantId, userId: "system" });

/** Rows as a tenant at work leaves them: two answers kept, and counters of a caller and the tenant. */
async function newTenant(): Promise<string> {
  const tenantId = randomUUID();
  for (const key of ["one", "two"])
    await claimKey(db, { tenantId, userId: "ada", key, fingerprint: key, repeatable: true });
  await countRequests(postgresCountStore(db.$client, 60_000), [
    { caller: `caller:${tenantId}:user:ada`, callerLimit: 5, tenant: `tenant:${tenantId}`, tenantLimit: 5 },
  ]);
  return tenantId;
}

const countersOf = async (tenantId: string) =>
  (await db.execute(sql`select key from request_counts where strpos(key, ${tenantId}) > 0`)).length;

describe("the end of a tenant", () => {
  it("leaves nothing of it in the gateway, and everything of others", async () => {
    const [ended, other] = [await newTenant(), await newTenant()];
    const { event, tenantId, type } = await purgeTenant(db, purgeOf(ended));
    expect([type, tenantId]).toEqual(["tenant-data-purged", ended]);
    expect(event).toMatchObject({
      service: "api-gateway",
      counts: { idempotent_requests: 2, request_counts: 2 },
    });
    expect(await countersOf(ended)).toBe(0);
    expect(await countersOf(other)).toBe(2);
    expect((await purgeTenant(db, purgeOf(ended))).event).toMatchObject({
      counts: { idempotent_requests: 0, request_counts: 0 },
    });
    expect((await purgeTenant(db, purgeOf(other))).event).toMatchObject({
      counts: { idempotent_requests: 2, request_counts: 2 },
    });
  });
});
