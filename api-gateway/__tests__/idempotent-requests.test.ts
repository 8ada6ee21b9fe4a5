import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import {
  claimKey,
  extendLease,
  type KeyedRequest,
  keepAnswer,
  releaseKey,
} from "../idempotency/idempotent-requests.js";
import { idempotentRequests } from "../schema.js";

const newRequest = (changes: Partial<KeyedRequest> = {}): KeyedRequest => ({
  tenantId: randomUUID(),
  userId: "ada",
  key: randomUUID(),
  fingerprint: "create-a",
  repeatable: true,
  ...changes,
});

async function claimed(request: KeyedRequest): Promise<string> {
  const claim = await claimKey(db, request);
  if (claim.outcome !== "run") throw new Error(`expected to run, got ${claim.outcome}`);
  return claim.run;
}

async function ageBy(request: KeyedRequest, column: "lease_until" | "expires_at"): Promise<void> {
  await withTenant(db, request.tenantId, (tx) =>
    tx.execute(sql`update idempotent_requests set ${sql.identifier(column)} = now() - interval '1 second'`),
  );
}

describe("a request with an Idempotency-Key", () => {
  it("is run by one of many that come at the same time", async () => {
    const request = newRequest();
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimKey(db, request)));
    expect(claims.filter((claim) => claim.outcome === "run")).toHaveLength(1);
    expect(claims.filter((claim) => claim.outcome === "running")).toHaveLength(19);
  });

  it("is answered from the first run when it is repeated", async () => {
    const request = newRequest();
    await keepAnswer(db, request, await claimed(request), '{"payload":{"id":"1"}}');
    expect(await claimKey(db, request)).toEqual({ outcome: "done", answer: '{"payload":{"id":"1"}}' });
  });

  it("is refused with a key that another request has", async () => {
    const request = newRequest();
    await claimed(request);
    expect(await claimKey(db, { ...request, fingerprint: "create-b" })).toEqual({ outcome: "other-request" });
  });

  it("shares no key with other users and tenants", async () => {
    const request = newRequest();
    await keepAnswer(db, request, await claimed(request), "{}");
    await claimed({ ...request, userId: "bob" });
    await claimed({ ...request, tenantId: randomUUID() });
  });

  it("is run again when its runner died, and the dead one's answer is not kept", async () => {
    const request = newRequest();
    const dead = await claimed(request);
    await ageBy(request, "lease_until");
    const second = await claimed(request);
    await keepAnswer(db, request, dead, "late");
    expect(await claimKey(db, request)).toMatchObject({ outcome: "running" });
    await keepAnswer(db, request, second, "good");
    expect(await claimKey(db, request)).toEqual({ outcome: "done", answer: "good" });
  });

  it("is not run again when its runner died, where that could take effect twice", async () => {
    const request = newRequest({ repeatable: false });
    const dead = await claimed(request);
    expect(await claimKey(db, request)).toMatchObject({ outcome: "running" });
    await ageBy(request, "lease_until");
    expect(await claimKey(db, request)).toEqual({ outcome: "unknown" });
    await keepAnswer(db, request, dead, "late");
    expect(await claimKey(db, request)).toEqual({ outcome: "done", answer: "late" });
  });

  it("keeps its key while its runner lives", async () => {
    const request = newRequest();
    const run = await claimed(request);
    await ageBy(request, "lease_until");
    await extendLease(db, request, run);
    expect(await claimKey(db, request)).toMatchObject({ outcome: "running" });
  });

  it("may come again when its run was given back", async () => {
    const request = newRequest();
    await releaseKey(db, request, await claimed(request));
    await claimed(request);
  });

  it("is forgotten after its time, and leaves nothing behind", async () => {
    const request = newRequest();
    await keepAnswer(db, request, await claimed(request), "old");
    await ageBy(request, "expires_at");
    await claimed(newRequest({ tenantId: request.tenantId }));
    const rows = await withTenant(db, request.tenantId, (tx) => tx.select().from(idempotentRequests));
    expect(rows).toHaveLength(1);
    await claimed(request);
  });

  it("leaves neither key nor answer readable in the database", async () => {
    const request = newRequest();
    await keepAnswer(db, request, await claimed(request), '{"secret":"axn_topsecret"}');
    const rows = await withTenant(db, request.tenantId, (tx) => tx.select().from(idempotentRequests));
    expect(rows[0]?.state).toBe("done");
    expect(JSON.stringify(rows)).not.toContain("topsecret");
    expect(JSON.stringify(rows)).not.toContain(request.key);
  });

  it("whose answer is too large is known to be done", async () => {
    const request = newRequest();
    await keepAnswer(db, request, await claimed(request), "x".repeat(70_000));
    expect(await claimKey(db, request)).toEqual({ outcome: "done", answer: undefined });
  });
});
