import log from "encore.dev/log";
import { type DataSource, type SourceTransaction, writtenBy } from "../../sources/data-source.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import { applyWriteBacks } from "./apply-write-backs.js";
import { type Ahead, inTurn, mayWriteAhead, takeAhead, takeHeld, writeAhead } from "./batch-ahead.js";
import { chooseExecutor } from "./choose-executor.js";
import { Parameters } from "./column-sql.js";
import { compileRecordEvaluator, type RecordEvaluator } from "./evaluate-records.js";
import { HeldBatch } from "./held-batch.js";
import { type Expectation, insertFresh, learn } from "./insert-fresh.js";
import { ensureLinks } from "./links.js";
import {
  type LoadedRecord,
  type LoadOptions,
  loadAlone,
  loadFresh,
  loadRecords,
  PartNotWritten,
  requireWritten,
  toResult,
} from "./load-records.js";
import type { ConversionPlan, EvaluatedRecord, RecordResult } from "./plan.js";
import { readRecords } from "./read-records.js";
import { writeBackRefused } from "./reasons.js";
import { parseRecordId } from "./record-id.js";
import { type BatchRange, computedInDatabase, plannerSettings } from "./set-based.js";
import { writtenBack } from "./write-back.js";
import { ensureWriteBacks } from "./write-back-tables.js";
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
  /** What the next batch is expected to find. */
  expected: Expectation;
  /** Where lookups read: in the target's database, which a batch changes, or elsewhere. */
  lookups: "target" | "elsewhere";
  /** Records that are worked on while those before them are written. */
  ahead?: Ahead;
  /** Nothing is written ahead any more: batches were in each other's way. */
  oneByOne?: boolean;
}

/** Remembers that write-backs are under way between two databases, so that they are finished whatever happens here. */
export interface WriteBackJournal {
  /** Called before the target is written. */
  begin(rule: { ruleId: string; ruleVersion: number }): Promise<string>;
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
  const source = writtenBy(await open(definition.source.dataSource), plan.ruleId);
  const target = writtenBy(await open(definition.target.dataSource), plan.ruleId);
  await ensureLinks(target);
  const here = source.database === target.database;
  const writeBack = writtenBack(plan).length === 0 ? undefined : here ? "here" : "queue";
  if (writeBack) await ensureWriteBacks(source, target);
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
    expected: { fresh: true },
    lookups: (await looksInto(plan, target, open)) ? "target" : "elsewhere",
  };
  if (options.executor === "streaming") return conversion;
  const { reasons, unicodeCase } = await chooseExecutor(plan, open);
  return reasons.length > 0 ? conversion : { ...conversion, executor: "set-based", unicodeCase };
}

/** Whether a lookup reads the database of the target. */
async function looksInto(
  plan: ConversionPlan,
  target: DataSource,
  open: (dataSource: string) => Promise<DataSource>,
): Promise<boolean> {
  for (const { value } of plan.targets)
    if (value.kind === "lookup" && (await open(value.lookup.dataSource)).database === target.database)
      return true;
  return false;
}

/** What a batch is run for. */
export interface BatchContext {
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
  const due = takeAhead(conversion, range);
  if ("limit" in range && mayWriteAhead(conversion)) await writeAhead(conversion, range, context);
  const held = await takeHeld(conversion, due);
  if (held) return held;
  try {
    return await inTurn(conversion, setBasedBatch(conversion, range, context));
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
    await tx.unsafe(plannerSettings);
    const results: RecordResult[] = [];
    const places = new Map<string, number>();
    const run = async (part: BatchRange): Promise<{ rows: number; deferred: string[][] }> => {
      const params = new Parameters(conversion.unicodeCase);
      const computed = computedInDatabase(plan, part, params);
      const { tenantId, jobId } = context;
      const { writeBack } = conversion;
      const written: WriteContext = { tenantId, jobId, computed, params, writeBack };
      const rows =
        (await insertFresh(tx, plan, written, conversion.expected)) ??
        (await writeRows(tx, conversion, written));
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

async function writeRows(
  tx: SourceTransaction,
  conversion: Conversion,
  context: WriteContext,
): Promise<StepRow[]> {
  const statement = writeStatement(conversion.plan, context);
  const rows: StepRow[] = await tx.unsafe<StepRow[]>(statement, context.params.values);
  requireWritten(rows);
  learn(conversion.expected, rows);
  return rows;
}

async function streamBatch(
  conversion: Conversion,
  range: BatchRange,
  context: BatchContext,
): Promise<RecordResult[]> {
  const due = takeAhead(conversion, range);
  const evaluated =
    (await due?.evaluated?.catch(() => undefined)) ?? (await readAndEvaluate(conversion, range));
  const last = evaluated.at(-1);
  if (!last) return [];
  if ("limit" in range && evaluated.length === range.limit && mayReadAhead(conversion))
    readAhead(conversion, { after: last.key, limit: range.limit }, context);
  const held = await takeHeld(conversion, due);
  return held ?? (await inTurn(conversion, loadInto(conversion, evaluated, context)));
}

async function readAndEvaluate(conversion: Conversion, range: BatchRange): Promise<EvaluatedRecord[]> {
  const { plan, source, evaluator, open } = conversion;
  const records = await readRecords(source, plan, range);
  return records.length === 0 ? [] : await evaluator.evaluate(records, open);
}

/** Whether what a batch writes cannot matter to how the next one is read and evaluated: it is in another database. */
function mayReadAhead({ executor, source, target, writeBack, lookups }: Conversion): boolean {
  return (
    executor === "streaming" && source.database !== target.database && !writeBack && lookups === "elsewhere"
  );
}

function readAhead(
  conversion: Conversion,
  next: { after: string[]; limit: number },
  context: BatchContext,
): void {
  const evaluated = readAndEvaluate(conversion, next);
  // What goes wrong is found again when the batch is due.
  evaluated.catch(() => {});
  conversion.ahead = { ...next, evaluated };
  if (!mayWriteAhead(conversion)) return;
  const { plan, target } = conversion;
  conversion.ahead.held = new HeldBatch(target, async (tx) => loadFresh(tx, plan, await evaluated, context));
}

/** Writes evaluated records to the target, and then what is written back to a source in another database. */
export async function loadInto(
  conversion: Conversion,
  evaluated: readonly EvaluatedRecord[],
  options: BatchContext & Pick<LoadOptions, "withValues">,
): Promise<LoadedRecord[]> {
  const { plan, target, writeBack, journal } = conversion;
  const load = async () => {
    const [only] = evaluated;
    const alone =
      only && evaluated.length === 1
        ? await loadAlone(target, plan, only, { ...options, writeBack })
        : undefined;
    if (alone) return [alone];
    const expecting = { ...options, writeBack, expected: conversion.expected };
    return await target.begin((tx) => loadRecords(tx, plan, evaluated, expecting));
  };
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
