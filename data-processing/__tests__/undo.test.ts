import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { LeaseLostError } from "../entity-conversion/domain/job-queue.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, expectedCounts, newTenant, runner, streamingWorld } from "./job-world.js";

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
});

const idle = new AbortController().signal;

async function run(
  jobId: string,
  authData: CallerIdentity,
  options: Partial<typeof runner & { batchSize: number }> = {},
) {
  await runJob({ ...runner, ...options }, await claimFor(jobId, authData), idle);
  return await data_processing.getJob({ jobId }, { authData });
}

async function convert(ruleId: string, authData: CallerIdentity, options = {}) {
  const { id } = await data_processing.startJob({ ruleId }, { authData });
  return await run(id, authData, { batchSize: 30, ...options });
}

async function undo(
  jobId: string,
  authData: CallerIdentity,
  options: { force?: boolean; dryRun?: boolean } = {},
) {
  const { id } = await data_processing.undoJob({ jobId, ...options }, { authData });
  return await run(id, authData, { batchSize: 17 });
}

const person = (id: number, fields: object) => ({
  id,
  first_name: `First${id}`,
  last_name: "Last",
  email: `p${id}@example.org`,
  country: "DE",
  age: 40,
  ...fields,
});
const contact = (id: number, fields: object) => ({
  id,
  full_name: `First${id} Last`,
  email: `p${id}@example.org`,
  country: "Germany",
  ...fields,
});

