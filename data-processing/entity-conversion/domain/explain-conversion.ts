import { z } from "zod";
import type { Db } from "../../db.js";
import type { DataSource } from "../../sources/data-source.js";
import { quoteTable } from "../../sources/identifiers.js";
import type { ExplainConversionRequest, ExplainConversionResponse, PlannedStatement } from "../types.js";
import type { Actor } from "./actor.js";
import { chooseExecutor } from "./choose-executor.js";
import { Parameters } from "./column-sql.js";
import { computedFromRecords } from "./load-records.js";
import { lookupStatement } from "./lookup-keys.js";
import type { ConversionPlan } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { readStatement } from "./read-records.js";
import { chooseFilteredPlan } from "./rule-plan.js";
import { computedInDatabase } from "./set-based.js";
import { writeStatement } from "./write-statement.js";

const explained = z.tuple([z.object({ Plan: z.object({ "Plan Rows": z.number() }) })]);

/** How a rule, saved or not, would run over its source: the executor and why, the statements, sizes. Writes nothing. */
export async function explainConversion(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ExplainConversionRequest & { batchSize: number },
): Promise<ExplainConversionResponse> {
  const { batchSize } = request;
  const plan = await chooseFilteredPlan(db, world, actor.tenantId, request);
  const source = await world.open(plan.definition.source.dataSource);
  const { reasons, expressions, unicodeCase } = await chooseExecutor(plan, world.open);
  const setBased = reasons.length === 0;
  const estimatedRecords = await estimateRecords(source, plan);
  return {
    executor: setBased ? "set-based" : "streaming",
    reasons,
    expressions,
    statements: setBased
      ? [convertStatement(plan, { actor, batchSize, unicodeCase })]
      : streamingStatements(plan, { actor, batchSize }),
    batchSize,
    estimatedRecords,
    estimatedBatches: Math.ceil(estimatedRecords / batchSize),
  };
}

function convertStatement(
  plan: ConversionPlan,
  { actor, batchSize, unicodeCase }: { actor: Actor; batchSize: number; unicodeCase: boolean },
): PlannedStatement {
  const params = new Parameters(unicodeCase);
  const computed = computedInDatabase(plan, { after: undefined, limit: batchSize }, params);
  const sql = writeStatement(plan, { tenantId: actor.tenantId, jobId: undefined, computed, params });
  return {
    purpose: "convert",
    dataSource: plan.definition.target.dataSource,
    sql,
    parameters: params.values,
  };
}

function streamingStatements(
  plan: ConversionPlan,
  { actor, batchSize }: { actor: Actor; batchSize: number },
): PlannedStatement[] {
  const { source, target } = plan.definition;
  const read = new Parameters(false);
  const lookups = plan.targets.flatMap(({ value }): PlannedStatement[] =>
    value.kind === "lookup"
      ? [
          {
            purpose: "lookup",
            dataSource: value.lookup.dataSource,
            sql: lookupStatement(value.lookup),
            parameters: ["[]"],
          },
        ]
      : [],
  );
  const write = new Parameters(false);
  const computed = computedFromRecords(plan, [], write);
  return [
    {
      purpose: "read",
      dataSource: source.dataSource,
      sql: readStatement(plan, { after: undefined, limit: batchSize }, read),
      parameters: read.values,
    },
    ...lookups,
    {
      purpose: "write",
      dataSource: target.dataSource,
      sql: writeStatement(plan, { tenantId: actor.tenantId, jobId: undefined, computed, params: write }),
      parameters: write.values,
    },
  ];
}

/** Records of the source as the database's planner estimates them: at once, however large the table is. */
export async function estimateRecords(source: DataSource, plan: ConversionPlan): Promise<number> {
  const [row] = await source.begin(
    (tx) =>
      tx
        .unsafe<{ "QUERY PLAN": unknown }[]>(
          `EXPLAIN (FORMAT JSON) SELECT FROM ${quoteTable(plan.source.table)}`,
        )
        .execute(),
    { readOnly: true },
  );
  const answer = row?.["QUERY PLAN"];
  const [{ Plan }] = explained.parse(typeof answer === "string" ? JSON.parse(answer) : answer);
  return Plan["Plan Rows"];
}
