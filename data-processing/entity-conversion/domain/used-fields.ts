import type { Expr } from "./expressions/expression.js";
import type { ConversionPlan } from "./plan.js";

/** Places in `plan.fields` of the fields that expressions read. */
export function expressionFields(plan: ConversionPlan): number[] {
  const found = new Set<number>();
  const exprs = plan.targets.flatMap(({ value }) =>
    value.kind === "expression" ? [value.expr] : value.kind === "lookup" ? [value.lookup.equals] : [],
  );
  const conditions = [plan.filter, plan.when, ...plan.parts.map((part) => part.when)];
  for (const expr of [...conditions, ...exprs]) if (expr) collect(expr, found);
  return [...found].sort((a, b) => a - b);
}

/** Places of the fields that an expression reads. */
export function fieldsOf(expr: Expr): number[] {
  const found = new Set<number>();
  collect(expr, found);
  return [...found].sort((a, b) => a - b);
}

/** Names of the source fields that are copied as they are. */
export function copiedFields(plan: ConversionPlan): string[] {
  return [...new Set(plan.targets.flatMap(({ value }) => (value.kind === "copy" ? [value.field] : [])))];
}

function collect(expr: Expr, found: Set<number>): void {
  switch (expr.op) {
    case "literal":
      return;
    case "field":
      found.add(expr.index);
      return;
    case "and":
    case "or":
      collect(expr.left, found);
      collect(expr.right, found);
      return;
    case "not":
    case "isNull":
      collect(expr.value, found);
      return;
    case "if":
      for (const part of [expr.condition, expr.whenTrue, expr.whenFalse]) collect(part, found);
      return;
    case "in":
      for (const part of [expr.value, ...expr.list]) collect(part, found);
      return;
    case "call":
    case "coalesce":
    case "join":
      for (const part of expr.args) collect(part, found);
  }
}
