import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { type JobClaim, LeaseLostError } from "../entity-conversion/domain/job-queue.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import type { ConversionJob } from "../entity-conversion/types.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, expectedCounts, newTenant, runner, streamingWorld } from "./job-world.js";

const idle = new AbortController().signal;

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

type World = typeof runner.world;

async function run(
  id: string,
  authData: CallerIdentity,
  world: World = runner.world,
): Promise<ConversionJob> {
  await runJob({ ...runner, world, batchSize: 4 }, await claimFor(id, authData), idle);
  return await data_processing.getJob({ jobId: id }, { authData });
}

const addCountry = (authData: CallerIdentity) =>
  data_processing.loadRecords(
    { entity: "countries", records: [{ code: "XX", name: "Elsewhere" }] },
    { authData },
  );

describe("a retry of a job", () => {
  for (const executor of ["set-based", "streaming"] as const) {
    it(`converts the failed records only, ${executor}`, async () => {
      const world = executor === "streaming" ? streamingWorld : runner.world;
      const { authData, ruleId } = await newTenant(60);
      const first = await run((await data_processing.startJob({ ruleId }, { authData })).id, authData, world);
      const { failed, converted } = expectedCounts(60);
      expect(first.failed).toBe(failed);
      await addCountry(authData);
      const retry = await data_processing.retryJob({ jobId: first.id }, { authData });
      expect(retry).toMatchObject({ state: "queued", retryOf: first.id, total: failed, recordCount: failed });
      const done = await run(retry.id, authData, world);
      // Numbers 25 and 50, the latter of which is a minor, have no e-mail.
      expect(done).toMatchObject({ state: "completed", executor, processed: failed, failed: 1, skipped: 0 });
      expect(done.converted).toBe(failed - 1);
      expect(await contacts(authData)).toHaveLength(converted + failed - 1);
      const again = await data_processing.retryJob({ jobId: done.id }, { authData });
      expect(again).toMatchObject({ retryOf: done.id, total: 1 });
      await data_processing.cancelJob({ jobId: again.id }, { authData });
    });
  }

  it("goes on after crashes at each batch with exact counts", async () => {
    const { authData, ruleId } = await newTenant(100);
    const first = await run((await data_processing.startJob({ ruleId }, { authData })).id, authData);
    await addCountry(authData);
    const { id } = await data_processing.retryJob({ jobId: first.id }, { authData });
    const crashed = new Set<number>();
    const onBatchWritten = async (_: JobClaim, batch: number) => {
      if (crashed.has(batch)) return;
      crashed.add(batch);
      throw new LeaseLostError(id);
    };
    for (let end = "crashed"; end === "crashed"; ) {
      const claim = await claimFor(id, authData);
      end = await runJob({ ...runner, batchSize: 5, onBatchWritten }, claim, idle).then(
        () => "ended",
        () => "crashed",
      );
    }
    expect(crashed.size).toBe(Math.ceil(first.failed / 5));
    const done = await data_processing.getJob({ jobId: id }, { authData });
    expect(done).toMatchObject({ state: "completed", processed: first.failed, failed: 2 });
    expect(done.converted).toBe(first.failed - 2);
  });

  it("answers a repeated idempotency key with the first retry", async () => {
    const { authData, ruleId } = await newTenant(7);
    const first = await run((await data_processing.startJob({ ruleId }, { authData })).id, authData);
    const call = { jobId: first.id, idempotencyKey: "retry once" };
    const retry = await data_processing.retryJob(call, { authData });
    expect((await data_processing.retryJob(call, { authData })).id).toBe(retry.id);
    await data_processing.cancelJob({ jobId: retry.id }, { authData });
  });

  it("is refused while the job runs and where nothing failed, with the reason", async () => {
    const { authData, ruleId } = await newTenant(6);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    const refused = (reason: string) => ({ code: "failed_precondition", details: { reason } });
    const retry = () => data_processing.retryJob({ jobId: id }, { authData });
    await expect(retry()).rejects.toMatchObject(refused("job_not_ended"));
    await run(id, authData);
    await expect(retry()).rejects.toMatchObject(refused("nothing_to_retry"));
  });

  it("is not there for another tenant", async () => {
    const { authData, ruleId } = await newTenant(7);
    const first = await run((await data_processing.startJob({ ruleId }, { authData })).id, authData);
    await expect(
      data_processing.retryJob({ jobId: first.id }, { authData: newCaller() }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
