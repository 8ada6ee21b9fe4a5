import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { connectionString, db } from "../db.js";
import { claimJob } from "../entity-conversion/domain/job-queue.js";
import { JobWorker, type JobWorkerOptions } from "../entity-conversion/domain/job-worker.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { jobQueue, jobs } from "../schema.js";
import { ended, newTenant, runner } from "./job-world.js";

const workers: JobWorker[] = [];

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

function startWorker(
  limitOf: JobWorkerOptions["limitOf"],
  options: Partial<JobWorkerOptions> = {},
): JobWorker {
  const worker = new JobWorker({ ...runner, connectionString, limitOf, ...options });
  workers.push(worker);
  return worker;
}

/** Whether a worker holds its advisory lock, so that what it claims counts as running. */
async function lockHeld(owner: bigint): Promise<boolean> {
  const rows = await db.execute(sql`
    select from pg_locks where locktype = 'advisory'
      and ((classid::bigint << 32) | objid::bigint) = ${owner.toString()}::bigint`);
  return rows.length > 0;
}

/** Puts jobs of as many rules into the queue, as if each rule had its own. */
async function crowd({ tenantId, userID }: CallerIdentity, ruleId: string, count: number): Promise<void> {
  await withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .insert(jobs)
      .values(
        Array.from({ length: count }, () => ({
          tenantId,
          ruleId,
          ruleVersion: 1,
          correlationId: randomUUID(),
          createdBy: userID,
        })),
      )
      .returning({ id: jobs.id });
    await tx.insert(jobQueue).values(rows.map(({ id }) => ({ jobId: id, tenantId, ruleId: randomUUID() })));
  });
}

describe("the workers", () => {
  it("run a tenant's jobs up to its limit, although many older ones of a tenant at its own limit wait", async () => {
    const busy = await newTenant(1);
    await crowd(busy.authData, busy.ruleId, 200);
    const small = await newTenant(1);
    await crowd(small.authData, small.ruleId, 2);
    const holder = startWorker(async () => 0);
    const { owner } = holder as unknown as { owner: bigint };
    await expect.poll(() => lockHeld(owner)).toBe(true);
    const limits = { [busy.authData.tenantId]: 1, [small.authData.tenantId]: 2 };
    const claimed: string[] = [];
    for (let at = 0; at < 4; at++) {
      const claim = await claimJob(db, owner, async (tenantId) => limits[tenantId] ?? 0);
      if (claim) claimed.push(claim.tenantId);
    }
    expect(claimed).toEqual([busy.authData.tenantId, small.authData.tenantId, small.authData.tenantId]);
  });

  it("give one slot to each of two tenants, however many jobs one of them has", async () => {
    const busy = await newTenant(1);
    await crowd(busy.authData, busy.ruleId, 200);
    const small = await newTenant(1);
    const { id } = await data_processing.startJob({ ruleId: small.ruleId }, { authData: small.authData });
    const own = [busy.authData.tenantId, small.authData.tenantId];
    const order: string[] = [];
    startWorker(async (tenantId) => (own.includes(tenantId) ? 50 : 0), {
      slots: 2,
      onBatchWritten: async (claim) => void order.push(claim.tenantId),
    });
    expect(await ended(id, small.authData)).toMatchObject({ state: "completed" });
    expect(order.indexOf(small.authData.tenantId)).toBeLessThan(5);
  });
});
