import type { SourceTransaction } from "../../sources/data-source.js";
import { isRecordError } from "../../sources/postgres-errors.js";
import { assignSql, Parameters, valueFromTextSql } from "./column-sql.js";
import type { ConversionPlan, EvaluatedRecord, RecordResult } from "./plan.js";
import { refusedReason, stepReason } from "./reasons.js";
import { type StepRow, type WriteContext, writeStatement } from "./write-statement.js";

export interface LoadOptions {
  tenantId: string;
  jobId?: string;
  withValues?: boolean;
  dryRun?: boolean;
  links?: boolean;
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
  while (waiting.length > 0) {
    const current: readonly EvaluatedRecord[] = waiting;
    let rows: StepRow[];
    try {
      rows = await tx.savepoint((inner) => runStatement(inner, plan, current, load.options));
    } catch (error) {
      if (!isRecordError(error)) throw error;
      const [only] = current;
      if (current.length === 1 && only) {
        load.results.set(only, { ...leftOut(only), outcome: "failed", reason: refusedReason(plan, error) });
        return;
      }
      const middle = Math.ceil(current.length / 2);
      await loadPart(tx, plan, current.slice(0, middle), load);
      await loadPart(tx, plan, current.slice(middle), load);
      return;
    }
    const deferred: EvaluatedRecord[] = [];
    for (const row of rows) {
      const record = current[row.ord]!;
      if (row.step === "deferred") {
        deferred.push(record);
        continue;
      }
      // A dry run writes nothing: what it would write counts as written.
      const result = toResult(plan, load.options.dryRun ? { ...row, written: true } : row, record.key);
      load.results.set(record, { ...result, before: row.before, after: row.after });
    }
    waiting = deferred;
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
  const computed = computedFromRecords(plan, records, params);
  const context: WriteContext = { ...options, jobId: options.jobId, computed, params };
  const rows = await tx.unsafe<StepRow[]>(writeStatement(plan, context), params.values);
  return [...rows];
}

/** `computed` of records that were evaluated outside: their values come as one JSON parameter. */
export function computedFromRecords(
  plan: ConversionPlan,
  records: readonly EvaluatedRecord[],
  params: Parameters,
): string {
  const rows = records.map((record, ord) => {
    const row: Record<string, string | number> = { ord, key: record.sourceRecordId };
    for (const [at, value] of record.values.entries()) if (value !== null) row[`v${at}`] = value;
    return row;
  });
  const columns = plan.targets.map((_, at) => `, v${at} text`).join("");
  const values = plan.targets.map((target, at) => {
    const { value } = target;
    const ref = `q.v${at}`;
    if (value.kind !== "expression") return `${assignSql(ref, "text", target)} AS v${at}`;
    const { type } = value.expr;
    return `${assignSql(valueFromTextSql(type, ref), type === "null" ? "text" : type, target)} AS v${at}`;
  });
  return `computed AS MATERIALIZED (
    SELECT q.ord, q.key, 'ok' AS status, NULL::integer AS cause, ${values.join(", ")}
    FROM json_to_recordset(${params.plain(JSON.stringify(rows))}::json) AS q(ord integer, key text${columns})
  )`;
}

/** What the statement's answer for a record means. */
export function toResult(plan: ConversionPlan, row: StepRow, key: string[]): RecordResult {
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
