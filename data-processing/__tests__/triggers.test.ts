import { afterAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { triggerWorker } from "../trigger-worker.js";
import { between, load, newRule, newTriggerTenant, recordsOf, settledRuns } from "./trigger-world.js";

afterAll(async () => {
  await triggerWorker.stop();
});

describe("changes of the workspace", () => {
  it("start automatic rules by themselves", async () => {
    const authData = await newTriggerTenant();
    const rule = await newRule(authData, between("deals", "orders"));
    await load(authData, "deals", { id: 1, status: "open", amount: 5 });
    await expect.poll(() => recordsOf(authData, "orders"), { timeout: 5_000, interval: 10 }).toHaveLength(1);
    const [run] = await settledRuns(authData, 1);
    expect(run).toMatchObject({
      ruleId: rule.id,
      sourceRecordId: "1",
      operation: "insert",
      state: "completed",
      outcome: "converted",
      targetRecordId: "1",
      chain: [],
    });
  });

  it("start a rule where its condition on new and old values holds", async () => {
    const authData = await newTriggerTenant();
    const condition = 'new.status == "won" && (old == null || old.status != "won")';
    await newRule(authData, between("deals", "orders", { condition }));
    await load(authData, "deals", { id: 1, status: "open", amount: 1 }, { id: 2, status: "won", amount: 2 });
    await load(authData, "deals", { id: 1, status: "won", amount: 1 }, { id: 2, status: "won", amount: 3 });
    const runs = await settledRuns(authData, 2);
    expect(runs.map((run) => [run.sourceRecordId, run.operation])).toEqual([
      ["2", "insert"],
      ["1", "update"],
    ]);
  });

  it("start a rule by the operations that it asks for, and not where nothing was changed", async () => {
    const authData = await newTriggerTenant();
    const inserts = await newRule(authData, between("deals", "orders", { operations: ["insert"] }));
    const updates = await newRule(authData, between("deals", "invoices", { operations: ["update"] }));
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await load(authData, "deals", { id: 1, status: "b", amount: 1 });
    const runs = await settledRuns(authData, 2);
    expect(runs.map((run) => [run.ruleId, run.operation])).toEqual([
      [inserts.id, "insert"],
      [updates.id, "update"],
    ]);
  });

  it("made by a conversion start the rules on its target", async () => {
    const authData = await newTriggerTenant();
    const first = await newRule(authData, between("deals", "orders", { mode: "manual" }));
    const second = await newRule(authData, between("orders", "invoices"));
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await data_processing.executeConversion({ ruleId: first.id, sourceRecordId: "1" }, { authData });
    const [run] = await settledRuns(authData, 1);
    expect(run).toMatchObject({ ruleId: second.id, state: "completed", chain: [first.id] });
    expect(await recordsOf(authData, "invoices")).toHaveLength(1);
  });

  it("made by the rule itself do not start it again", async () => {
    const authData = await newTriggerTenant();
    const definition = between("deals", "deals", {}, 1);
    await newRule(authData, definition);
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await settledRuns(authData, 1);
    await load(authData, "deals", { id: 2, status: "a", amount: 1 });
    const runs = await settledRuns(authData, 2);
    expect(runs.map((run) => run.sourceRecordId)).toEqual(["1", "2"]);
    expect((await recordsOf(authData, "deals")).map((record) => record.amount)).toEqual([2, 2]);
  });

  it("that rules make in a circle are stopped, with the reason", async () => {
    const authData = await newTriggerTenant();
    const there = await newRule(authData, between("deals", "orders", {}, 1));
    const back = await newRule(authData, between("orders", "deals", {}, 1));
    expect(there.warnings).toBeUndefined();
    expect(back.warnings).toEqual([expect.stringContaining('"orders to deals" → "deals to orders"')]);
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    const runs = await settledRuns(authData, 3);
    expect(runs.map((run) => [run.ruleId, run.state, run.chain.length])).toEqual([
      [there.id, "completed", 0],
      [back.id, "completed", 1],
      [there.id, "stopped", 2],
    ]);
    expect(runs[2]).toMatchObject({ reason: "trigger_loop" });
    expect(runs[2]!.message).toContain(`${there.id} → ${back.id} → ${there.id}`);
  });

  it("keep their order for a record, and run once each", async () => {
    const authData = await newTriggerTenant();
    await newRule(authData, between("deals", "orders"));
    for (let amount = 1; amount <= 10; amount++)
      await load(
        authData,
        "deals",
        ...Array.from({ length: 5 }, (_, id) => ({ id, status: "a", amount: amount * 10 + id })),
      );
    const runs = await settledRuns(authData, 50);
    expect(runs).toHaveLength(50);
    expect(runs.every(({ state }) => state === "completed")).toBe(true);
    expect((await recordsOf(authData, "orders")).map(({ amount }) => amount)).toEqual([
      100, 101, 102, 103, 104,
    ]);
    for (const id of ["0", "1", "2", "3", "4"]) {
      const finished = runs
        .filter((run) => run.sourceRecordId === id)
        .map((run) => run.finishedAt!.valueOf());
      expect(finished).toEqual([...finished].sort((a, b) => a - b));
    }
  });

  it("of a record that fails hold up no other, and can be retried or discarded", async () => {
    const authData = await newTriggerTenant();
    const failing = { ...between("deals", "orders"), naturalKey: ["id"] };
    failing.mappings[2] = { target: "amount", expression: "100 / record.amount" };
    await newRule(authData, failing);
    await newRule(authData, between("deals", "invoices"));
    await load(authData, "deals", { id: 1, status: "a", amount: 0 }, { id: 2, status: "b", amount: 1 });
    const rising = (await settledRuns(authData, 4)).map(({ id }) => id);
    const sorted = (sort: string) =>
      allPages(async (page) => {
        const { runs, nextCursor } = await data_processing.listTriggerRuns({ sort, ...page }, { authData });
        return { items: runs.map(({ id }) => id), nextCursor };
      });
    expect(await sorted("id")).toEqual(rising);
    expect(await sorted("-id")).toEqual([...rising].reverse());
    const { runs } = await data_processing.listTriggerRuns({ state: "failed" }, { authData });
    expect(runs.map((run) => [run.sourceRecordId, run.reason])).toEqual([["1", "expression_failed"]]);
    expect(await recordsOf(authData, "invoices")).toHaveLength(2);
    expect(await recordsOf(authData, "orders")).toHaveLength(1);
    const runId = runs[0]!.id;
    await data_processing.retryTriggerRun({ runId }, { authData });
    await settledRuns(authData, 4);
    expect((await data_processing.discardTriggerRun({ runId }, { authData })).state).toBe("discarded");
    const again = data_processing.retryTriggerRun({ runId }, { authData: newCaller() });
    await expect(again).rejects.toMatchObject({ code: "not_found" });
  });

  it("start no rule that is retired", async () => {
    const authData = await newTriggerTenant();
    const retired = await newRule(authData, between("deals", "invoices"));
    const active = await newRule(authData, between("deals", "orders"));
    await data_processing.retireRule({ ruleId: retired.id }, { authData });
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    expect((await settledRuns(authData, 1)).map((run) => run.ruleId)).toEqual([active.id]);
  });

  it("start nothing where automatic conversion is off, and none is kept", async () => {
    const authData = await newTriggerTenant({ automaticConversion: false });
    await newRule(authData, between("deals", "orders"));
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    const state = async () => await data_processing.listTriggerSources({}, { authData });
    await expect.poll(async () => (await state()).sources[0]?.lagSeconds, { timeout: 10_000 }).toBe(0);
    expect(await state()).toMatchObject({
      automaticConversion: false,
      sources: [{ dataSource: "workspace", state: "running", mode: "capture", queued: 0, failed: 0 }],
    });
    expect((await data_processing.listTriggerRuns({}, { authData })).runs).toEqual([]);
  });

  it("of another tenant's data sources are not shown, nor its runs", async () => {
    const authData = await newTriggerTenant();
    await newRule(authData, between("deals", "orders"));
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await settledRuns(authData, 1);
    const stranger = { authData: newCaller() };
    expect((await data_processing.listTriggerRuns({}, stranger)).runs).toEqual([]);
    expect((await data_processing.listTriggerSources({}, stranger)).sources).toEqual([]);
    const dataSource = "workspace";
    for (const call of ["getTriggerSource", "stopTriggerSource", "startTriggerSource"] as const)
      await expect(data_processing[call]({ dataSource }, stranger)).rejects.toMatchObject({
        code: "not_found",
      });
  });

  it("start nothing while an operator has stopped it, and something again afterwards", async () => {
    const authData = await newTriggerTenant();
    const dataSource = "workspace";
    await newRule(authData, between("deals", "orders"));
    await data_processing.stopTriggerSource({ dataSource }, { authData });
    const entities = async () =>
      (await data_processing.getTriggerSource({ dataSource }, { authData })).entities.length;
    await expect.poll(entities, { timeout: 10_000 }).toBe(0);
    await load(authData, "deals", { id: 1, status: "a", amount: 1 });
    await data_processing.startTriggerSource({ dataSource }, { authData });
    await expect.poll(entities, { timeout: 10_000 }).toBe(1);
    await load(authData, "deals", { id: 2, status: "a", amount: 1 });
    expect((await settledRuns(authData, 1)).map((run) => run.sourceRecordId)).toEqual(["2"]);
  });
});

describe("a trigger's condition", () => {
  it("is checked against the schema, with the path of each problem", async () => {
    const authData = await newTriggerTenant();
    const refused = (trigger: Parameters<typeof between>[2]) =>
      newRule(authData, between("deals", "orders", trigger));
    await expect(refused({ condition: "new.nothing == 1" })).rejects.toMatchObject({
      details: { problems: [{ path: "trigger.condition", code: "unknown_field" }] },
    });
    await expect(refused({ condition: "old.amount" })).rejects.toMatchObject({
      details: { problems: [{ path: "trigger.condition", code: "expression_type" }] },
    });
    await expect(refused({ operations: [] })).rejects.toMatchObject({
      details: { problems: [{ path: "trigger.operations", code: "bad_operations" }] },
    });
    await expect(refused({ watermark: "status" })).rejects.toMatchObject({
      details: { problems: [{ path: "trigger.watermark", code: "type_mismatch" }] },
    });
  });
});
