import type { JsonValue } from "../../../../shared/json.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { LegacyRuleNote } from "../../types.js";
import { exprTypeOf } from "../column-sql.js";
import { columnOf, fieldReference } from "../field-types.js";

const comparisons: Record<string, string> = {
  eq: "==",
  "=": "==",
  "==": "==",
  "===": "==",
  equals: "==",
  equal: "==",
  is: "==",
  ne: "!=",
  neq: "!=",
  "!=": "!=",
  "!==": "!=",
  "<>": "!=",
  not_equals: "!=",
  not_equal: "!=",
  gt: ">",
  ">": ">",
  greater_than: ">",
  gte: ">=",
  ">=": ">=",
  lt: "<",
  "<": "<",
  less_than: "<",
  lte: "<=",
  "<=": "<=",
};
const calls: Record<string, string> = {
  contains: "contains",
  includes: "contains",
  starts_with: "startsWith",
  startswith: "startsWith",
  ends_with: "endsWith",
  endswith: "endsWith",
};
const nullTests: Record<string, string> = {
  is_null: "==",
  null: "==",
  not_exists: "==",
  not_null: "!=",
  is_not_null: "!=",
  notnull: "!=",
  exists: "!=",
};

interface ConditionSource {
  column: string;
  source: DiscoveredEntity;
  notes: LegacyRuleNote[];
}

/** One test of a field. */
interface LegacyTest {
  path: string;
  field: JsonValue | undefined;
  operator: JsonValue | undefined;
  value: JsonValue;
}

/** Why a test cannot be taken. */
class NotUnderstood extends Error {}

/**
 * The expression that means what legacy conditions mean: an object of field → value, or a list of
 * `{ field, operator, value }`, all of which must hold unless `logic` or `operator` says `or`. A condition that cannot
 * be understood is told of, and nothing is made of the others then: a rule with a part of them would convert more than
 * it did.
 */
export function legacyCondition(
  conditions: JsonValue | undefined,
  from: ConditionSource,
): { expression?: string; understood: boolean } {
  const { column, notes } = from;
  if (conditions === undefined || conditions === null || conditions === "") return { understood: true };
  if (typeof conditions === "string") {
    notes.push({
      path: column,
      outcome: "changed",
      message: "The text is taken as an expression on `record`.",
    });
    return { expression: conditions, understood: true };
  }
  const { tests, operator } = readConditions(conditions, column);
  const parts: string[] = [];
  for (const test of tests) {
    try {
      parts.push(testExpression(test, from.source));
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      notes.push({ path: test.path, outcome: "refused", message: error.message });
    }
  }
  if (parts.length < tests.length) return { understood: false };
  if (parts.length === 0) return { understood: true };
  const expression = parts.length === 1 ? parts[0]! : parts.map((part) => `(${part})`).join(` ${operator} `);
  notes.push({
    path: column,
    outcome: "changed",
    message: `The condition is now the expression ${expression}`,
  });
  return { expression, understood: true };
}

function readConditions(
  conditions: JsonValue,
  column: string,
): { tests: LegacyTest[]; operator: "&&" | "||" } {
  if (Array.isArray(conditions)) return { tests: listed(conditions, column), operator: "&&" };
  if (typeof conditions !== "object" || conditions === null)
    return { tests: listed([conditions], column), operator: "&&" };
  const rules = conditions.conditions ?? conditions.rules ?? conditions.all ?? conditions.any;
  if (Array.isArray(rules)) {
    const { logic, operator, combinator, any } = conditions;
    const said = logic ?? operator ?? combinator ?? (any === undefined ? "and" : "or");
    const joined = String(said).toLowerCase() === "or" ? "||" : "&&";
    return { tests: listed(rules, `${column}.conditions`), operator: joined };
  }
  if ("field" in conditions) return { tests: listed([conditions], column), operator: "&&" };
  const tests = Object.entries(conditions).map(([field, value]): LegacyTest => {
    const operator = value === null ? "is_null" : Array.isArray(value) ? "in" : "eq";
    return { path: `${column}.${field}`, field, operator, value };
  });
  return { tests, operator: "&&" };
}

function listed(list: JsonValue[], path: string): LegacyTest[] {
  return list.map((item, at) => {
    const test = typeof item === "object" && item !== null && !Array.isArray(item) ? item : {};
    return {
      path: `${path}[${at}]`,
      field: test.field ?? test.column ?? test.name ?? test.key,
      operator: test.operator ?? test.op ?? test.comparator ?? "eq",
      value: test.value ?? null,
    };
  });
}

function testExpression({ field, operator, value }: LegacyTest, source: DiscoveredEntity): string {
  if (typeof field !== "string") throw new NotUnderstood("A condition names no field.");
  const from = columnOf(source, field);
  if (!from) throw new NotUnderstood(`"${source.schema.entityType}" has no field "${field}".`);
  const ref = fieldReference(field);
  const name = String(operator).toLowerCase().replaceAll(/[ -]/g, "_");
  const type = exprTypeOf(from.kind);
  if (nullTests[name]) return `${ref} ${nullTests[name]} null`;
  if (name === "in" || name === "not_in") {
    const list = (Array.isArray(value) ? value : [value]).map((each) => literal(each, type));
    if (list.length === 0 || list.includes(undefined))
      throw new NotUnderstood(`The list holds other values than those of "${field}".`);
    const test = `${ref} in [${list.join(", ")}]`;
    return name === "not_in" ? `!(${test})` : test;
  }
  const given = literal(value, type);
  if (given === undefined)
    throw new NotUnderstood(
      `${JSON.stringify(value)} is no value for "${field}", which is ${from.field.dataType}.`,
    );
  if (name === "like" || name === "ilike") return likeExpression(ref, String(value), name === "ilike");
  if (calls[name]) return `${calls[name]}(${ref}, ${given})`;
  if (comparisons[name]) return `${ref} ${comparisons[name]} ${given}`;
  throw new NotUnderstood(`The operator "${String(operator)}" is not known.`);
}

/** `LIKE` with its wildcard at the ends; `ILIKE` takes no notice of the case of letters. */
function likeExpression(ref: string, pattern: string, anyCase: boolean): string {
  const text = pattern.replace(/^%/, "").replace(/%$/, "");
  if (/[%_\\]/.test(text))
    throw new NotUnderstood(`The pattern ${JSON.stringify(pattern)} has wildcards inside.`);
  const [value, sought] = anyCase
    ? [`lower(${ref})`, `lower(${JSON.stringify(text)})`]
    : [ref, JSON.stringify(text)];
  if (text === pattern) return `${value} == ${sought}`;
  if (pattern.startsWith("%"))
    return `${pattern.endsWith("%") ? "contains" : "endsWith"}(${value}, ${sought})`;
  return `startsWith(${value}, ${sought})`;
}

/** A value as a literal of the expression type; undefined where it is none. */
export function literal(value: JsonValue, type: string): string | undefined {
  if (value === null) return "null";
  if (typeof value === "object") return undefined;
  switch (type) {
    case "string":
      return JSON.stringify(String(value));
    case "int":
      return /^-?\d{1,19}$/.test(String(value)) ? String(value) : undefined;
    case "double": {
      const number = Number(value);
      if (typeof value === "boolean" || String(value).trim() === "" || !Number.isFinite(number))
        return undefined;
      return Number.isInteger(number) ? `${BigInt(number)}.0` : String(number);
    }
    case "bool":
      return /^(true|false)$/i.test(String(value)) ? String(value).toLowerCase() : undefined;
    case "timestamp":
      return typeof value === "string" ? `timestamp(${JSON.stringify(value)})` : undefined;
    default:
      return undefined;
  }
}
