import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { goesByNewVersion } from "../entity-conversion/domain/rollout-rows.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, definition, newTenant, runner, streamingWorld } from "./job-world.js";

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

/** The rule's next version: names in capitals. */
const louder = {
  ...definition,
  mappings: definition.mappings.map((mapping) =>
    mapping.target === "full_name"
      ? { target: "full_name", expression: "upper(record.first_name)" }
      : mapping,
  ),
};
const idle = new AbortController().signal;

async function withTwoVersions(count: number) {
  const tenant = await newTenant(count);
  await data_processing.updateRule(
    { ruleId: tenant.ruleId, definition: louder },
    { authData: tenant.authData },
  );
  return tenant;
}

async function names(authData: CallerIdentity): Promise<Map<string, string>> {
  const records = (await contacts(authData)) as { recordId: string; fields: { full_name: string } }[];
  return new Map(records.map(({ recordId, fields }) => [recordId, fields.full_name]));
}

describe("a shadow run", () => {
  it("shows where two versions differ on the same records, and writes nothing", async () => {
    const { authData, ruleId } = await withTwoVersions(40);
    const run = await data_processing.runShadow(
      { old: { ruleId, version: 1 }, new: { ruleId }, limit: 1000 },
      { authData },
    );
    expect(run).toMatchObject({ compared: 40, fields: [{ field: "full_name" }], effects: [] });
    expect(run.different).toBe(run.oldEffects.create);
    expect(run.identical).toBe(40 - run.different);
    expect(run.differences[0]).toMatchObject({
      sourceRecordId: "1",
      old: { effect: "create", targetRecordId: "1" },
      fields: [{ field: "full_name", old: "First1 Last", new: "FIRST1" }],
    });
    expect(await contacts(authData)).toEqual([]);
  });

  it("compares a saved rule with a draft, also in which records they write", async () => {
    const { authData, ruleId } = await newTenant(20);
    const draft = { ...definition, when: "record.age >= 10" };
    const run = await data_processing.runShadow({ old: { ruleId }, new: { draft } }, { authData });
    expect(run.effects).toEqual([{ old: "skip", new: "create", records: 2 }]);
    expect(run.fields).toEqual([]);
    const same = await data_processing.runShadow(
      { old: { ruleId }, new: { draft: definition } },
      { authData },
    );
    expect(same).toMatchObject({ identical: 20, different: 0, differences: [] });
  });

  it("refuses rules without a common source, and another tenant's", async () => {
    const { authData, ruleId } = await newTenant(1);
    const other = {
      name: "x",
      source: { entity: "countries" },
      target: { entity: "contacts" },
      naturalKey: ["id"],
      mappings: [
        { target: "id", constant: 1 },
        { target: "full_name", column: "name" },
        { target: "email", column: "name" },
      ],
    };
    await expect(
      data_processing.runShadow({ old: { ruleId }, new: { draft: other } }, { authData }),
    ).rejects.toMatchObject({ code: "invalid_argument", details: { reason: "source_changed", path: "new" } });
    await expect(
      data_processing.runShadow({ old: { ruleId }, new: { ruleId } }, { authData: newCaller() }),
    ).rejects.toMatchObject({ code: "not_found", details: { path: "old" } });
  });
});

describe("a rollout", () => {
  it("gives a share of the records to the new version, always the same ones, in single executions and jobs", async () => {
    for (const world of [runner.world, streamingWorld]) {
      const { authData, ruleId } = await withTwoVersions(60);
      const rollout = await data_processing.startRollout({ ruleId, percent: 40 }, { authData });
      expect(rollout).toMatchObject({ oldVersion: 1, newVersion: 2, percent: 40, state: "running" });
      const single = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
      expect(single.ruleVersion).toBe(goesByNewVersion(ruleId, "1", 40) ? 2 : 1);
      const { id } = await data_processing.startJob({ ruleId }, { authData });
      await runJob({ ...runner, world, batchSize: 7 }, await claimFor(id, authData), idle);
      const job = await data_processing.getJob({ jobId: id }, { authData });
      expect(job).toMatchObject({ state: "completed", processed: 60 });
      const found = await names(authData);
      expect(found.size).toBeGreaterThan(40);
      for (const [recordId, name] of found) {
        expect(name === name.toUpperCase()).toBe(goesByNewVersion(ruleId, recordId, 40));
      }
    }
  });

  it("lets records go over as the share grows, and none back; finished, all have", async () => {
    const { authData, ruleId } = await withTwoVersions(30);
    await data_processing.startRollout({ ruleId, percent: 0 }, { authData });
    const convert = async () => {
      const { id } = await data_processing.startJob({ ruleId }, { authData });
      await runJob({ ...runner, batchSize: 9 }, await claimFor(id, authData), idle);
      return [...(await names(authData))].filter(([, name]) => name === name.toUpperCase()).map(([id]) => id);
    };
    expect(await convert()).toEqual([]);
    await data_processing.changeRollout({ ruleId, percent: 50 }, { authData });
    const half = await convert();
    expect(half.length).toBeGreaterThan(0);
    await data_processing.changeRollout({ ruleId, percent: 75 }, { authData });
    expect(await convert()).toEqual(expect.arrayContaining(half));
    await data_processing.finishRollout({ ruleId }, { authData });
    expect(await convert()).toHaveLength((await contacts(authData)).length);
    await expect(data_processing.changeRollout({ ruleId, percent: 1 }, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "rollout_ended" },
    });
  });

  it("goes back to the old version when it is aborted", async () => {
    const { authData, ruleId } = await withTwoVersions(10);
    await data_processing.startRollout({ ruleId, percent: 100 }, { authData });
    await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect((await names(authData)).get("1")).toBe("FIRST1");
    await data_processing.abortRollout({ ruleId }, { authData });
    const again = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect(again).toMatchObject({ outcome: "converted", ruleVersion: 3 });
    expect((await names(authData)).get("1")).toBe("First1 Last");
    expect(await data_processing.getRule({ ruleId }, { authData })).toMatchObject({ latestVersion: 3 });
  });

  it("keeps the rule's versions as they are while it runs", async () => {
    const { authData, ruleId } = await withTwoVersions(1);
    await data_processing.startRollout({ ruleId, percent: 10 }, { authData });
    await expect(data_processing.updateRule({ ruleId, definition }, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "rollout_running" },
    });
  });

  it("refuses what makes no sense, and is not there for another tenant", async () => {
    const { authData, ruleId } = await withTwoVersions(1);
    for (const percent of [-1, 101, 1.5]) {
      await expect(data_processing.startRollout({ ruleId, percent }, { authData })).rejects.toMatchObject({
        code: "invalid_argument",
        details: { reason: "bad_percent" },
      });
    }
    for (const oldVersion of [0, 2, 7]) {
      const start = data_processing.startRollout({ ruleId, oldVersion, percent: 1 }, { authData });
      await expect(start).rejects.toMatchObject({ details: { reason: "bad_version" } });
    }
    await expect(data_processing.getRollout({ ruleId }, { authData })).rejects.toMatchObject({
      code: "not_found",
      details: { reason: "unknown_rollout" },
    });
    await data_processing.startRollout({ ruleId, percent: 1 }, { authData });
    const stranger = { authData: newCaller() };
    for (const call of [
      data_processing.getRollout,
      data_processing.finishRollout,
      data_processing.abortRollout,
    ]) {
      await expect(call({ ruleId }, stranger)).rejects.toMatchObject({
        code: "not_found",
        details: { reason: "unknown_rule" },
      });
    }
  });
});
