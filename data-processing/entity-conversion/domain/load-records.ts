import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { isRecordError } from "../../sources/postgres-errors.js";
import { assignSql, Literals, Parameters, valueFromTextSql } from "./column-sql.js";
import { type Expectation, insertFresh, insertRows, learn } from "./insert-fresh.js";
import {
  type ConversionPlan,
  type EvaluatedRecord,
  type PartResult,
  type RecordResult,
  type TargetPlan,
  writeBackPart,
} from "./plan.js";
import { notWritten, refusedReason, stepReason } from "./reasons.js";
import { settleRefused } from "./refused-values.js";
import { conditionedParts } from "./set-based.js";
import { hasRelated } from "./write-names.js";
import { type PartStep, type StepRow, type WriteContext, writeStatement } from "./write-statement.js";

export interface LoadOptions {
  tenantId: string;
  jobId?: string;
  withValues?: boolean;
  dryRun?: boolean;
  links?: boolean;
  writeBack?: WriteContext["writeBack"];
  /** What the records are expected to find; nothing is expected without it. */
  expected?: Expectation;
}

/** A record's result, with the target's values where they were asked for. */
export interface LoadedRecord extends RecordResult {
  before?: string | null;
  after?: string | null;
}

/**
 * Writes evaluated records in the running transaction. A record that breaks a constraint of the target fails alone:
 * the records are then written in ever smaller parts, each under a savepoint.
 */
export async function loadRecords(
  tx: SourceTransaction,
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  options: LoadOptions,
): Promise<LoadedRecord[]> {
  const results = new Map<EvaluatedRecord, LoadedRecord>();
  for (const record of records) if (record.outcome) results.set(record, leftOut(record));
  await loadPart(
    tx,
    plan,
    records.filter((record) => !record.outcome),
    { options, results },
  );
  return records.map((record) => results.get(record)!);
}

/**
 * Loads one record in one message, which is a transaction of its own. Undefined, with nothing written, where the
 * record cannot be written so, or was refused: then `loadRecords` finds out what is to become of it.
 */
export async function loadAlone(
  target: DataSource,
  plan: ConversionPlan,
  record: EvaluatedRecord,
  options: Omit<LoadOptions, "expected">,
): Promise<LoadedRecord | undefined> {
  if (record.outcome || hasRelated(plan)) return undefined;
  const texts = [record.sourceRecordId, ...record.values, ...(record.defaults?.values() ?? [])];
  if (texts.some((text) => text?.includes("\0"))) return undefined;
  const statementWith = (params: Parameters): string => {
    const computed = computedFromRecords(plan, [record], params, options.writeBack);
    return writeStatement(plan, { ...options, jobId: options.jobId, computed, params });
  };
  const kept = () => {
    const params = new Parameters(false);
    return { text: statementWith(params), values: params.values };
  };
  try {
    const [row] =
      (await target.writeKept<StepRow>(kept)) ??
      (await target.writeOnce<StepRow>(statementWith(new Literals(false))));
    return row && loaded(plan, record, row);
  } catch (error) {
    if (isRecordError(error)) return undefined;
    throw error;
  }
}

/** Loads records that are new to the target. Throws, with the transaction to be rolled back, where one is not or is refused. */
export async function loadFresh(
  tx: SourceTransaction,
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  options: Pick<LoadOptions, "tenantId" | "jobId">,
): Promise<LoadedRecord[]> {
  const results = new Map<EvaluatedRecord, LoadedRecord>();
  for (const record of records) if (record.outcome) results.set(record, leftOut(record));
  const written = records.filter((record) => !record.outcome);
  const params = new Parameters(false);
  const computed = computedFromRecords(plan, written, params);
  const rows =
    written.length === 0
      ? []
      : await insertRows(tx, plan, { ...options, jobId: options.jobId, computed, params });
  for (const row of rows) results.set(written[row.ord]!, loaded(plan, written[row.ord]!, row));
  return records.map((record) => results.get(record)!);
}

function loaded(plan: ConversionPlan, record: EvaluatedRecord, row: StepRow): LoadedRecord {
  const { fallbacks } = record;
  const result = toResult(plan, row, record.key);
  return { ...result, before: row.before, after: row.after, ...(fallbacks && { fallbacks }) };
}

