import { sql } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { connectionString, db } from "../db.js";
import { claimJob, type JobClaim, LeaseLostError } from "../entity-conversion/domain/job-queue.js";
import { JobWorker, type JobWorkerOptions } from "../entity-conversion/domain/job-worker.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import {
  claimFor,
  contacts,
  definition,
  ended,
  expectedCounts,
  newTenant,
  runner,
  streamingWorld,
  toldRecords,
} from "./job-world.js";

const workers: JobWorker[] = [];

// Jobs are run by the workers that tests start, and events stay in the outbox to be looked at.
beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

function startWorker(options: Partial<JobWorkerOptions> = {}): JobWorker {
  const worker = new JobWorker({ ...runner, connectionString, limitOf: async () => 2, ...options });
  workers.push(worker);
  return worker;
}

const idle = new AbortController().signal;

describe("a conversion job", () => {
  it("converts a whole entity in batches and says why records were left out", async () => {
    const { authData, ruleId } = await newTenant(200);
    startWorker({ batchSize: 30 });
    const started = await data_processing.startJob({ ruleId }, { authData });
    const job = await ended(started.id, authData);
    expect(job).toMatchObject({
      state: "completed",
      total: 200,
      processed: 200,
      executor: "set-based",
      ...expectedCounts(200),
    });
    expect(job.skipReasons).toEqual([
      expect.objectContaining({ code: "condition_not_met", path: "when", count: 20 }),
    ]);
    const reasons = Object.fromEntries(
      job.failureReasons.map((reason) => [`${reason.code} ${reason.path}`, reason.count]),
    );
    expect(reasons).toEqual({
      "lookup_missed mappings[3].lookup": 26,
      "target_constraint mappings[2].expression": 3,
    });
    expect(await contacts(authData)).toHaveLength(job.converted);
    const { failures } = await data_processing.listJobFailures({ jobId: job.id, limit: 1000 }, { authData });
    expect(failures).toHaveLength(job.failed);
    expect(failures[0]).toMatchObject({ sourceRecordId: "7", reason: { code: "lookup_missed" } });
    const failed = (sort: string) =>
      allPages(async (page) => {
        const request = { jobId: job.id, sort, ...page };
        const { failures: items, nextCursor } = await data_processing.listJobFailures(request, { authData });
        return { items, nextCursor };
      });
    expect(await failed("id")).toEqual(failures);
    expect(await failed("-id")).toEqual([...failures].reverse());
    await expect(failed("code")).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of id, -id.",
    });
  });

  it("changes nothing when it runs again", async () => {
    const { authData, ruleId } = await newTenant(60);
    startWorker({ batchSize: 25 });
    await ended((await data_processing.startJob({ ruleId }, { authData })).id, authData);
    const before = await contacts(authData);
    const job = await ended((await data_processing.startJob({ ruleId }, { authData })).id, authData);
    const first = expectedCounts(60);
    expect(job).toMatchObject({ ...first, converted: 0, unchanged: first.converted });
    expect(await contacts(authData)).toEqual(before);
  });

  it("says which fields were filled by their error policy, how often and why, though their records are converted", async () => {
    for (const world of [runner.world, streamingWorld]) {
      const { authData, ruleId } = await newTenant(9);
      const mappings = [
        ...definition.mappings.slice(0, 2),
        {
          target: "email",
          expression: "string(toInt(record.first_name))",
          onError: "default" as const,
          default: "none",
        },
        { target: "country", expression: "string(6 / (record.id % 3))", onError: "null" as const },
      ];
      await data_processing.updateRule({ ruleId, definition: { ...definition, mappings } }, { authData });
      const { id } = await data_processing.startJob({ ruleId }, { authData });
      await runJob({ ...runner, world, batchSize: 4 }, await claimFor(id, authData), idle);
      const job = await data_processing.getJob({ jobId: id }, { authData });
      expect(job).toMatchObject({ state: "completed", converted: 9, failed: 0, failureReasons: [] });
      expect(job.fallbackReasons).toEqual([
        {
          code: "filled_with_default",
          path: "mappings[2].expression",
          count: 9,
          example: expect.stringContaining("First"),
        },
        {
          code: "filled_with_null",
          path: "mappings[3].expression",
          count: 3,
          example: expect.stringContaining("zero"),
        },
      ]);
    }
  });

  it("answers a repeated idempotency key with the first job", async () => {
    const { authData, ruleId } = await newTenant(1);
    const first = await data_processing.startJob({ ruleId, idempotencyKey: "once" }, { authData });
    const second = await data_processing.startJob({ ruleId, idempotencyKey: "once" }, { authData });
    expect(second.id).toBe(first.id);
  });

  it("is not answered for another request by a key that is known", async () => {
    const { authData, ruleId } = await newTenant(2);
    const { id: otherRule } = await data_processing.createRule({ definition }, { authData });
    const keyed = (request: object) =>
      data_processing.startJob({ ruleId, idempotencyKey: "once", ...request }, { authData });
    const first = await keyed({ recordIds: ["1", "2"] });
    expect((await keyed({ recordIds: ["1", "2"] })).id).toBe(first.id);
    const others = [{}, { filter: "true" }, { recordIds: ["1"] }, { recordIds: ["2", "1"] }];
    for (const other of [...others, { recordIds: ["1", "2"], ruleId: otherRule }])
      await expect(keyed(other)).rejects.toMatchObject({
        code: "invalid_argument",
        details: { reason: "idempotency_key_reused" },
      });
    await runJob(runner, await claimFor(first.id, authData), idle);
    const undo = (dryRun: boolean) =>
      data_processing.undoJob({ jobId: first.id, dryRun, idempotencyKey: "undo" }, { authData });
    expect((await undo(true)).id).toBe((await undo(true)).id);
    await expect(undo(false)).rejects.toMatchObject({ details: { reason: "idempotency_key_reused" } });
  });

  it("goes on after a crash between the target's commit and the checkpoint, at every batch: exact counts, no record told twice", async () => {
    for (const executor of ["set-based", "streaming"] as const) {
      const { authData, ruleId } = await newTenant(100);
      const { id } = await data_processing.startJob({ ruleId }, { authData });
      const crashed = new Set<number>();
      for (;;) {
        const crash = async (_claim: JobClaim, batch: number) => {
          if (crashed.has(batch)) return;
          crashed.add(batch);
          throw new LeaseLostError(id);
        };
        const claim = await claimFor(id, authData);
        const world = executor === "streaming" ? streamingWorld : runner.world;
        const end = await runJob(
          { ...runner, world, batchSize: 17, onBatchWritten: crash },
          claim,
          idle,
        ).then(
          () => "ended",
          () => "crashed",
        );
        if (end === "ended") break;
      }
      expect(crashed.size).toBe(6);
      const job = await data_processing.getJob({ jobId: id }, { authData });
      expect(job).toMatchObject({ state: "completed", processed: 100, executor, ...expectedCounts(100) });
      const told = await toldRecords(id);
      expect(told).toHaveLength(100);
      expect(new Set(told).size).toBe(100);
      expect(await contacts(authData)).toHaveLength(job.converted);
    }
  });

  it("is taken over from a worker that hangs, which then can write no more", async () => {
    const { authData, ruleId } = await newTenant(20);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const old = await claimFor(id, authData);
    const hang = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const onBatchWritten = () => {
      reached.resolve();
      return hang.promise;
    };
    const lost = expect(runJob({ ...runner, onBatchWritten }, old, idle)).rejects.toThrow(LeaseLostError);
    await reached.promise;
    await runJob(runner, await claimFor(id, authData), idle);
    hang.resolve();
    await lost;
    expect(await data_processing.getJob({ jobId: id }, { authData })).toMatchObject({
      state: "completed",
      ...expectedCounts(20),
    });
  });

  it("is not taken from a worker that lives", async () => {
    const { authData, ruleId } = await newTenant(20);
    const hang = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    startWorker({
      onBatchWritten: async () => {
        reached.resolve();
        await hang.promise;
      },
    });
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    await reached.promise;
    expect(await claimJob(db, 77n, async () => 10)).toBeUndefined();
    hang.resolve();
    expect(await ended(id, authData)).toMatchObject({ state: "completed" });
  });

  it("is cancelled at once while it waits, and after the batch in hand while it runs", async () => {
    const { authData, ruleId } = await newTenant(50);
    const waiting = await data_processing.startJob({ ruleId }, { authData });
    expect(await data_processing.cancelJob({ jobId: waiting.id }, { authData })).toMatchObject({
      state: "cancelled",
    });
    const reached = Promise.withResolvers<void>();
    const hang = Promise.withResolvers<void>();
    startWorker({
      batchSize: 10,
      onBatchWritten: async () => {
        reached.resolve();
        await hang.promise;
      },
    });
    const running = await data_processing.startJob({ ruleId }, { authData });
    await reached.promise;
    const asked = await data_processing.cancelJob({ jobId: running.id }, { authData });
    expect(asked).toMatchObject({ state: "running", cancelRequested: true });
    hang.resolve();
    expect(await ended(running.id, authData)).toMatchObject({ state: "cancelled", processed: 10 });
    await expect(data_processing.cancelJob({ jobId: running.id }, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
    });
  });

  it("keeps to the tenant's limit, and runs the jobs of one rule one after another", async () => {
    const { authData, ruleId } = await newTenant(1);
    const otherRule = await data_processing.createRule(
      { definition: { ...definition, name: "again" } },
      { authData },
    );
    const first = await data_processing.startJob({ ruleId }, { authData });
    const second = await data_processing.startJob({ ruleId }, { authData });
    const third = await data_processing.startJob({ ruleId: otherRule.id }, { authData });
    const limit = async (tenantId: string) => (tenantId === authData.tenantId ? 2 : 0);
    const holder = startWorker({ limitOf: async () => 0 });
    const owner = (holder as unknown as { owner: bigint }).owner;
    await expect
      .poll(() =>
        db
          .execute(
            sql`select 1 from pg_locks where locktype = 'advisory' and ((classid::bigint << 32) | objid::bigint) = ${owner.toString()}::bigint`,
          )
          .then((rows) => rows.length),
      )
      .toBe(1);
    expect(await claimJob(db, owner, async () => 0)).toBeUndefined();
    expect((await claimJob(db, owner, limit))?.jobId).toBe(first.id);
    expect((await claimJob(db, owner, limit))?.jobId).toBe(third.id);
    expect(await claimJob(db, owner, limit)).toBeUndefined();
    expect((await data_processing.getJob({ jobId: second.id }, { authData })).state).toBe("queued");
  });

  it("goes on where another service fails for a moment", async () => {
    const { authData, ruleId } = await newTenant(30);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const { world } = runner;
    let calls = 0;
    const shaky = (actor: { tenantId: string; userID: string }) => ({
      ...world(actor),
      open: async (name: string) => {
        calls++;
        if (calls <= 3) throw new APIError(ErrCode.Internal, "an internal error occurred");
        return await world(actor).open(name);
      },
    });
    await runJob({ ...runner, world: shaky, firstRetryMs: 5 }, await claimFor(id, authData), idle);
    const job = await data_processing.getJob({ jobId: id }, { authData });
    expect(job).toMatchObject({ state: "completed", ...expectedCounts(30) });
  });

  it("fails with the reason when its target is gone", async () => {
    const { authData, ruleId } = await newTenant(3);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const { world } = runner;
    const broken = (actor: { tenantId: string; userID: string }) => ({
      ...world(actor),
      discover: async (ref: { dataSource: string; entity: string }) =>
        world(actor).discover({ ...ref, entity: ref.entity === "contacts" ? "gone" : ref.entity }),
    });
    await runJob({ ...runner, world: broken }, await claimFor(id, authData), idle);
    const job = await data_processing.getJob({ jobId: id }, { authData });
    expect(job.state).toBe("failed");
    expect(job.error).toContain('no entity "gone"');
  });

  it("is not there for another tenant", async () => {
    const { authData, ruleId } = await newTenant(1);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const stranger = newCaller();
    for (const call of [data_processing.getJob, data_processing.cancelJob, data_processing.listJobFailures]) {
      await expect(call({ jobId: id }, { authData: stranger })).rejects.toMatchObject({ code: "not_found" });
    }
    await expect(data_processing.startJob({ ruleId }, { authData: stranger })).rejects.toMatchObject({
      code: "not_found",
    });
    expect((await data_processing.listJobs({}, { authData: stranger })).jobs).toEqual([]);
    await data_processing.cancelJob({ jobId: id }, { authData });
  });
});
