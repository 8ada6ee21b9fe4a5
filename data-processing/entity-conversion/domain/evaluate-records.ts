import type { DataSource } from "../../sources/data-source.js";
import { encodeValue } from "./column-sql.js";
import { compileEvaluator, type Evaluator } from "./expressions/evaluate.js";
import { ExpressionError, type ExprType, type Value } from "./expressions/expression.js";
import { lookupKeyText, readLookup } from "./lookup-keys.js";
import type { ConversionPlan, EvaluatedRecord, LookupPlan, SourceRecord, TargetPlan } from "./plan.js";
import { conditionNotMet, lookupMissed } from "./reasons.js";

interface TargetEvaluator {
  path: string;
  /** Copies and constants: the value at once. */
  text?: (record: SourceRecord) => string | null;
  /** Expressions: the result, and its type. */
  evaluate?: Evaluator;
  type?: ExprType;
  /** Lookups: the key. */
  lookup?: { plan: LookupPlan; key: Evaluator };
}

/** Evaluates records of the source outside of the database. Compile it once for a run. */
export interface RecordEvaluator {
  evaluate(
    records: readonly SourceRecord[],
    openLookup: (dataSource: string) => Promise<DataSource>,
  ): Promise<EvaluatedRecord[]>;
}

/** Compiles the expressions of a plan. */
export function compileRecordEvaluator(plan: ConversionPlan): RecordEvaluator {
  const filter = plan.filter && compileEvaluator(plan.filter);
  const when = plan.when && compileEvaluator(plan.when);
  const targets = plan.targets.map(targetEvaluator);
  return {
    evaluate: async (records, openLookup) => {
      const drafts = records.map((record) => draft(record, { filter, when, targets }));
      for (const [at, target] of targets.entries()) {
        if (target.lookup)
          await resolveLookups(drafts, { at, path: target.path, lookup: target.lookup.plan, openLookup });
      }
      return drafts.map((item) => item.result);
    },
  };
}

function targetEvaluator({ value, path }: TargetPlan): TargetEvaluator {
  switch (value.kind) {
    case "copy":
      return { path, text: (record) => record.texts.get(value.field) ?? null };
    case "constant":
      return { path, text: () => value.text };
    case "expression":
      return { path, evaluate: compileEvaluator(value.expr), type: value.expr.type };
    case "lookup":
      return { path, lookup: { plan: value.lookup, key: compileEvaluator(value.lookup.equals) } };
  }
}

interface Draft {
  result: EvaluatedRecord;
  /** Mapping of the first failure so far; those behind it no longer count. */
  failedAt: number;
  keys: Map<number, string | null>;
}

function draft(
  record: SourceRecord,
  { filter, when, targets }: { filter?: Evaluator; when?: Evaluator; targets: readonly TargetEvaluator[] },
): Draft {
  const { key, sourceRecordId } = record;
  const result: EvaluatedRecord = { key, sourceRecordId, values: [] };
  const made: Draft = { result, failedAt: Number.POSITIVE_INFINITY, keys: new Map() };
  const row = record.row as readonly Value[];
  try {
    if (filter && filter(row) !== true) {
      result.outcome = "skipped";
      result.filtered = true;
      made.failedAt = -1;
      return made;
    }
  } catch (error) {
    return failed(made, -1, "filter", error);
  }
  try {
    if (when && when(row) !== true) {
      result.outcome = "skipped";
      result.reason = conditionNotMet;
      made.failedAt = -1;
      return made;
    }
  } catch (error) {
    return failed(made, -1, "when", error);
  }
  for (const [at, target] of targets.entries()) {
    try {
      result.values.push(target.text ? target.text(record) : null);
      if (target.evaluate) result.values[at] = encodeValue(target.type ?? "null", target.evaluate(row));
      if (target.lookup) made.keys.set(at, lookupKeyText(target.lookup.plan, target.lookup.key(row)));
    } catch (error) {
      return failed(made, at, target.lookup ? `${target.path}.equals` : target.path, error);
    }
  }
  return made;
}

function failed(item: Draft, at: number, path: string, error: unknown): Draft {
  if (!(error instanceof ExpressionError)) throw error;
  item.failedAt = at;
  item.result.outcome = "failed";
  item.result.reason = { code: "expression_failed", message: error.message, path };
  return item;
}

async function resolveLookups(
  drafts: readonly Draft[],
  at: {
    at: number;
    path: string;
    lookup: LookupPlan;
    openLookup: (dataSource: string) => Promise<DataSource>;
  },
): Promise<void> {
  const { lookup, path } = at;
  const asking = drafts.filter((item) => item.keys.has(at.at) && item.failedAt > at.at);
  const keys = new Set(asking.map((item) => item.keys.get(at.at)!).filter((key) => key !== null));
  const source = await at.openLookup(lookup.dataSource);
  const values = await readLookup(source, lookup, [...keys]);
  for (const item of asking) {
    const key = item.keys.get(at.at) ?? null;
    if (key !== null && values.has(key)) item.result.values[at.at] = values.get(key)!;
    else if (lookup.onMiss === "default") item.result.values[at.at] = lookup.defaultText;
    else if (lookup.onMiss !== "null") {
      item.failedAt = at.at;
      item.result.outcome = lookup.onMiss === "fail" ? "failed" : "skipped";
      item.result.reason = lookupMissed(lookup, path);
    }
  }
}
