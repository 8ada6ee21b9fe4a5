import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, definition, newTenant, runner, toldRecords } from "./job-world.js";

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

const idle = new AbortController().signal;

/** A draft that converts minors too, and writes the names of others in capitals. */
const draft = {
  ...definition,
  when: "record.age >= 10",
  mappings: definition.mappings.map((mapping) =>
    mapping.target === "full_name"
      ? {
          target: "full_name",
          expression:
            'record.id % 2 == 0 ? upper(record.first_name) : joinText(" ", record.first_name, record.last_name)',
        }
      : mapping,
  ),
};

async function started(count: number, options: { limit?: number; filter?: string } = {}) {
  const { authData, ruleId } = await newTenant(count);
  const run = await data_processing.runShadow(
    { old: { ruleId }, new: { draft }, background: true, ...options },
    { authData },
  );
  return { authData, ruleId, run };
}

async function work(jobId: string, authData: CallerIdentity, options = {}) {
  await runJob({ ...runner, batchSize: 30, ...options }, await claimFor(jobId, authData), idle);
}

async function allDifferences(runId: string, authData: CallerIdentity, filters = {}, limit = 7) {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await data_processing.listShadowDifferences(
      { runId, limit, cursor, ...filters },
      { authData },
    );
    found.push(...page.differences.map(({ sourceRecordId }) => sourceRecordId));
    cursor = page.nextCursor;
    if (!cursor) return found;
  }
}

describe("a shadow run in the background", () => {
  it("compares all records as a job, with progress, and writes nothing", async () => {
    const { authData, run } = await started(120);
    expect(run).toMatchObject({ state: "queued", compared: 0, old: { version: 1 }, differences: [] });
    await work(run.jobId!, authData);
    const done = await data_processing.getShadowRun({ runId: run.id }, { authData });
    expect(done).toMatchObject({
      state: "completed",
      total: 120,
      compared: 120,
      fields: [{ field: "full_name" }],
      oldEffects: { skip: 12 },
      newEffects: { skip: 0 },
    });
    expect(done.identical + done.different).toBe(120);
    const atOnce = await data_processing.runShadow(
      { old: run.old, new: { draft }, limit: 1_000 },
      { authData },
    );
    const counts = ({ oldEffects, newEffects, fields, effects, different }: typeof done) => ({
      oldEffects,
      newEffects,
      fields,
      effects,
      different,
    });
    expect(counts(done)).toEqual(counts(atOnce));
    expect(await contacts(authData)).toEqual([]);
    expect(await toldRecords(run.jobId!)).toEqual([]);
    const job = await data_processing.getJob({ jobId: run.jobId! }, { authData });
    expect(job).toMatchObject({ kind: "shadow", processed: 120, converted: 0 });
  });

  it("keeps the differences, in pages, by kind and by field", async () => {
    const { authData, run } = await started(60);
    await work(run.jobId!, authData);
    const all = await allDifferences(run.id, authData);
    const done = await data_processing.getShadowRun({ runId: run.id }, { authData });
    expect(all).toHaveLength(done.different);
    expect(new Set(all).size).toBe(all.length);
    expect(await allDifferences(run.id, authData, { sort: "-place" })).toEqual([...all].reverse());
    const byRecord = await allDifferences(run.id, authData, { sort: "sourceRecordId" });
    expect(byRecord).toEqual([...all].sort());
    expect(await allDifferences(run.id, authData, { sort: "-sourceRecordId" })).toEqual(byRecord.reverse());
    await expect(allDifferences(run.id, authData, { sort: "kind" })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of place, -place, sourceRecordId, -sourceRecordId.",
    });
    const effects = await allDifferences(run.id, authData, { kind: "effect" });
    expect(effects).toEqual(["10", "20", "30", "40", "50", "60"]);
    const values = await allDifferences(run.id, authData, { field: "full_name" });
    expect([...effects, ...values].sort()).toEqual([...all].sort());
    expect(await allDifferences(run.id, authData, { field: 'x"}]' })).toEqual([]);
  });

  it("counts no record twice where a worker dies between trying a batch and recording it", async () => {
    const { authData, run } = await started(60);
    let deaths = 0;
    const dying = {
      onBatchWritten: async () => {
        if (deaths++ === 1) throw Object.assign(new Error("died"), { code: "ECONNRESET" });
      },
      firstRetryMs: 1,
    };
    await work(run.jobId!, authData, dying);
    const done = await data_processing.getShadowRun({ runId: run.id }, { authData });
    expect(done).toMatchObject({ state: "completed", compared: 60 });
    expect(await allDifferences(run.id, authData)).toHaveLength(done.different);
  });

  it("stops at its limit, leaves out what its filter does, and can be cancelled", async () => {
    const { authData, run } = await started(60, { limit: 25 });
    await work(run.jobId!, authData, { batchSize: 10 });
    expect(await data_processing.getShadowRun({ runId: run.id }, { authData })).toMatchObject({
      compared: 25,
    });
    const filtered = await started(30, { filter: "record.id > 20" });
    await work(filtered.run.jobId!, filtered.authData);
    expect(
      await data_processing.getShadowRun({ runId: filtered.run.id }, { authData: filtered.authData }),
    ).toMatchObject({ compared: 10, filtered: 20 });
    const cancelled = await started(5);
    await data_processing.cancelJob({ jobId: cancelled.run.jobId! }, { authData: cancelled.authData });
    expect(
      await data_processing.getShadowRun({ runId: cancelled.run.id }, { authData: cancelled.authData }),
    ).toMatchObject({ state: "cancelled", compared: 0 });
    await expect(data_processing.undoJob({ jobId: run.jobId! }, { authData })).rejects.toMatchObject({
      details: { reason: "nothing_to_undo" },
    });
  });

  it("refuses what a job cannot compare", async () => {
    const { authData, ruleId } = await newTenant(1);
    const refused = (request: object) =>
      expect(
        data_processing.runShadow(
          { old: { ruleId }, new: { ruleId }, background: true, ...request },
          { authData },
        ),
      ).rejects;
    await refused({ recordIds: ["1"] }).toMatchObject({ details: { path: "recordIds" } });
    await refused({ limit: 1_000_001 }).toMatchObject({ details: { path: "limit" } });
    await refused({ old: { draft }, new: { draft } }).toMatchObject({ details: { path: "background" } });
    await refused({ filter: "record.nothing > 1" }).toMatchObject({ code: "invalid_argument" });
  });
});

