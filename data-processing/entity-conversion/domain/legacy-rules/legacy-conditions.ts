import type { JsonValue } from "../../../../shared/json.js";
import type { DiscoveredEntity } from "../../../schema-discovery/domain/entity.js";
import type { LegacyRuleNote } from "../../types.js";
import { exprTypeOf } from "../column-sql.js";
import { columnOf, fieldReference } from "../field-types.js";
import type { JsonObject } from "./read-row.js";

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
  like: "contains",
  ilike: "contains",
  includes: "contains",
  starts_with: "startsWith",
  startswith: "startsWith",
  ends_with: "endsWith",
  endswith: "endsWith",
};

/**
 * The expression that means what legacy conditions mean: an object of field → value, or a list of
 * `{ field, operator, value }`, all of which must hold unless `logic` or `operator` says `or`. A condition that cannot
 * be understood is told of, and makes the result undefined: a rule without it would convert more than it did.
 */
export function legacyCondition(
  conditions: JsonValue | undefined,
  { column, source, notes }: { column: string; source: DiscoveredEntity; notes: LegacyRuleNote[] },
): { expression?: string; understood: boolean } {
  if (conditions === undefined || conditions === null || conditions === "") return { understood: true };
  if (typeof conditions === "string") {
    notes.push({
      path: column,
      outcome: "changed",
      message: "The text is taken as an expression on `record`.",
    });
    return { expression: conditions, understood: true };
  }
  let understood = true;
  const refuse = (path: string, message: string): string => {
    understood = false;
    notes.push({ path, outcome: "refused", message });
    return "";
  };
  const one = (
    path: string,
    field: JsonValue | undefined,
    operator: JsonValue | undefined,
    value: JsonValue | undefined,
  ): string => {
    if (typeof field !== "string") return refuse(path, "A condition names no field.");
    const from = columnOf(source, field);
    if (!from) return refuse(path, `"${source.schema.entityType}" has no field "${field}".`);
    const ref = fieldReference(field);
    const name = (typeof operator === "string" ? operator : "eq")
      .toLowerCase()
      .replaceAll(" ", "_")
      .replaceAll("-", "_");
    const type = exprTypeOf(from.kind);
    if (["is_null", "null", "empty", "is_empty", "not_exists"].includes(name)) return `${ref} == null`;
    if (["not_null", "is_not_null", "notnull", "not_empty", "is_not_empty", "exists"].includes(name))
      return `${ref} != null`;
    if (name === "in" || name === "not_in" || Array.isArray(value)) {
      const list = (Array.isArray(value) ? value : [value ?? null]).map((each) => literal(each, type));
      if (list.length === 0 || list.some((each) => each === undefined))
        return refuse(path, "The list holds no values of the field's type.");
      const test = `${ref} in [${list.join(", ")}]`;
      return name === "not_in" ? `!(${test})` : test;
    }
    const given = literal(value ?? null, type);
    if (given === undefined)
      return refuse(
        path,
        `${JSON.stringify(value)} is no value for "${field}", which is ${from.field.dataType}.`,
      );
    const call = calls[name];
    if (call !== undefined) {
      const text = typeof value === "string" ? JSON.stringify(value.replaceAll("%", "")) : given;
      return `${call}(${ref}, ${text})`;
    }
    const comparison = comparisons[name];
    if (comparison === undefined) return refuse(path, `The operator "${String(operator)}" is not known.`);
    return `${ref} ${comparison} ${given}`;
  };
  const listed = (list: JsonValue[], path: string): string[] =>
    list.map((item, at) => {
      const where = `${path}[${at}]`;
      if (typeof item !== "object" || item === null || Array.isArray(item))
        return refuse(where, "A condition is an object.");
      return one(
        where,
        item.field ?? item.column ?? item.name ?? item.key,
        item.operator ?? item.op ?? item.comparator,
        item.value,
      );
    });
  const parts = Array.isArray(conditions)
    ? { list: listed(conditions, column), or: false }
    : typeof conditions === "object"
      ? ofObject(conditions)
      : { list: [refuse(column, "Conditions are an object or a list.")], or: false };
  function ofObject(object: JsonObject): { list: string[]; or: boolean } {
    const rules = object.conditions ?? object.rules ?? object.all ?? object.any;
    if (Array.isArray(rules)) {
      const logic =
        object.logic ?? object.operator ?? object.combinator ?? (object.any === undefined ? "and" : "or");
      return { list: listed(rules, `${column}.conditions`), or: String(logic).toLowerCase() === "or" };
    }
    if ("field" in object) return { list: listed([object], column), or: false };
    return {
      list: Object.entries(object).map(([field, value]) =>
        one(`${column}.${field}`, field, value === null ? "is_null" : "eq", value),
      ),
      or: false,
    };
  }
  if (!understood || parts.list.length === 0) return { understood };
  const expression = parts.list
    .map((part) => (parts.list.length > 1 ? `(${part})` : part))
    .join(parts.or ? " || " : " && ");
  notes.push({
    path: column,
    outcome: "changed",
    message: `The condition is now the expression ${expression}`,
  });
  return { expression, understood };
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
