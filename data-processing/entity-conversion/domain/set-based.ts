import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { assignSql, fieldSql, type Parameters } from "./column-sql.js";
import type { SqlScope } from "./expressions/expression.js";
import { toSql } from "./expressions/to-sql.js";
import { columnOf } from "./field-types.js";
import { uuidPattern } from "./lookup-keys.js";
import type { ConversionPlan, LookupPlan, TargetPlan } from "./plan.js";
import { recordIdSql } from "./record-id.js";
import { copiedFields, expressionFields } from "./used-fields.js";

/** Which records of the source a batch takes. */
export type BatchRange =
  /** The next ones after a key, in the order of the key. */
  | { after: string[] | undefined; limit: number }
  /** These ones, by their keys. */
  | { keys: string[][] };

/** A freshly loaded table has no statistics: make the planner walk the key's index instead of sorting the table. */
export const plannerSettings =
  "SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true)";

/** SQL of the rows of a range: `FROM … WHERE … ORDER BY … LIMIT` on the source table as `s`. */
export function rangeSql(plan: ConversionPlan, range: BatchRange, params: Parameters): string {
  const table = `${quoteTable(plan.source.table)} s`;
  const key = plan.source.recordKey;
  const columns = key.map((name) => `s.${quoteIdentifier(name)}`);
  const typed = (sql: string, name: string) => `(${sql})::${plan.source.columns[name]!.castType}`;
  const order = `ORDER BY ${columns.join(", ")}`;
  if ("keys" in range) {
    const names = key.map((_, at) => `k${at}`);
    const wanted = JSON.stringify(
      range.keys.map((values) => Object.fromEntries(values.map((value, at) => [`k${at}`, value]))),
    );
    const join = key.map((name, at) => `${columns[at]} = ${typed(`q.k${at}`, name)}`).join(" AND ");
    const rows = `json_to_recordset(${params.plain(wanted)}::json) AS q(${names.map((name) => `${name} text`).join(", ")})`;
    return `FROM ${rows} JOIN ${table} ON ${join} ${order}`;
  }
  const after = range.after?.map((value, at) => typed(params.plain(value), key[at]!)).join(", ");
  const where = after === undefined ? "" : `WHERE (${columns.join(", ")}) > (${after})`;
  return `FROM ${table} ${where} ${order} LIMIT ${range.limit}`;
}

/**
 * The common table expressions that compute a batch inside the database, ending in `computed`. Throws
 * `NotTranslatableError` where an expression has no equivalent in SQL here.
 */
