import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { EntityRef, FieldMapping, LookupMapping, RuleDefinition } from "../types.js";
import { exprTypeOf, type TypedColumn } from "./column-sql.js";
import { constantText } from "./constants.js";
import type { RecordField } from "./expressions/expression.js";
import { columnOf, copyProblem, resultFits, sameType } from "./field-types.js";
import type { LookupPlan, ValuePlan } from "./plan.js";
import type { ProblemList } from "./rule-problems.js";

type TargetColumn = NonNullable<ReturnType<typeof columnOf>>;

/** What the values of a rule are compiled against. */
export interface ValueContext {
  list: ProblemList;
  definition: RuleDefinition;
  source: DiscoveredEntity | undefined;
  /** The source's fields as expressions see them. */
  fields: RecordField[];
  lookup: (ref: EntityRef) => DiscoveredEntity | undefined;
  /** Whether the rule itself writes to an entity. */
  writes: (ref: EntityRef) => boolean;
}

/** The entity that a lookup reads. */
export function lookupRef(definition: RuleDefinition, lookup: LookupMapping): EntityRef {
  return { dataSource: lookup.dataSource ?? definition.source.dataSource, entity: lookup.entity };
}

/**
 * The plan of a value that is a column, a constant, an expression or a lookup. `to` is the field that it is for;
 * undefined where there is none, then only what does not depend on it is checked.
 */
export function compileValue(
  context: ValueContext,
  mapping: Pick<FieldMapping, "column" | "constant" | "expression" | "lookup">,
  path: string,
  to: TargetColumn | undefined,
): ValuePlan | undefined {
  if (mapping.column !== undefined) return copyValue(context, mapping.column, path, to);
  if (mapping.constant !== undefined) {
    const constant = to && constantText(mapping.constant, to);
    if (constant && "problem" in constant) context.list.add(path, "type_mismatch", constant.problem);
    return constant && "text" in constant ? { kind: "constant", text: constant.text } : undefined;
  }
  if (mapping.expression !== undefined) {
    if (!context.source) return undefined;
    const expr = context.list.expression(path, mapping.expression, context.fields);
    if (expr && to && !resultFits(expr.type, to)) {
      context.list.add(
        path,
        "type_mismatch",
        `The expression is ${expr.type}, which cannot be written to ${to.field.dataType}.`,
      );
    }
    return expr && { kind: "expression", expr };
  }
  return mapping.lookup && lookupValue(context, mapping.lookup, path, to);
}

function copyValue(
  { list, definition, source }: ValueContext,
  sourceName: string,
  path: string,
  to: TargetColumn | undefined,
): ValuePlan | undefined {
  const from = source && columnOf(source, sourceName);
  if (source && !from)
    list.add(path, "unknown_field", `"${definition.source.entity}" has no field "${sourceName}".`);
  if (!from || !to) return undefined;
  const problem = copyProblem(from, to);
  if (problem) list.add(path, "type_mismatch", problem);
  return { kind: "copy", field: sourceName, sameType: sameType(from, to) };
}

function lookupValue(
  context: ValueContext,
  mapping: LookupMapping,
  path: string,
  to: TargetColumn | undefined,
): ValuePlan | undefined {
  const { list } = context;
  const ref = lookupRef(context.definition, mapping);
  const entity = context.lookup(ref);
  if (context.writes(ref))
    list.add(
      `${path}.entity`,
      "lookup_cycle",
      `The rule itself writes to "${ref.entity}": what the lookup finds there would depend on the order of the records. Refer to a related record instead.`,
    );
  const equals = context.source
    ? list.expression(`${path}.equals`, mapping.equals, context.fields)
    : undefined;
  if (!entity) return undefined;
  const match = columnOf(entity, mapping.matchColumn);
  const value = columnOf(entity, mapping.valueColumn);
  if (!match)
    list.add(
      `${path}.matchColumn`,
      "unknown_field",
      `"${ref.entity}" has no field "${mapping.matchColumn}".`,
    );
  if (!value)
    list.add(
      `${path}.valueColumn`,
      "unknown_field",
      `"${ref.entity}" has no field "${mapping.valueColumn}".`,
    );
  if (match && !match.field.unique) {
    list.add(
      `${path}.matchColumn`,
      "lookup_not_unique",
      `"${mapping.matchColumn}" of "${ref.entity}" is not unique by itself, so that a lookup could find several records.`,
    );
  }
  const matchKind = match && lookupMatchKind(match);
  if (match && !matchKind) {
    list.add(
      `${path}.matchColumn`,
      "type_mismatch",
      `A lookup matches texts, integers and UUIDs; "${mapping.matchColumn}" is ${match.field.dataType}.`,
    );
  }
  if (equals && match && equals.type !== "null" && equals.type !== exprTypeOf(match.kind)) {
    list.add(
      `${path}.equals`,
      "type_mismatch",
      `The expression is ${equals.type}, but "${mapping.matchColumn}" is ${match.field.dataType}.`,
    );
  }
  if (!value || !to || !equals || !match || !matchKind) return undefined;
  const problem = copyProblem(value, to);
  if (problem) list.add(`${path}.valueColumn`, "type_mismatch", problem);
  const plan: LookupPlan = {
    dataSource: ref.dataSource,
    entity,
    matchColumn: mapping.matchColumn,
    matchKind,
    equals,
    valueColumn: mapping.valueColumn,
    valueSameType: sameType(value, to),
    onMiss: mapping.onMiss ?? "fail",
    defaultText: null,
  };
  if (mapping.default !== undefined && plan.onMiss !== "default") {
    list.add(`${path}.default`, "bad_mapping", 'A default is used with onMiss "default" only.');
  }
  if (plan.onMiss === "default") {
    const constant = constantText(mapping.default ?? null, to);
    if ("problem" in constant) list.add(`${path}.default`, "type_mismatch", constant.problem);
    else plan.defaultText = constant.text;
  }
  return { kind: "lookup", lookup: plan };
}

function lookupMatchKind({ kind, column }: TypedColumn): LookupPlan["matchKind"] | undefined {
  if (column.baseType === "uuid") return "uuid";
  if (kind === "int") return "int";
  return ["text", "varchar", "bpchar"].includes(column.baseType) ? "string" : undefined;
}
