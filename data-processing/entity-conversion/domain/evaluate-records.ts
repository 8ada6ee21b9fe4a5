import { setImmediate } from "node:timers/promises";
import type { DataSource } from "../../sources/data-source.js";
import { encodeValue } from "./column-sql.js";
import { compileEvaluator, type Evaluator } from "./expressions/evaluate.js";
import { ExpressionError, type ExprType, type Value } from "./expressions/expression.js";
import { lookupKeyText, readLookup } from "./lookup-keys.js";
import type { ConversionPlan, EvaluatedRecord, LookupPlan, SourceRecord, TargetPlan } from "./plan.js";
import { conditionNotMet, lookupMissed } from "./reasons.js";
import { copiedFields } from "./used-fields.js";

/** Evaluation gives way to the process's other work after this time. */
const longestTurnMs = 20;

interface TargetEvaluator {
  path: string;
  part: number;
  onError: TargetPlan["onError"];
  errorText: string | null;
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
  const parts = plan.parts.map((part) => ({
    path: `${part.path}when`,
    when: part.when && compileEvaluator(part.when),
  }));
  const copied = copiedFields(plan);
  const targets = plan.targets.map((target) => targetEvaluator(target, copied));
  return {
    evaluate: async (records, openLookup) => {
      const drafts: Draft[] = [];
      let since = performance.now();
      for (const record of records) {
        drafts.push(draft(record, { filter, when, parts, targets }));
        if (performance.now() - since < longestTurnMs) continue;
        await setImmediate();
        since = performance.now();
      }
      for (const [at, target] of targets.entries()) {
        if (target.lookup)
          await resolveLookups(drafts, { at, path: target.path, lookup: target.lookup.plan, openLookup });
      }
      return drafts.map((item) => item.result);
    },
  };
}

function targetEvaluator(
  { value, path, part, onError, errorText }: TargetPlan,
  copied: readonly string[],
): TargetEvaluator {
  const common = { path, part, onError, errorText };
  switch (value.kind) {
    case "copy": {
      const place = copied.indexOf(value.field);
      return { ...common, text: (record) => record.texts[place] ?? null };
    }
    case "constant":
      return { ...common, text: () => value.text };
    case "expression":
      return { ...common, evaluate: compileEvaluator(value.expr), type: value.expr.type };
    case "lookup":
      return { ...common, lookup: { plan: value.lookup, key: compileEvaluator(value.lookup.equals) } };
    case "reference":
      return { ...common, text: () => null };
  }
}

interface Draft {
  result: EvaluatedRecord;
  /** Mapping of the first failure so far; those behind it no longer count. */
  failedAt: number;
  /** Keys of lookups, by place. */
  keys?: (string | null | undefined)[];
}

interface Evaluators {
  filter?: Evaluator;
  when?: Evaluator;
  /** Conditions of the rule's target and its related records. */
  parts: readonly { path: string; when: Evaluator | undefined }[];
  targets: readonly TargetEvaluator[];
}

function draft(record: SourceRecord, { filter, when, parts, targets }: Evaluators): Draft {
  const { key, sourceRecordId } = record;
  const result: EvaluatedRecord = { key, sourceRecordId, values: [] };
  const made: Draft = { result, failedAt: Number.POSITIVE_INFINITY };
  const row = record.row as readonly Value[];
  if (record.unreadable !== undefined) {
    result.outcome = "failed";
    result.reason = { code: "source_value", message: record.unreadable };
    made.failedAt = -1;
    return made;
  }
  let path = "filter";
  try {
    if (filter && filter(row) !== true) {
      result.outcome = "skipped";
      result.filtered = true;
      made.failedAt = -1;
      return made;
    }
    path = "when";
    if (when && when(row) !== true) {
      result.outcome = "skipped";
      result.reason = conditionNotMet;
      made.failedAt = -1;
      return made;
    }
    if (parts.some((part) => part.when)) {
      result.active = parts.map((part) => {
        path = part.path;
        return part.when ? part.when(row) === true : true;
      });
    }
  } catch (error) {
    return failed(made, -1, path, error);
  }
  for (let at = 0; at < targets.length; at++) {
    const target = targets[at]!;
    result.values.push(null);
    if (result.active?.[target.part] === false) continue;
    try {
      if (target.text) result.values[at] = target.text(record);
      else if (target.evaluate) result.values[at] = encodeValue(target.type ?? "null", target.evaluate(row));
      else if (target.lookup) {
        made.keys ??= [];
        made.keys[at] = lookupKeyText(target.lookup.plan, target.lookup.key(row));
      }
    } catch (error) {
      if (!fallBack(made, at, target, error)) return made;
    }
  }
  return made;
}

/** Applies the error policy of a field that failed; false where the record goes no further. */
function fallBack(item: Draft, at: number, target: TargetEvaluator, error: unknown): boolean {
  const path = target.lookup ? `${target.path}.equals` : target.path;
  const { onError: policy } = target;
  if (policy === "fail" || policy === "skip" || !(error instanceof ExpressionError)) {
    failed(item, at, path, error);
    if (policy === "skip") item.result.outcome = "skipped";
    return false;
  }
  if (policy === "default" && target.errorText !== null) {
    item.result.defaults ??= new Map();
    item.result.defaults.set(at, target.errorText);
  }
  item.result.fallbacks ??= [];
  item.result.fallbacks.push({ path, policy, message: error.message });
  return true;
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
  const asking = drafts.filter((item) => item.keys?.[at.at] !== undefined && item.failedAt > at.at);
  const keys = new Set<string>();
  for (const item of asking) {
    const key = item.keys?.[at.at];
    if (typeof key === "string") keys.add(key);
  }
  const source = await at.openLookup(lookup.dataSource);
  const values = await readLookup(source, lookup, [...keys]);
  for (const item of asking) {
    const key = item.keys?.[at.at] ?? null;
    if (key !== null && values.has(key)) item.result.values[at.at] = values.get(key)!;
    else if (lookup.onMiss === "default") item.result.values[at.at] = lookup.defaultText;
    else if (lookup.onMiss !== "null") {
      item.failedAt = at.at;
      item.result.outcome = lookup.onMiss === "fail" ? "failed" : "skipped";
      item.result.reason = lookupMissed(lookup, path);
    }
  }
}