export function computedInDatabase(plan: ConversionPlan, range: BatchRange, params: Parameters): string {
  const alias = (name: string) => `c${plan.fields.findIndex((field) => field.name === name)}`;
  const scope: SqlScope = {
    unicodeCase: params.unicodeCase,
    text: (text) => params.text(text),
    field: (index) => `b.f${index}`,
  };
  const read = [
    ...[...plan.source.recordKey, ...copiedFields(plan)].map(
      (name) => `s.${quoteIdentifier(name)} AS ${alias(name)}`,
    ),
    ...expressionFields(plan).map((index) => {
      const { name } = plan.fields[index]!;
      return `${fieldSql(`s.${quoteIdentifier(name)}`, columnOf(plan.source, name)!)} AS f${index}`;
    }),
  ];
  const keys = plan.source.recordKey.map((name) => `x.${alias(name)}`);
  const picked = plan.filter ? `(${toSql(plan.filter, scope)}) IS TRUE` : "true";
  const when = plan.when ? `(${toSql(plan.when, scope)}) IS TRUE` : "true";
  const active = plan.parts.flatMap(({ when: condition }, part) =>
    condition ? [`CASE WHEN b.go THEN (${toSql(condition, scope)}) IS TRUE ELSE false END AS a${part}`] : [],
  );
  const lookups = plan.targets.flatMap(({ value, part }, at) =>
    value.kind === "lookup" ? [{ lookup: value.lookup, at, go: goSql(plan, part) }] : [],
  );
  const misses = lookups.filter(({ lookup }) => lookup.onMiss === "fail" || lookup.onMiss === "skip");
  const status = misses.map(
    ({ lookup, at, go }) =>
      `WHEN ${go} AND l${at}.found IS NULL THEN '${lookup.onMiss === "fail" ? "failed" : "skipped"}'`,
  );
  const cause = misses.map(({ at, go }) => `WHEN ${go} AND l${at}.found IS NULL THEN ${at}`);
  const values = plan.targets.flatMap((target, at) => {
    if (target.value.kind === "reference") return [];
    const sql = valueSql(target, { at, alias, scope, params });
    return [`CASE WHEN ${goSql(plan, target.part)} THEN ${sql} END AS v${at}`];
  });
  // `OFFSET 0` keeps each step from being merged into the next, which would compute its values where they are used.
  return `batch AS (
    SELECT x.*, (row_number() OVER (ORDER BY ${keys.join(", ")}))::integer AS ord, ${recordIdSql(keys)} AS key
    FROM (SELECT ${[...new Set(read)].join(", ")} ${rangeSql(plan, range, params)}) x
  ),
  picked AS (SELECT b.*, ${picked} AS picked FROM batch b OFFSET 0),
  tested AS (SELECT b.*, CASE WHEN b.picked THEN ${when} ELSE false END AS go FROM picked b OFFSET 0),
  ${active.length > 0 ? `parted AS (SELECT b.*, ${active.join(", ")} FROM tested b OFFSET 0),` : ""}
  computed AS (
    SELECT ${[
      "b.ord",
      "b.key",
      `CASE WHEN NOT b.picked THEN 'filtered' WHEN NOT b.go THEN 'skipped' ${status.join(" ")} ELSE 'ok' END AS status`,
      `CASE WHEN NOT b.go THEN -1 ${cause.join(" ")} END AS cause`,
      ...conditionedParts(plan).map((part) => `b.a${part}`),
      ...values,
    ].join(",\n      ")}
    FROM ${active.length > 0 ? "parted" : "tested"} b
    ${lookups.map(({ lookup, at, go }) => lookupJoin(lookup, { at, go, scope })).join("\n    ")}
    OFFSET 0
  )`;
}

/** Places of the parts that have a condition: `computed` has a column `a…` for each. */
export function conditionedParts(plan: ConversionPlan): number[] {
  return plan.parts.flatMap(({ when }, part) => (when ? [part] : []));
}

/** Whether the values of a part are computed for the record `b`. */
function goSql(plan: ConversionPlan, part: number): string {
  return plan.parts[part]?.when ? `b.a${part}` : "b.go";
}

function valueSql(
  target: TargetPlan,
  at: { at: number; alias: (name: string) => string; scope: SqlScope; params: Parameters },
): string {
  const { value } = target;
  switch (value.kind) {
    case "copy": {
      const ref = `b.${at.alias(value.field)}`;
      return value.sameType ? assignSql(ref, "same", target) : assignSql(`(${ref})::text`, "text", target);
    }
    case "constant":
      return assignSql(at.params.plain(value.text), "text", target);
    case "expression":
      return assignSql(toSql(value.expr, at.scope), value.expr.type, target);
    case "reference":
      return "NULL";
    case "lookup": {
      const ref = `l${at.at}.value`;
      const found = value.lookup.valueSameType
        ? assignSql(ref, "same", target)
        : assignSql(`(${ref})::text`, "text", target);
      if (value.lookup.onMiss !== "default") return found;
      const fallback = assignSql(at.params.plain(value.lookup.defaultText), "text", target);
      return `CASE WHEN l${at.at}.found IS NULL THEN ${fallback} ELSE ${found} END`;
    }
  }
}

function lookupJoin(
  lookup: LookupPlan,
  { at, go, scope }: { at: number; go: string; scope: SqlScope },
): string {
  const match = quoteIdentifier(lookup.matchColumn);
  const key = toSql(lookup.equals, scope);
  const columns = `${match} AS key, ${quoteIdentifier(lookup.valueColumn)} AS value, true AS found`;
  const typed = {
    string: `(${key} COLLATE "default")`,
    int: key,
    uuid: `(CASE WHEN ${key} ~ '${uuidPattern}' THEN (${key})::uuid END)`,
  }[lookup.matchKind];
  return `LEFT JOIN (SELECT ${columns} FROM ${quoteTable(lookup.entity.table)}) l${at} ON ${go} AND l${at}.key = ${typed}`;
}
