import log from "encore.dev/log";
import type { DataSource } from "../../sources/data-source.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import { applyWriteBacks, ensureWriteBacks } from "./apply-write-backs.js";
import { chooseExecutor } from "./choose-executor.js";
import { Parameters } from "./column-sql.js";
import { compileRecordEvaluator, type RecordEvaluator } from "./evaluate-records.js";
import { ensureLinks } from "./links.js";
import {
  type LoadedRecord,
  type LoadOptions,
  loadRecords,
  PartNotWritten,
  requireWritten,
  toResult,
} from "./load-records.js";
import type { ConversionPlan, EvaluatedRecord, RecordResult } from "./plan.js";
import { readRecords } from "./read-records.js";
import { writeBackRefused } from "./reasons.js";
import { parseRecordId } from "./record-id.js";
import { type BatchRange, computedInDatabase } from "./set-based.js";
import { writtenBack } from "./write-back.js";
import { type StepRow, type WriteContext, writeStatement } from "./write-statement.js";

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
  /** How fields of the source are set; undefined where the rule writes nothing back. */
  writeBack?: WriteContext["writeBack"];
  journal?: WriteBackJournal;
}

/** Remembers that write-backs are under way between two databases, so that they are finished whatever happens here. */
export interface WriteBackJournal {
  /** Called before the target is written. */
  begin(plan: ConversionPlan): Promise<string>;
  /** Called when everything that was queued is applied. */
  end(entry: string): Promise<void>;
}

/**
 * Opens the databases of a plan and chooses the executor: inside the database where source, target and lookups are
 * in one and every expression has an equivalent in SQL there, streaming otherwise.
 */
export async function openConversion(
  plan: ConversionPlan,
  open: (dataSource: string) => Promise<DataSource>,
  options: { executor?: ExecutorName; journal?: WriteBackJournal } = {},
): Promise<Conversion> {
  const { definition } = plan;
  const source = await open(definition.source.dataSource);
  const target = await open(definition.target.dataSource);
  await ensureLinks(target);
  const here = source.database === target.database;
  const writeBack = writtenBack(plan).length === 0 ? undefined : here ? "here" : "queue";
  if (writeBack === "queue") await ensureWriteBacks(source, target);
  const evaluator = compileRecordEvaluator(plan);
  const conversion: Conversion = {
    plan,
    executor: "streaming",
    source,
    target,
    open,
    evaluator,
    unicodeCase: false,
    writeBack,
    journal: options.journal,
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
    if (!cause && !(error instanceof PartNotWritten)) throw error;
    // The statement fails as a whole: the other executor finds out which record is to blame.
    if (cause && !isRecordError(error)) {
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
    const run = async (part: BatchRange): Promise<{ rows: number; deferred: string[][] }> => {
      const params = new Parameters(conversion.unicodeCase);
      const computed = computedInDatabase(plan, part, params);
      const { tenantId, jobId } = context;
      const { writeBack } = conversion;
      const statement = writeStatement(plan, { tenantId, jobId, computed, params, writeBack });
      const rows: StepRow[] = await tx.unsafe<StepRow[]>(statement, params.values);
      requireWritten(rows);
      const deferred: string[][] = [];
      for (const row of rows) {
        const key = parseRecordId(row.key, plan.source.recordKey.length);
        if (row.step === "deferred") deferred.push(key);
        const place = places.get(row.key) ?? results.length;
        places.set(row.key, place);
        results[place] = toResult(plan, row, key);
      }
      return { rows: rows.length, deferred };
    };
    let { rows, deferred: waiting } = await run(range);
    // Where records wait for others, small parts keep what is looked at again in proportion.
    while (waiting.length > 0) {
      const size = Math.max(2 * (rows - waiting.length), 16);
      const part = await run({ keys: waiting.slice(0, size) });
      rows = waiting.length;
      waiting = [...part.deferred, ...waiting.slice(size)];
    }
    return results;
  });
}

async function streamBatch(
  conversion: Conversion,
  range: BatchRange,
  context: BatchContext,
): Promise<RecordResult[]> {
  const { plan, source, evaluator, open } = conversion;
  const records = await readRecords(source, plan, range);
  if (records.length === 0) return [];
  const evaluated = await evaluator.evaluate(records, open);
  return await loadInto(conversion, evaluated, context);
}

/** Writes evaluated records to the target, and then what is written back to a source in another database. */
export async function loadInto(
  conversion: Conversion,
  evaluated: readonly EvaluatedRecord[],
  options: BatchContext & Pick<LoadOptions, "withValues">,
): Promise<LoadedRecord[]> {
  const { plan, target, writeBack, journal } = conversion;
  const load = () => target.begin((tx) => loadRecords(tx, plan, evaluated, { ...options, writeBack }));
  if (writeBack !== "queue") return await load();
  const entry = await journal?.begin(plan);
  const results = await load();
  const ids = results.map(({ sourceRecordId }) => sourceRecordId);
  const refused = await applyWriteBacks(conversion, options.tenantId, ids);
  if (entry !== undefined) await journal?.end(entry);
  return results.map((result) => {
    const error = refused.get(result.sourceRecordId);
    return error === undefined ? result : { ...result, outcome: "failed", reason: writeBackRefused(error) };
  });
}