interface Load {
  options: LoadOptions;
  results: Map<EvaluatedRecord, LoadedRecord>;
}

async function loadPart(
  tx: SourceTransaction,
  plan: ConversionPlan,
  part: readonly EvaluatedRecord[],
  load: Load,
): Promise<void> {
  let waiting = part;
  let size = part.length;
  while (waiting.length > 0) {
    const current: readonly EvaluatedRecord[] = waiting.slice(0, size);
    const rest = waiting.slice(size);
    let rows: StepRow[];
    try {
      rows = await tx.savepoint((inner) => runStatement(inner, plan, current, load.options));
    } catch (error) {
      if (!isRecordError(error) && !(error instanceof PartNotWritten)) throw error;
      const [only] = current;
      if (current.length === 1 && only) {
        waiting = rest;
        const settled = isRecordError(error) ? await settleRefused(tx, plan, only) : undefined;
        if (settled) {
          if (settled.outcome) load.results.set(settled, leftOut(settled));
          else await loadPart(tx, plan, [settled], load);
          load.results.set(only, load.results.get(settled)!);
          continue;
        }
        const reason = error instanceof PartNotWritten ? notWritten : refusedReason(plan, error);
        load.results.set(only, { ...leftOut(only), outcome: "failed", reason });
        continue;
      }
      const middle = Math.ceil(current.length / 2);
      await loadPart(tx, plan, current.slice(0, middle), load);
      await loadPart(tx, plan, current.slice(middle), load);
      waiting = rest;
      continue;
    }
    const deferred: EvaluatedRecord[] = [];
    for (const row of rows) {
      const record = current[row.ord]!;
      if (row.step === "deferred") {
        deferred.push(record);
        continue;
      }
      // A dry run writes nothing: what it would write counts as written.
      load.results.set(record, loaded(plan, record, load.options.dryRun ? { ...row, written: true } : row));
    }
    // Where records wait for others, small parts keep what is looked at again in proportion.
    const next = deferred.length > 0 ? 2 * (current.length - deferred.length) : 2 * current.length;
    waiting = [...deferred, ...rest];
    size = Math.max(next, 16);
  }
}

function leftOut(record: EvaluatedRecord): RecordResult {
  const { key, sourceRecordId, outcome = "failed", reason, filtered } = record;
  return { key, sourceRecordId, outcome, action: "none", reason, filtered };
}

async function runStatement(
  tx: SourceTransaction,
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  options: LoadOptions,
): Promise<StepRow[]> {
  const params = new Parameters(false);
  const computed = computedFromRecords(plan, records, params, options.writeBack);
  const context: WriteContext = { ...options, jobId: options.jobId, computed, params };
  const fresh = options.expected && (await insertFresh(tx, plan, context, options.expected));
  if (fresh) return fresh;
  const rows = await tx.unsafe<StepRow[]>(writeStatement(plan, context), params.values);
  if (!options.dryRun) requireWritten(rows);
  if (options.expected) learn(options.expected, rows);
  return [...rows];
}

/** `computed` of records that were evaluated outside: their values come as one JSON parameter. */
export function computedFromRecords(
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  params: Parameters,
  writeBack?: WriteContext["writeBack"],
): string {
  const conditions = conditionedParts(plan);
  // Written as text at once: objects with thousands of members between them would be garbage the next moment.
  const rows = records.map((record, ord) => {
    let row = `{"ord":${ord},"key":${JSON.stringify(record.sourceRecordId)}`;
    for (let at = 0; at < record.values.length; at++) {
      const value = record.values[at];
      if (typeof value === "string") row += `,"v${at}":${JSON.stringify(value)}`;
    }
    for (const [at, text] of record.defaults ?? []) row += `,"d${at}":${JSON.stringify(text)}`;
    for (const part of conditions) row += `,"a${part}":${record.active?.[part] ?? true}`;
    return `${row}}`;
  });
  const columns = plan.targets.map(
    ({ onError }, at) => `, v${at} text${onError === "default" ? `, d${at} text` : ""}`,
  );
  const values = plan.targets.flatMap((target, at) => {
    const { value } = target;
    const ref = `q.v${at}`;
    if (value.kind === "reference") return [];
    // The types of another database's columns are not known here.
    if (target.part === writeBackPart && writeBack !== "here") return [`${ref} AS v${at}`];
    const sql = textValueSql(target, ref);
    if (target.onError !== "default") return [`${sql} AS v${at}`];
    const given = assignSql(`q.d${at}`, "text", target);
    return [`CASE WHEN q.d${at} IS NOT NULL THEN ${given} ELSE ${sql} END AS v${at}`];
  });
  const active = conditions.map((part) => `, q.a${part}`).join("");
  const definitions = [...columns, ...conditions.map((part) => `, a${part} boolean`)].join("");
  return `computed AS MATERIALIZED (
    SELECT q.ord, q.key, 'ok' AS status, NULL::integer AS cause${active}${values.map((sql) => `, ${sql}`).join("")}
    FROM json_to_recordset(${params.plain(`[${rows.join(",")}]`)}::json) AS q(ord integer, key text${definitions})
  )`;
}