describe("shadow runs that were made", () => {
  it("are listed newest first, those at once and those in the background, by rule", async () => {
    const { authData, ruleId, run } = await started(3);
    const atOnce = await data_processing.runShadow({ old: { ruleId }, new: { draft } }, { authData });
    const { shadowRuns } = await data_processing.listShadowRuns({ ruleId }, { authData });
    expect(shadowRuns.map(({ id, state }) => [id, state])).toEqual([
      [atOnce.id, "completed"],
      [run.id, "queued"],
    ]);
    const first = await data_processing.listShadowRuns({ limit: 1, sort: "createdAt" }, { authData });
    expect(first.shadowRuns.map(({ id }) => id)).toEqual([run.id]);
    const second = await data_processing.listShadowRuns(
      { limit: 1, sort: "createdAt", cursor: first.nextCursor },
      { authData },
    );
    expect(second.shadowRuns.map(({ id }) => id)).toEqual([atOnce.id]);
  });

  it("are not there for another tenant", async () => {
    const { run } = await started(1);
    const other = { authData: newCaller() };
    const missing = { code: "not_found", details: { reason: "unknown_shadow_run" } };
    await expect(data_processing.getShadowRun({ runId: run.id }, other)).rejects.toMatchObject(missing);
    await expect(data_processing.listShadowDifferences({ runId: run.id }, other)).rejects.toMatchObject(
      missing,
    );
    await expect(data_processing.getShadowRun({ runId: "1' OR '1'='1" }, other)).rejects.toMatchObject(
      missing,
    );
    expect((await data_processing.listShadowRuns({}, other)).shadowRuns).toEqual([]);
  });

  it("show where an imported legacy rule and its successor differ", async () => {
    const { authData, ruleId } = await newTenant(20);
    const row = {
      id: 1,
      name: "old people",
      source_entity: "people",
      target_entity: "contacts",
      field_mappings: {
        id: "id",
        full_name: "first_name",
        email: { source: "email", transform: "lowercase" },
      },
      conditions: { age: 40 },
      natural_key: "id",
    };
    const { rules } = await data_processing.importLegacyRules({ rows: [row] }, { authData });
    expect(rules[0]).toMatchObject({ action: "created" });
    const run = await data_processing.runShadow(
      { old: { ruleId: rules[0]!.ruleId! }, new: { ruleId } },
      { authData },
    );
    expect(run.compared).toBe(20);
    expect(run.fields.map(({ field }) => field).sort()).toEqual(["country", "email", "full_name"]);
    expect(run.effects).toEqual([{ old: "create", new: "fail", records: 2 }]);
    expect(
      (await data_processing.listShadowRuns({ ruleId: rules[0]!.ruleId! }, { authData })).shadowRuns,
    ).toHaveLength(1);
  });
});
