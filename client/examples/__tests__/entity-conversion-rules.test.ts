import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StartedApp, startApp } from "../../../api-gateway/__tests__/support/started-app.js";
import { signUpOwner } from "../../../examples/demo/account.js";
import { Client } from "../../axion-client.js";
import { EntityConversionRulesManager, RuleChanged, RuleRefused } from "../entity-conversion-rules.js";

let app: StartedApp;
let rules: EntityConversionRulesManager;

const definition = {
  name: "Leads to contacts",
  source: { entity: "leads" },
  target: { entity: "contacts" },
  naturalKey: ["id"],
  mappings: [
    { target: "id", column: "id" },
    { target: "name", expression: "upper(record.name)" },
  ],
};

beforeAll(async () => {
  app = await startApp();
  const token = await signUpOwner(app.url, {
    email: "front@example.com",
    password: "a front end and its rules",
    slug: "front",
  });
  const client = new Client(app.url, { auth: { authorization: `Bearer ${token}` } });
  rules = new EntityConversionRulesManager(client);
  for (const name of ["leads", "contacts"]) {
    await client.api_gateway.createWorkspaceEntity({
      name,
      fields: [
        { name: "id", type: "text" },
        { name: "name", type: "text" },
      ],
      primaryKey: ["id"],
    });
  }
  await client.api_gateway.loadRecords("leads", { records: [{ id: "1", name: "Ada" }] });
}, 120_000);

afterAll(async () => {
  await app?.stop();
});

describe("the rules of a front end, over the API alone", () => {
  it("creates, finds, previews and runs a rule, and shows what was done", async () => {
    const rule = await rules.create(definition);
    const found = [];
    for await (const each of rules.all({ state: "active" })) found.push(each.id);
    expect(found).toEqual([rule.id]);
    expect((await rules.list({ limit: 1 })).rules[0]?.definition.name).toBe("Leads to contacts");

    const preview = await rules.preview({ ruleId: rule.id }, "1");
    expect(preview).toMatchObject({ outcome: "converted", action: "create" });
    expect(await rules.execute(rule.id, "1")).toMatchObject({ values: { name: "ADA" } });
    await expect
      .poll(async () => (await rules.history("1")).map(({ eventType }) => eventType), { timeout: 20_000 })
      .toContain("entity-converted");
  });

  it("saves a rule once, however often the request is sent", async () => {
    const first = await rules.create({ ...definition, name: "Once" }, "key-1");
    expect((await rules.create({ ...definition, name: "Once" }, "key-1")).id).toBe(first.id);
  });

  it("tells the form what is wrong with a rule, and where", async () => {
    const mappings = [{ target: "id", column: "nowhere" }];
    const refused = await rules.create({ ...definition, mappings }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RuleRefused);
    expect((refused as RuleRefused).problems[0]).toMatchObject({
      path: "mappings[0].column",
      code: "unknown_field",
    });
  });

  it("does not overwrite what somebody else has saved meanwhile", async () => {
    const rule = await rules.create({ ...definition, name: "Shared" });
    await rules.update(rule, { ...definition, name: "Shared, changed" });
    await expect(rules.update(rule, { ...definition, name: "Mine" })).rejects.toBeInstanceOf(RuleChanged);
  });

  it("retires a rule, and puts it to use again", async () => {
    const rule = await rules.create({ ...definition, name: "Seasonal" });
    expect(await rules.retire(rule.id)).toMatchObject({ state: "retired" });
    expect(await rules.activate(rule.id)).toMatchObject({
      id: rule.id,
      state: "active",
      definition: { name: "Seasonal" },
    });
  });
});
