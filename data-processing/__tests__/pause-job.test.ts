import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { connectionString, db } from "../db.js";
import { claimJob, LeaseLostError } from "../entity-conversion/domain/job-queue.js";
import { JobWorker, type JobWorkerOptions } from "../entity-conversion/domain/job-worker.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, ended, expectedCounts, newTenant, runner, toldRecords } from "./job-world.js";

const workers: JobWorker[] = [];
const idle = new AbortController().signal;

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

/** Runs a job whose pause is asked for while its first batch of 10 is in hand. */
async function pausedAfterFirstBatch(
  authData: CallerIdentity,
  jobId: string,
  during?: () => Promise<unknown>,
) {
  const claim = await claimFor(jobId, authData);
  const onBatchWritten = async (_: unknown, batch: number) => {
    if (batch > 1) return;
    const asked = await data_processing.pauseJob({ jobId }, { authData });
    expect(asked).toMatchObject({ state: "running", pauseRequested: true });
    await during?.();
  };
  await runJob({ ...runner, batchSize: 10, onBatchWritten }, claim, idle);
  return claim;
}

describe("a paused job", () => {
  it("stops after the batch in hand and goes on behind it when it is resumed, after a restart of the workers too", async () => {
    const { authData, ruleId } = await newTenant(50);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    await pausedAfterFirstBatch(authData, id);
    const paused = await data_processing.getJob({ jobId: id }, { authData });
    expect(paused).toMatchObject({ state: "paused", pauseRequested: false, processed: 10, total: 50 });
    expect(await claimJob(db, 5n, async (tenant) => (tenant === authData.tenantId ? 10 : 0))).toBeUndefined();
    expect(await data_processing.resumeJob({ jobId: id }, { authData })).toMatchObject({ state: "queued" });
    startWorker({ batchSize: 10 });
    const job = await ended(id, authData);
    expect(job).toMatchObject({ state: "completed", processed: 50, ...expectedCounts(50) });
    expect(job.startedAt).toEqual(paused.startedAt);
    expect(await contacts(authData)).toHaveLength(job.converted);
    expect((await toldRecords(id)).length).toBe(50);
  });

  it("waits to be resumed where its worker dies before the pause takes effect", async () => {
    const { authData, ruleId } = await newTenant(30);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const dies = pausedAfterFirstBatch(authData, id, () => Promise.reject(new LeaseLostError(id)));
    await expect(dies).rejects.toThrow(LeaseLostError);
    await runJob({ ...runner, batchSize: 10 }, await claimFor(id, authData), idle);
    expect(await data_processing.getJob({ jobId: id }, { authData })).toMatchObject({
      state: "paused",
      processed: 0,
    });
    await data_processing.resumeJob({ jobId: id }, { authData });
    await runJob(runner, await claimFor(id, authData), idle);
    expect(await data_processing.getJob({ jobId: id }, { authData })).toMatchObject(expectedCounts(30));
  });

  it("cannot be written to by the worker that had it before", async () => {
    const { authData, ruleId } = await newTenant(20);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const old = await pausedAfterFirstBatch(authData, id);
    await data_processing.resumeJob({ jobId: id }, { authData });
    const claim = await claimFor(id, authData);
    expect(claim.fence).toBeGreaterThan(old.fence);
    await expect(runJob(runner, old, idle)).rejects.toThrow(LeaseLostError);
    await runJob(runner, claim, idle);
    expect(await data_processing.getJob({ jobId: id }, { authData })).toMatchObject(expectedCounts(20));
  });

  it("lets a later job of its rule run, and can be cancelled", async () => {
    const { authData, ruleId } = await newTenant(5);
    const first = await data_processing.startJob({ ruleId }, { authData });
    expect(await data_processing.pauseJob({ jobId: first.id }, { authData })).toMatchObject({
      state: "paused",
    });
    const second = await data_processing.startJob({ ruleId }, { authData });
    startWorker();
    expect(await ended(second.id, authData)).toMatchObject({ state: "completed" });
    const listed = await data_processing.listJobs({ state: "paused" }, { authData });
    expect(listed.jobs.map((job) => job.id)).toEqual([first.id]);
    expect(await data_processing.cancelJob({ jobId: first.id }, { authData })).toMatchObject({
      state: "cancelled",
    });
  });

  it("runs on where the pause is withdrawn before it takes effect", async () => {
    const { authData, ruleId } = await newTenant(30);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const withdraw = () => data_processing.resumeJob({ jobId: id }, { authData });
    await pausedAfterFirstBatch(authData, id, withdraw);
    expect(await data_processing.getJob({ jobId: id }, { authData })).toMatchObject({ state: "completed" });
  });

  it("is refused in a wrong state, with the reason", async () => {
    const { authData, ruleId } = await newTenant(1);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const refused = (reason: string) => ({ code: "failed_precondition", details: { reason } });
    const call = { jobId: id };
    await expect(data_processing.resumeJob(call, { authData })).rejects.toMatchObject(
      refused("job_not_paused"),
    );
    await data_processing.pauseJob(call, { authData });
    await expect(data_processing.pauseJob(call, { authData })).rejects.toMatchObject(refused("job_paused"));
    await data_processing.cancelJob(call, { authData });
    for (const change of [data_processing.pauseJob, data_processing.resumeJob]) {
      await expect(change(call, { authData })).rejects.toMatchObject(refused("job_ended"));
    }
  });

  it("is not there for another tenant", async () => {
    const { authData, ruleId } = await newTenant(1);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    for (const change of [data_processing.pauseJob, data_processing.resumeJob]) {
      await expect(change({ jobId: id }, { authData: newCaller() })).rejects.toMatchObject({
        code: "not_found",
      });
    }
    await data_processing.cancelJob({ jobId: id }, { authData });
  });
});
