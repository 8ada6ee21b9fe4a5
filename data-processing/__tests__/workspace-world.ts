import { randomUUID } from "node:crypto";
import type { JsonValue } from "../../shared/json.js";
import {
  convertBatch,
  type ExecutorName,
  openConversion,
} from "../entity-conversion/domain/convert-batch.js";
import type { ConversionPlan, RecordResult } from "../entity-conversion/domain/plan.js";
import { completeDefinition, prepareRule, type RuleWorld } from "../entity-conversion/domain/prepare-rule.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import { readEntity } from "../schema-discovery/domain/read-entity.js";
import type { DataSource } from "../sources/data-source.js";
import { parseExactJson } from "../sources/exact-json.js";
import { quoteTable } from "../sources/identifiers.js";
import { openWorkspace } from "../sources/open-source.js";
import { createEntity } from "../workspace/domain/entities.js";
import { loadRecords } from "../workspace/domain/load-records.js";
import type { WorkspaceEntity } from "../workspace/types.js";

/** The workspace of a tenant that no other test uses, with rules that read it directly. */
export function newWorkspace() {
  const workspace = openWorkspace(randomUUID());
  const world: RuleWorld = {
    open: async () => workspace,
    discover: (ref) => readEntity(workspace, ref.entity),
  };
  return {
    workspace,
    world,
    define: async (...entities: WorkspaceEntity[]) => {
      for (const entity of entities) await createEntity(workspace, entity);
    },
    load: (entity: string, records: Record<string, JsonValue>[]) =>
      loadRecords(workspace, { entity, records }),
    plan: (definition: RuleDefinitionInput) => planOf(world, definition),
    /** All records of an entity as JSON texts, in the order of `key`. */
    rows: (entity: string, key: string) => rowsOf(workspace, entity, key),
  };
}

async function planOf(world: RuleWorld, input: RuleDefinitionInput): Promise<ConversionPlan> {
  const definition = completeDefinition(input);
  const { plan, problems } = await prepareRule(world, { ruleId: randomUUID(), ruleVersion: 1, definition });
  if (!plan) throw new Error(JSON.stringify(problems, null, 2));
  return plan;
}

async function rowsOf(source: DataSource, entity: string, key: string): Promise<JsonValue[]> {
  const table = quoteTable({ schema: source.defaultSchema, table: entity });
  const rows = await source.begin((tx) =>
    tx
      .unsafe<{ row: string }[]>(`SELECT to_jsonb(t.*)::text AS row FROM ${table} t ORDER BY "${key}"`)
      .execute(),
  );
  return rows.map((row) => parseExactJson(row.row));
}

/** Runs a plan over the whole source, in batches. */
export async function convertAll(
  world: RuleWorld,
  plan: ConversionPlan,
  options: { tenantId: string; executor?: ExecutorName; batchSize?: number; jobId?: string },
): Promise<{ executor: ExecutorName; results: RecordResult[] }> {
  const conversion = await openConversion(plan, world.open, { executor: options.executor });
  const results: RecordResult[] = [];
  for (;;) {
    const range = { after: results.at(-1)?.key, limit: options.batchSize ?? 100 };
    const batch = await convertBatch(conversion, range, { tenantId: options.tenantId, jobId: options.jobId });
    if (batch.length === 0) return { executor: conversion.executor, results };
    results.push(...batch);
  }
}
