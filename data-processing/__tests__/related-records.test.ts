import { describe, expect, it } from "vitest";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import type { WorkspaceEntity, WorkspaceField } from "../workspace/types.js";
import { convertAll, newWorkspace } from "./workspace-world.js";

const text = (name: string, required = false): WorkspaceField => ({ name, type: "text", required });

const entities: WorkspaceEntity[] = [
  {
    name: "leads",
    fields: [
      text("id", true),
      text("company"),
      text("email"),
      text("amount"),
      text("stage"),
      text("deal_id"),
    ],
    primaryKey: ["id"],
  },
  {
    name: "accounts",
    fields: [
      { name: "id", type: "uuid", required: true },
      { ...text("name", true), unique: true },
      text("note"),
    ],
    primaryKey: ["id"],
  },
  {
    name: "contacts",
    fields: [text("email", true), { name: "account_id", type: "uuid" }],
    primaryKey: ["email"],
  },
  {
    name: "deals",
    fields: [
      text("id", true),
      { name: "account_id", type: "uuid", required: true },
      text("contact_email"),
      { name: "amount", type: "integer" },
    ],
    primaryKey: ["id"],
  },
];

const uuidOf = 'concat("00000000-0000-0000-0000-00000000000", record.company)';

function leadRule(changes: Partial<RuleDefinitionInput> = {}): RuleDefinitionInput {
  return {
    name: "Lead to deal",
    source: { entity: "leads" },
    target: { entity: "deals" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", expression: 'concat("D", record.id)' },
      { target: "account_id", reference: "account" },
      { target: "contact_email", reference: "contact" },
      { target: "amount", expression: "toInt(record.amount)" },
    ],
    related: [
      {
        name: "contact",
        entity: "contacts",
        naturalKey: ["email"],
        when: "record.email != null",
        mappings: [
          { target: "email", column: "email" },
          { target: "account_id", reference: "account" },
        ],
      },
      {
        name: "account",
        entity: "accounts",
        naturalKey: ["name"],
        mergePolicy: "keep",
        mappings: [
          { target: "id", expression: uuidOf },
          { target: "name", column: "company" },
          { target: "note", column: "id" },
        ],
      },
    ],
    ...changes,
  };
}

const leads = [
  { id: "1", company: "1", email: "a@x.y", amount: "10" },
  { id: "2", company: "1", email: "b@x.y", amount: "20" },
  { id: "3", company: "2", email: null, amount: "30" },
  { id: "4", company: "2", email: "a@x.y", amount: "40" },
  { id: "5", company: "3", email: "c@x.y", amount: "no number" },
];

async function leadsWorld() {
  const made = newWorkspace();
  await made.define(...entities);
  await made.load("leads", leads);
  return { ...made, tenantId: made.workspace.tenantId };
}

const account = (company: number) => `00000000-0000-0000-0000-00000000000${company}`;

describe.each(["set-based", "streaming"] as const)("related records, %s", (executor) => {
  it("are made in the same step and refer to one another", async () => {
    const { world, plan, rows, tenantId } = await leadsWorld();
    const options = { tenantId, executor: executor === "streaming" ? executor : undefined };
    const made = await convertAll(world, await plan(leadRule()), options);
    expect(made.executor).toBe(executor);
    expect(made.results.map(({ outcome, action }) => `${outcome} ${action}`)).toEqual([
      "converted create",
      "converted create",
      "converted create",
      "converted create",
      "failed none",
    ]);
    expect(made.results[1]!.related).toMatchObject([
      { name: "contact", targetRecordId: "b@x.y", outcome: "converted", action: "create" },
      { name: "account", targetRecordId: account(1), outcome: "skipped", action: "none" },
    ]);
    expect(made.results[2]!.related?.[0]).toMatchObject({ name: "contact", outcome: "skipped" });
    expect(await rows("accounts", "id")).toEqual([
      { id: account(1), name: "1", note: "1" },
      { id: account(2), name: "2", note: "3" },
    ]);
    expect(await rows("contacts", "email")).toEqual([
      { email: "a@x.y", account_id: account(2) },
      { email: "b@x.y", account_id: account(1) },
    ]);
    expect(await rows("deals", "id")).toEqual([
      { id: "D1", account_id: account(1), contact_email: "a@x.y", amount: 10 },
      { id: "D2", account_id: account(1), contact_email: "b@x.y", amount: 20 },
      { id: "D3", account_id: account(2), contact_email: null, amount: 30 },
      { id: "D4", account_id: account(2), contact_email: "a@x.y", amount: 40 },
    ]);
  });

  it("find their links when they are converted again, and follow what changed", async () => {
    const { world, plan, rows, tenantId, workspace } = await leadsWorld();
    const options = { tenantId, executor: executor === "streaming" ? executor : undefined };
    const same = await plan(leadRule());
    await convertAll(world, same, options);
    const again = await convertAll(world, same, options);
    // Lead 4 has taken the contact of lead 1 to another account; lead 1 finds its own values written and leaves it.
    expect(again.results.slice(0, 4).map(({ outcome }) => outcome)).toEqual(new Array(4).fill("unchanged"));
    await workspace.begin((tx) =>
      tx.unsafe(`UPDATE "${workspace.defaultSchema}".leads SET company = '3' WHERE id = '3'`),
    );
    const moved = await convertAll(world, same, options);
    expect(moved.results[2]).toMatchObject({ outcome: "converted", action: "update" });
    expect((await rows("deals", "id"))[2]).toMatchObject({ id: "D3", account_id: account(3) });
  });

  it("are not made where the record fails, and the record fails where one of them cannot be made", async () => {
    const { world, plan, rows, tenantId } = await leadsWorld();
    const options = { tenantId, executor: executor === "streaming" ? executor : undefined };
    const rule = leadRule();
    rule.mappings[3] = { target: "amount", constant: 1 };
    rule.related![1]!.mappings[1] = {
      target: "name",
      expression: 'record.company == "2" ? null : record.company',
    };
    const { results } = await convertAll(world, await plan(rule), options);
    expect(results.map(({ outcome, reason }) => reason?.code ?? outcome)).toEqual([
      "converted",
      "converted",
      "natural_key_empty",
      "natural_key_empty",
      "converted",
    ]);
    expect(results[2]!.reason!.path).toBe("related[1].naturalKey");
    expect((await rows("contacts", "email")).length).toBe(3);
    expect((await rows("deals", "id")).length).toBe(3);
  });

  it("set fields of the source in the same transaction", async () => {
    const { world, plan, rows, tenantId } = await leadsWorld();
    const options = { tenantId, executor: executor === "streaming" ? executor : undefined };
    const rule = leadRule({
      when: "record.stage == null",
      writeBack: [
        { field: "stage", constant: "converted" },
        { field: "deal_id", reference: "main" },
        { field: "company", expression: 'concat(record.company, "!")' },
      ],
    });
    await convertAll(world, await plan(rule), options);
    const back = (await rows("leads", "id")) as {
      id: string;
      stage: string;
      deal_id: string;
      company: string;
    }[];
    expect(back.map(({ stage, deal_id, company }) => [stage, deal_id, company])).toEqual([
      ["converted", "D1", "1!"],
      ["converted", "D2", "1!"],
      ["converted", "D3", "2!"],
      ["converted", "D4", "2!"],
      [null, null, "3"],
    ]);
  });
});

