import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { type JobClaim, LeaseLostError } from "../entity-conversion/domain/job-queue.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import type { ConversionJob, StartJobRequest } from "../entity-conversion/types.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, newTenant, runner, streamingWorld, toldRecords } from "./job-world.js";

const idle = new AbortController().signal;

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

/** Runs a job whose worker dies once after each batch is written and before it is recorded. */
async function runWithCrashes(
  request: StartJobRequest,
  authData: CallerIdentity,
  world: typeof runner.world = runner.world,
): Promise<ConversionJob> {
  const { id } = await data_processing.startJob(request, { authData });
  const crashed = new Set<number>();
  const onBatchWritten = async (_: JobClaim, batch: number) => {
    if (crashed.has(batch)) return;
    crashed.add(batch);
    throw new LeaseLostError(id);
  };
  for (;;) {
    const claim = await claimFor(id, authData);
    const end = await runJob({ ...runner, world, batchSize: 9, onBatchWritten }, claim, idle).then(
      () => "ended",
      () => "crashed",
    );
    if (end === "ended") return await data_processing.getJob({ jobId: id }, { authData });
  }
}

const counts = ({ processed, converted, unchanged, skipped, failed, filtered }: ConversionJob) => ({
  processed,
  converted,
  unchanged,
  skipped,
  failed,
  filtered,
});

const executors = [
  ["set-based", runner.world],
  ["streaming", streamingWorld],
] as const;

describe("a job with a filter", () => {
  for (const [executor, world] of executors) {
    it(`converts the records that it holds for, tells of no others, and goes on after crashes: ${executor}`, async () => {
      const { authData, ruleId } = await newTenant(60);
      // E-mail is null for each 25th: there the filter is null, and does not hold.
      const filter = 'record.country == "DE" && lower(record.email) != "p2@example.org"';
      const job = await runWithCrashes({ ruleId, filter }, authData, world);
      expect(job).toMatchObject({ state: "completed", executor, filter, total: 60 });
      const matching = Array.from({ length: 60 }, (_, at) => at + 1).filter(
        (id) => id % 7 !== 0 && id % 2 === 0 && id % 25 !== 0,
      );
      const minors = matching.filter((id) => id % 10 === 0);
      const all = job.converted + job.skipped;
      // " P2@Example.ORG" has a space in front, so that it is not the one that is left out.
      expect(all).toBe(matching.length);
      expect(counts(job)).toEqual({
        processed: 60,
        converted: matching.length - minors.length,
        unchanged: 0,
        skipped: minors.length,
        failed: 0,
        filtered: 60 - matching.length,
      });
      expect(await contacts(authData)).toHaveLength(job.converted);
      expect((await toldRecords(job.id)).map(Number).sort((a, b) => a - b)).toEqual(matching);
    });

    it(`counts a record that the filter fails on as failed: ${executor}`, async () => {
      const { authData, ruleId } = await newTenant(20);
      const filter = "10 / (record.id - 3) < 0 || record.id > 18";
      const job = await runWithCrashes({ ruleId, filter }, authData, world);
      expect(job).toMatchObject({ processed: 20, failed: 1 });
      expect(job.failureReasons).toMatchObject([{ code: "expression_failed", path: "filter", count: 1 }]);
    });
  }

  it("is refused with the position where the filter does not fit the live schema", async () => {
    const { authData, ruleId } = await newTenant(1);
    const start = (filter: string) => data_processing.startJob({ ruleId, filter }, { authData });
    await expect(start("record.id > 3 &&\n record.nobody == 1")).rejects.toMatchObject({
      code: "invalid_argument",
      details: {
        reason: "invalid_filter",
        problems: [{ path: "filter", code: "unknown_field", position: { line: 2 } }],
      },
    });
    await expect(start("record.id + 1")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(
      data_processing.startJob({ ruleId, filter: "true", recordIds: ["1"] }, { authData }),
    ).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await data_processing.listJobs({}, { authData })).jobs).toEqual([]);
  });
});

describe("a job over listed records", () => {
  for (const [executor, world] of executors) {
    it(`converts each of them once, says which are not there, and goes on after crashes: ${executor}`, async () => {
      const { authData, ruleId } = await newTenant(40);
      const recordIds = [
        "3",
        "1",
        "7",
        "10",
        "999",
        "3",
        "02",
        ...Array.from({ length: 12 }, (_, at) => `${at + 11}`),
      ];
      const job = await runWithCrashes({ ruleId, recordIds }, authData, world);
      // 14 and 21 are of an unknown country, like 7; 10 and 20 are minors.
      expect(job).toMatchObject({ state: "completed", executor, recordCount: 18, total: 18 });
      expect(counts(job)).toEqual({
        processed: 18,
        converted: 12,
        unchanged: 0,
        skipped: 2,
        failed: 4,
        filtered: 0,
      });
      const { failures } = await data_processing.listJobFailures({ jobId: job.id }, { authData });
      const gone = failures.find(({ sourceRecordId }) => sourceRecordId === "999");
      expect(gone?.reason.code).toBe("source_record_not_found");
      expect(await contacts(authData)).toHaveLength(12);
      expect(new Set(await toldRecords(job.id)).size).toBe(18);
    });
  }

  it("is refused for ids that cannot be ids, with their place, and for lists that are empty or too long", async () => {
    const { authData, ruleId } = await newTenant(1);
    const start = (recordIds: string[]) => data_processing.startJob({ ruleId, recordIds }, { authData });
    await expect(start(["1", "2", "x'; drop table people", "4", "y"])).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason: "bad_record_id", path: "recordIds[2]" },
    });
    await expect(start(["1", "99999999999999999999"])).rejects.toMatchObject({
      details: { path: "recordIds[1]" },
    });
    await expect(start([])).rejects.toMatchObject({ details: { reason: "bad_record_ids" } });
    const many = Array.from({ length: 10_001 }, (_, at) => String(at));
    await expect(start(many)).rejects.toMatchObject({ details: { reason: "bad_record_ids" } });
  });

  it("cannot be started on another tenant's rule", async () => {
    const { ruleId } = await newTenant(1);
    await expect(
      data_processing.startJob({ ruleId, recordIds: ["1"] }, { authData: newCaller() }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
