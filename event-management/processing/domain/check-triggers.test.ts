import { APIError } from "encore.dev/api";
import { describe, expect, it } from "vitest";
import type { ExecuteConversionResponse, Rule } from "../../../data-processing/entity-conversion/types.js";
import { type Conversion, checkTriggers } from "./check-triggers.js";

function automaticRule(id: string, condition?: string, dataSource = "workspace"): Rule {
  return {
    id,
    version: 3,
    latestVersion: 3,
    revision: 3,
    state: "active",
    definition: {
      name: id,
      source: { dataSource, entity: "leads" },
      target: { dataSource: "workspace", entity: "customers" },
      naturalKey: ["email"],
      mergePolicy: "overwrite",
      mappings: [],
      trigger: { mode: "automatic", condition },
    },
    createdBy: "u",
    createdAt: new Date(0),
    versionCreatedBy: "u",
    versionCreatedAt: new Date(0),
  };
}

function conversionWith(rules: Rule[]): Conversion & { executed: string[] } {
  const executed: string[] = [];
  return {
    executed,
    listRules: async () => ({ rules }),
    evaluateExpression: async ({ expression }) => ({ valid: true, value: expression === "true" }),
    executeConversion: async ({ ruleId, sourceRecordId, type }) => {
      if (ruleId === "broken") throw APIError.failedPrecondition("no such target");
      executed.push(`${ruleId}:${sourceRecordId}:${type}`);
      return { outcome: "converted", targetRecordId: "t1" } as ExecuteConversionResponse;
    },
  };
}

describe("automatic conversions", () => {
  it("starts the rules whose condition holds, as automatic", async () => {
    const conversion = conversionWith([
      automaticRule("a"),
      automaticRule("b", "true"),
      automaticRule("c", "false"),
    ]);
    const outcomes = await checkTriggers(conversion, { entityType: "leads", recordId: "7" });
    expect(conversion.executed).toEqual(["a:7:automatic", "b:7:automatic"]);
    expect(outcomes.map(({ ruleId, outcome }) => [ruleId, outcome])).toEqual([
      ["a", "converted"],
      ["b", "converted"],
      ["c", "condition-not-met"],
    ]);
  });

  it("leaves the rules of another data source alone", async () => {
    const conversion = conversionWith([automaticRule("a", undefined, "crm")]);
    expect(await checkTriggers(conversion, { entityType: "leads", recordId: "7" })).toEqual([]);
  });

  it("goes on after a rule that fails, and says why it failed", async () => {
    const conversion = conversionWith([automaticRule("broken"), automaticRule("a")]);
    const outcomes = await checkTriggers(conversion, { entityType: "leads", recordId: "7" });
    expect(outcomes[0]).toMatchObject({ outcome: "failed", reason: "no such target" });
    expect(outcomes[1]).toMatchObject({ outcome: "converted", targetRecordId: "t1" });
  });
});
