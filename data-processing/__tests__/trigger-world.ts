import { expect } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { JsonValue } from "../../shared/json.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { Rule, RuleDefinitionInput, RuleTrigger } from "../entity-conversion/types.js";
import type { TriggerRun } from "../triggers/types.js";

/** A tenant with automatic conversion, and in its workspace the entities `deals`, `orders` and `invoices` of one shape. */
export async function newTriggerTenant({ automaticConversion = true } = {}): Promise<CallerIdentity> {
  const authData = newCaller();
  await tenant_management.updateConversionConfig(
    { tenantId: authData.tenantId, automaticConversion },
    { authData },
  );
  for (const name of ["deals", "orders", "invoices"]) {
    const fields = [
      { name: "id", type: "integer" as const },
      { name: "status", type: "text" as const },
      { name: "amount", type: "integer" as const },
    ];
    await data_processing.createWorkspaceEntity({ name, fields, primaryKey: ["id"] }, { authData });
  }
  return authData;
}

/** An automatic rule between two entities of that shape; `amount` is raised by `raise`. */
export function between(
  source: string,
  target: string,
  trigger: Partial<RuleTrigger> = {},
  raise = 0,
): RuleDefinitionInput {
  const from = source.includes("/") ? source.split("/") : ["workspace", source];
  const to = target.includes("/") ? target.split("/") : ["workspace", target];
  return {
    name: `${source} to ${target}`,
    source: { dataSource: from[0], entity: from[1]! },
    target: { dataSource: to[0], entity: to[1]! },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "status", column: "status" },
      { target: "amount", expression: `record.amount + ${raise}` },
    ],
    trigger: { mode: "automatic", ...trigger },
  };
}

export async function newRule(authData: CallerIdentity, definition: RuleDefinitionInput): Promise<Rule> {
  return await data_processing.createRule({ definition }, { authData });
}

export async function load(
  authData: CallerIdentity,
  entity: string,
  ...records: Record<string, JsonValue>[]
): Promise<void> {
  await data_processing.loadRecords({ entity, records }, { authData });
}

/** Records of a workspace entity, by their ids. */
export async function recordsOf(
  authData: CallerIdentity,
  entity: string,
): Promise<Record<string, JsonValue>[]> {
  const { records } = await data_processing.listRecords({ entity }, { authData });
  return records.map(({ fields }) => fields);
}

/** The tenant's runs in the order of their changes, once all of them are settled and there are `count`. */
export async function settledRuns(authData: CallerIdentity, count: number): Promise<TriggerRun[]> {
  const list = async () =>
    (await data_processing.listTriggerRuns({ sort: "id", limit: 200 }, { authData })).runs;
  const settled = async () => (await list()).filter(({ state }) => state !== "queued").length;
  await expect.poll(settled, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(count);
  return await list();
}