/** A value as its column takes it, from the text that evaluation gave. */
export function textValueSql(target: TargetPlan, ref: string): string {
  if (target.value.kind !== "expression") return assignSql(ref, "text", target);
  const { type } = target.value.expr;
  return assignSql(valueFromTextSql(type, ref), type === "null" ? "text" : type, target);
}

/** A related record that the target did not take: its record fails as a whole. */
export class PartNotWritten extends Error {}

/** Throws where a trigger or a policy of the target suppressed the write of one of several records of a step. */
export function requireWritten(rows: readonly StepRow[]): void {
  for (const row of rows) {
    if (row.related === null || row.step === "deferred" || !isSound(row)) continue;
    const parts = [{ step: row.step, written: row.written }, ...(JSON.parse(row.related) as PartStep[])];
    if (parts.some(({ step, written }) => (step === "insert" || step === "update") && !written))
      throw new PartNotWritten();
  }
}

/** Whether none of the record's parts kept it from being written. */
function isSound(row: StepRow): boolean {
  return !["filtered", "skipped", "failed", "null", "no-key"].includes(row.step);
}

/** What the statement's answer for a record means. */
export function toResult(plan: ConversionPlan, row: StepRow, key: string[]): RecordResult {
  const main = mainResult(plan, row, key);
  if (row.related === null || !isSound(row) || main.outcome === "failed") return main;
  const related = (JSON.parse(row.related) as PartStep[]).map((step, at) =>
    partResult(plan.parts[at + 1]!.name, step),
  );
  const converted = related.some(({ outcome }) => outcome === "converted");
  if (main.outcome === "converted" || !converted) return { ...main, related };
  // The rule's target stays as it is, but a related record does not.
  const mainOutcome = main.outcome;
  return { ...main, outcome: "converted", action: "update", reason: undefined, related, mainOutcome };
}

function partResult(name: string, part: PartStep): PartResult {
  const base = { name, targetRecordId: part.targetKey ?? undefined, before: part.before, after: part.after };
  switch (part.step) {
    case "insert":
    case "update":
    case "replayed":
      return { ...base, outcome: "converted", action: part.action ?? "none" };
    case "unchanged":
      return { ...base, outcome: "unchanged", action: "none" };
    default:
      return { ...base, outcome: "skipped", action: "none" };
  }
}

function mainResult(plan: ConversionPlan, row: StepRow, key: string[]): RecordResult {
  const base = { key, sourceRecordId: row.key, targetRecordId: row.targetKey ?? undefined };
  const reason = stepReason(plan, row);
  switch (row.step) {
    case "unchanged":
      return { ...base, outcome: "unchanged", action: "none" };
    case "replayed":
      return { ...base, outcome: "converted", action: row.action ?? "none" };
    case "insert":
    case "update":
      if (reason) return { ...base, outcome: "failed", action: "none", reason };
      return { ...base, outcome: "converted", action: row.step === "insert" ? "create" : "update" };
    case "filtered":
      return { ...base, outcome: "skipped", action: "none", filtered: true };
    case "skipped":
    case "kept":
      return { ...base, outcome: "skipped", action: "none", reason };
    default:
      return { ...base, outcome: "failed", action: "none", reason };
  }
}
