import log from "encore.dev/log";
import type { DataSource } from "../../sources/data-source.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import { chooseExecutor } from "./choose-executor.js";
import { Parameters } from "./column-sql.js";
import { compileRecordEvaluator, type RecordEvaluator } from "./evaluate-records.js";
import { ensureLinks } from "./links.js";
import { loadRecords, toResult } from "./load-records.js";
import type { ConversionPlan, RecordResult } from "./plan.js";
import { readRecords } from "./read-records.js";
import { parseRecordId } from "./record-id.js";
import { type BatchRange, computedInDatabase } from "./set-based.js";
import { type StepRow, writeStatement } from "./write-statement.js";

export type ExecutorName = "set-based" | "streaming";

/** A plan with its databases open and its executor chosen: what batches run on. */
export interface Conversion {
  plan: ConversionPlan;
  executor: ExecutorName;
  source: DataSource;
  target: DataSource;
  open: (dataSource: string) => Promise<DataSource>;
  evaluator: RecordEvaluator;
  unicodeCase: boolean;
}

/**
 * Opens the databases of a plan and chooses the executor: inside the database where source, target and lookups are
 * in one and every expression has an equivalent in SQL there, streaming otherwise.
 */
export async function openConversion(
  plan: ConversionPlan,
  open: (dataSource: string) => Promise<DataSource>,
  options: { executor?: ExecutorName } = {},
): Promise<Conversion> {
  const { definition } = plan;
  const source = await open(definition.source.dataSource);
  const target = await open(definition.target.dataSource);
  await ensureLinks(target);
  const evaluator = compileRecordEvaluator(plan);
  const conversion: Conversion = {
    plan,
    executor: "streaming",
    source,
    target,
    open,
    evaluator,
    unicodeCase: false,
  };
  if (options.executor === "streaming") return conversion;
  const { reasons, unicodeCase } = await chooseExecutor(plan, open);
  return reasons.length > 0 ? conversion : { ...conversion, executor: "set-based", unicodeCase };
}

/** What a batch is run for. */
interface BatchContext {
  tenantId: string;
  jobId?: string;
}

/** Converts the records of a range: reads, computes and writes them with their links, in order of their keys. */
export async function convertBatch(
  conversion: Conversion,
  range: BatchRange,
  context: BatchContext,
): Promise<RecordResult[]> {
  if (conversion.executor === "streaming") return await streamBatch(conversion, range, context);
  try {
    return await setBasedBatch(conversion, range, context);
  } catch (error) {
    const cause = postgresError(error);
    if (!cause) throw error;
    // The statement fails as a whole: the other executor finds out which record is to blame.
    if (!isRecordError(error)) {
      log.warn(error, "set-based statement failed; streaming the batch", {
        ruleId: conversion.plan.ruleId,
        code: cause.code,
      });
    }
    return await streamBatch(conversion, range, context);
  }
}

async function setBasedBatch(
  conversion: Conversion,
  range: BatchRange,
  context: BatchContext,
): Promise<RecordResult[]> {
  const { plan, target } = conversion;
  return await target.begin(async (tx) => {
    // A freshly loaded table has no statistics: make the planner walk the key's index instead of sorting the table.
    await tx`SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`;
    const results: RecordResult[] = [];
    const places = new Map<string, number>();
    let next: BatchRange | undefined = range;
    while (next) {
      const params = new Parameters(conversion.unicodeCase);
      const computed = computedInDatabase(plan, next, params);
      const rows: StepRow[] = await tx.unsafe<StepRow[]>(
        writeStatement(plan, { ...context, jobId: context.jobId, computed, params }),
        params.values,
      );
      const deferred: string[][] = [];
      for (const row of rows) {
        const key = parseRecordId(row.key, plan.source.recordKey.length);
        if (row.step === "deferred") deferred.push(key);
        const place = places.get(row.key) ?? results.length;
        places.set(row.key, place);
        results[place] = toResult(plan, row, key);
      }
      next = deferred.length > 0 ? { keys: deferred } : undefined;
    }
    return results;
  });
}

async function streamBatch(
  conversion: Conversion,
  range: BatchRange,
  context: BatchContext,
): Promise<RecordResult[]> {
  const { plan, source, target, evaluator, open } = conversion;
  const records = await readRecords(source, plan, range);
  if (records.length === 0) return [];
  const evaluated = await evaluator.evaluate(records, open);
  return await target.begin((tx) =>
    loadRecords(tx, plan, evaluated, { tenantId: context.tenantId, jobId: context.jobId }),
  );
}