describe("a rule with related records", () => {
  it("is refused where the references go in a circle, or to nothing", async () => {
    const { plan } = await leadsWorld();
    const rule = leadRule();
    rule.related![1]!.mappings[2] = { target: "note", reference: "contact" };
    rule.related![0]!.mappings[1] = { target: "account_id", reference: "acount" };
    await expect(plan(rule)).rejects.toThrow(/unknown_reference/);
    rule.related![0]!.mappings[1] = { target: "account_id", reference: "account" };
    await expect(plan(rule)).rejects.toThrow(/contact → account → contact|account → contact → account/);
  });

  it("is refused beyond its bounds", async () => {
    const { plan } = await leadsWorld();
    const { related = [] } = leadRule();
    const many = Array.from({ length: 21 }, (_, at) => ({ ...related[1]!, name: `account${at}` }));
    await expect(plan(leadRule({ related: many }))).rejects.toThrow(/too_many_related/);
    const mappings = Array.from({ length: 501 }, () => ({ target: "id", constant: "x" }));
    await expect(plan(leadRule({ mappings }))).rejects.toThrow(/too_many_mappings/);
    await expect(plan(leadRule({ description: "x".repeat(1_000_001) }))).rejects.toThrow(/too_large/);
  });

  it("reads nothing that it writes itself", async () => {
    const { plan } = await leadsWorld();
    const lookup = { entity: "accounts", matchColumn: "name", equals: "record.company", valueColumn: "id" };
    const mappings = leadRule().mappings.with(1, { target: "account_id", lookup });
    await expect(plan(leadRule({ mappings }))).rejects.toThrow(/lookup_cycle/);
  });
});

describe.each(["set-based", "streaming"] as const)("an error policy, %s", (executor) => {
  it("fills or skips what an expression or the target refuses, and tells of it", async () => {
    const { world, plan, rows, define, load, workspace } = newWorkspace();
    await define(
      { name: "raw", fields: [text("id"), text("a"), text("b"), text("c")], primaryKey: ["id"] },
      {
        name: "clean",
        fields: [
          text("id"),
          { name: "a", type: "integer" },
          { name: "b", type: "numeric", precision: 4, scale: 1 },
          { name: "c", type: "integer" },
        ],
        primaryKey: ["id"],
      },
    );
    await load("raw", [
      { id: "1", a: "7", b: "1.5", c: "3" },
      { id: "2", a: "x", b: "12345.6", c: "4" },
      { id: "3", a: "99999999999", b: "2", c: "99999999999" },
    ]);
    const rule = await plan({
      name: "clean",
      source: { entity: "raw" },
      target: { entity: "clean" },
      naturalKey: ["id"],
      mappings: [
        { target: "id", column: "id" },
        { target: "a", expression: "toInt(record.a)", onError: "null" },
        { target: "b", expression: "toNumber(record.b)", onError: "default", default: -1 },
        { target: "c", expression: "toInt(record.c)", onError: "skip" },
      ],
    });
    const { results } = await convertAll(world, rule, {
      tenantId: workspace.tenantId,
      executor: executor === "streaming" ? executor : undefined,
    });
    expect(results[1]!.fallbacks?.map(({ path, policy }) => [path, policy])).toEqual([
      ["mappings[1].expression", "null"],
      ["mappings[2].expression", "default"],
    ]);
    expect(results[2]).toMatchObject({ outcome: "skipped", reason: { code: "target_value" } });
    expect(await rows("clean", "id")).toEqual([
      { id: "1", a: 7, b: 1.5, c: 3 },
      { id: "2", a: null, b: -1, c: 4 },
    ]);
  });
});