describe("undoing one record", () => {
  it("removes what was made, and lets it be made again", async () => {
    const { authData, ruleId } = await newTenant(2);
    const record = { ruleId, sourceRecordId: "1" };
    await data_processing.executeConversion(record, { authData });
    const preview = await data_processing.undoConversion({ ...record, dryRun: true }, { authData });
    expect(preview.targets).toEqual([{ entity: "contacts", targetRecordId: "1", effect: "deleted" }]);
    expect(await contacts(authData)).toHaveLength(1);
    expect(await data_processing.undoConversion(record, { authData })).toMatchObject({
      ruleVersion: 1,
      dryRun: false,
    });
    expect(await contacts(authData)).toEqual([]);
    await expect(data_processing.undoConversion(record, { authData })).rejects.toMatchObject({
      code: "not_found",
      details: { reason: "not_converted" },
    });
    expect(await data_processing.executeConversion(record, { authData })).toMatchObject({ action: "create" });
  });

  it("goes back conversion by conversion", async () => {
    const { authData, ruleId } = await newTenant(0);
    const record = { ruleId, sourceRecordId: "1" };
    const states: unknown[] = [await contacts(authData)];
    await data_processing.loadRecords(
      { entity: "contacts", records: [contact(1, { full_name: "Before", country: null })] },
      { authData },
    );
    states.push(await contacts(authData));
    for (const first_name of ["Ann", "Anna", "Annabel"]) {
      await data_processing.loadRecords(
        { entity: "people", records: [person(1, { first_name })] },
        { authData },
      );
      await data_processing.executeConversion(record, { authData });
      states.push(await contacts(authData));
    }
    for (const state of states.slice(1, -1).reverse()) {
      const { targets } = await data_processing.undoConversion(record, { authData });
      expect(targets).toEqual([{ entity: "contacts", targetRecordId: "1", effect: "restored" }]);
      expect(await contacts(authData)).toEqual(state);
    }
    await expect(data_processing.undoConversion(record, { authData })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("refuses where the target was changed since, unless forced", async () => {
    const { authData, ruleId } = await newTenant(0);
    const load = (entity: string, record: Record<string, never> | object) =>
      data_processing.loadRecords({ entity, records: [record as never] }, { authData });
    await load("people", person(1, {}));
    await load("contacts", contact(1, { full_name: "Before" }));
    const record = { ruleId, sourceRecordId: "1" };
    await data_processing.executeConversion(record, { authData });
    await load("contacts", contact(1, { full_name: "By hand" }));
    await expect(data_processing.undoConversion(record, { authData })).rejects.toMatchObject({
      code: "failed_precondition",
      details: { reason: "target_changed" },
    });
    await data_processing.undoConversion({ ...record, force: true }, { authData });
    expect(await contacts(authData)).toMatchObject([{ fields: { full_name: "Before" } }]);
  });

  it("is not there for another tenant", async () => {
    const { authData, ruleId } = await newTenant(1);
    await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    const stranger = { authData: newCaller() };
    await expect(
      data_processing.undoConversion({ ruleId, sourceRecordId: "1" }, stranger),
    ).rejects.toMatchObject({ code: "not_found", details: { reason: "unknown_rule" } });
    const job = await convert(ruleId, authData);
    await expect(data_processing.undoJob({ jobId: job.id }, stranger)).rejects.toMatchObject({
      code: "not_found",
      details: { reason: "unknown_job" },
    });
  });
});

describe("undoing a run", () => {
  it("takes back all that it did, by either executor, and again does nothing", async () => {
    for (const world of [runner.world, streamingWorld]) {
      const { authData, ruleId } = await newTenant(100);
      await data_processing.loadRecords(
        { entity: "contacts", records: [contact(1, { full_name: "Before" })] },
        { authData },
      );
      const before = await contacts(authData);
      const job = await convert(ruleId, authData, { world });
      const { converted } = expectedCounts(100);
      expect(job.converted).toBe(converted);
      const tried = await undo(job.id, authData, { dryRun: true });
      expect(tried).toMatchObject({
        kind: "undo",
        undoOf: job.id,
        dryRun: true,
        state: "completed",
        converted,
      });
      expect(await contacts(authData)).toHaveLength(converted);
      const undone = await undo(job.id, authData);
      expect(undone).toMatchObject({
        state: "completed",
        total: converted,
        processed: converted,
        converted,
        failed: 0,
      });
      expect(await contacts(authData)).toEqual(before);
      expect(await undo(job.id, authData)).toMatchObject({ converted: 0, unchanged: converted });
      expect(await convert(ruleId, authData, { world })).toMatchObject({ converted });
    }
  });

  it("leaves what was changed or converted again since, and lists it; forced, it takes that back too", async () => {
    const { authData, ruleId } = await newTenant(6);
    const first = await convert(ruleId, authData);
    expect(first.converted).toBe(6);
    await data_processing.loadRecords(
      { entity: "contacts", records: [contact(2, { full_name: "By hand" })] },
      { authData },
    );
    await data_processing.loadRecords(
      { entity: "people", records: [person(3, { first_name: "Later" })] },
      { authData },
    );
    await convert(ruleId, authData);
    const undone = await undo(first.id, authData);
    expect(undone).toMatchObject({ converted: 4, failed: 2 });
    const { failures } = await data_processing.listJobFailures({ jobId: undone.id }, { authData });
    expect(failures.map(({ sourceRecordId, reason }) => [sourceRecordId, reason.code])).toEqual([
      ["2", "target_changed"],
      ["3", "converted_again"],
    ]);
    expect(await contacts(authData)).toHaveLength(2);
    expect(await undo(first.id, authData, { force: true })).toMatchObject({ converted: 2, failed: 0 });
    expect(await contacts(authData)).toEqual([]);
  });

  it("goes back over several records that wrote the same target", async () => {
    const { authData } = await newTenant(40);
    const definition: RuleDefinitionInput = {
      name: "countries' last person",
      source: { entity: "people" },
      target: { entity: "contacts" },
      naturalKey: ["id"],
      mappings: [
        { target: "id", expression: 'record.country == "DE" ? 1 : 2' },
        { target: "full_name", column: "first_name" },
        { target: "email", constant: "x@y.z" },
      ],
    };
    await data_processing.loadRecords(
      { entity: "contacts", records: [contact(1, { full_name: "Before" })] },
      { authData },
    );
    const before = await contacts(authData);
    const rule = await data_processing.createRule({ definition }, { authData });
    const job = await convert(rule.id, authData);
    expect(job.converted).toBe(40);
    expect(await undo(job.id, authData)).toMatchObject({ converted: 40, failed: 0 });
    expect(await contacts(authData)).toEqual(before);
  });

  it("goes on after a crash between the target's commit and the checkpoint: exact counts", async () => {
    const { authData, ruleId } = await newTenant(60);
    const job = await convert(ruleId, authData);
    const { id } = await data_processing.undoJob({ jobId: job.id }, { authData });
    const crashed = new Set<number>();
    for (let ended = false; !ended; ) {
      const crash = async (_: unknown, batch: number) => {
        if (crashed.has(batch)) return;
        crashed.add(batch);
        throw new LeaseLostError(id);
      };
      const claim = await claimFor(id, authData);
      ended = await runJob({ ...runner, batchSize: 11, onBatchWritten: crash }, claim, idle).then(
        () => true,
        () => false,
      );
    }
    expect(crashed.size).toBeGreaterThan(3);
    const undone = await data_processing.getJob({ jobId: id }, { authData });
    expect(undone).toMatchObject({ converted: job.converted, processed: job.converted, failed: 0 });
    expect(await contacts(authData)).toEqual([]);
  });

  it("needs a job that has ended and is no undoing", async () => {
    const { authData, ruleId } = await newTenant(3);
    const { id } = await data_processing.startJob({ ruleId }, { authData });
    await expect(data_processing.undoJob({ jobId: id }, { authData })).rejects.toMatchObject({
      details: { reason: "job_not_ended" },
    });
    await run(id, authData);
    const first = await data_processing.undoJob({ jobId: id, idempotencyKey: "u" }, { authData });
    const again = await data_processing.undoJob({ jobId: id, idempotencyKey: "u" }, { authData });
    expect(again.id).toBe(first.id);
    const undone = await run(first.id, authData);
    await expect(data_processing.undoJob({ jobId: undone.id }, { authData })).rejects.toMatchObject({
      details: { reason: "undo_of_undo" },
    });
    await expect(data_processing.retryJob({ jobId: undone.id }, { authData })).rejects.toMatchObject({
      details: { reason: "retry_of_undo" },
    });
  });
});

describe("undoing related records", () => {
  it("takes them back with their record, in reverse order, and keeps those that others use", async () => {
    const authData = newCaller();
    const text = (name: string) => ({ name, type: "text" as const });
    const define = (name: string, fields: string[], key: string) =>
      data_processing.createWorkspaceEntity(
        { name, fields: fields.map(text), primaryKey: [key] },
        { authData },
      );
    await define("leads", ["id", "company", "person"], "id");
    await define("accounts", ["name", "note"], "name");
    await define("deals", ["id", "account", "person"], "id");
    const records = ["a", "b", "c"].map((id, at) => ({
      id,
      company: at < 2 ? "Acme" : "Other",
      person: `P ${id}`,
    }));
    await data_processing.loadRecords({ entity: "leads", records }, { authData });
    const definition: RuleDefinitionInput = {
      name: "leads to deals",
      source: { entity: "leads" },
      target: { entity: "deals" },
      naturalKey: ["id"],
      mappings: [
        { target: "id", column: "id" },
        { target: "account", reference: "account" },
        { target: "person", column: "person" },
      ],
      related: [
        {
          name: "account",
          entity: "accounts",
          naturalKey: ["name"],
          mappings: [{ target: "name", column: "company" }],
        },
      ],
    };
    const rule = await data_processing.createRule({ definition }, { authData });
    const ids = async (entity: string) =>
      (await data_processing.listRecords({ entity }, { authData })).records.map((record) => record.recordId);
    const job = await convert(rule.id, authData);
    expect([await ids("deals"), await ids("accounts")]).toEqual([
      ["a", "b", "c"],
      ["Acme", "Other"],
    ]);
    const one = await data_processing.undoConversion({ ruleId: rule.id, sourceRecordId: "a" }, { authData });
    expect(one.targets).toContainEqual({
      related: "account",
      entity: "accounts",
      targetRecordId: "Acme",
      effect: "kept",
    });
    expect([await ids("deals"), await ids("accounts")]).toEqual([
      ["b", "c"],
      ["Acme", "Other"],
    ]);
    expect(await undo(job.id, authData)).toMatchObject({ converted: 2, unchanged: 1, failed: 0 });
    expect(await ids("deals")).toEqual([]);
    // Nobody knows any more who had made the account that was kept.
    expect(await ids("accounts")).toEqual(["Acme"]);
  });
});

describe("undoing what was written back within one database", () => {
  async function written() {
    const { authData, ruleId } = await newTenant(2);
    const rule = await data_processing.getRule({ ruleId }, { authData });
    const writeBack = [{ field: "email", expression: 'concat("done-", record.email)' }];
    const definition = { ...rule.definition, writeBack };
    await data_processing.updateRule({ ruleId, definition }, { authData });
    const people = async () =>
      (await data_processing.listRecords({ entity: "people", limit: 10 }, { authData })).records;
    const before = await people();
    return { authData, ruleId, people, before };
  }

  it("restores the source with the target, by each executor", async () => {
    for (const options of [{}, { world: streamingWorld }]) {
      const { authData, ruleId, people, before } = await written();
      const job = await convert(ruleId, authData, options);
      expect((await people())[0]).toMatchObject({ fields: { email: "done- P1@Example.ORG" } });
      expect(await undo(job.id, authData, { dryRun: true })).toMatchObject({ converted: 2 });
      expect(await people()).not.toEqual(before);
      expect(await undo(job.id, authData)).toMatchObject({ converted: 2, failed: 0 });
      expect(await people()).toEqual(before);
      expect(await contacts(authData)).toEqual([]);
    }
  });

  it("leaves a record as a whole where a written field was changed since", async () => {
    const { authData, ruleId } = await written();
    const job = await convert(ruleId, authData);
    await data_processing.loadRecords(
      { entity: "people", records: [person(1, { email: "new@example.org" }) as never] },
      { authData },
    );
    const undone = await undo(job.id, authData);
    expect(undone).toMatchObject({ converted: 1, failed: 1 });
    expect(undone.failureReasons).toMatchObject([{ code: "source_field_changed", count: 1 }]);
    expect(await contacts(authData)).toHaveLength(1);
  });
});
