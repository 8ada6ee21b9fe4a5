import { type Expr, ExpressionError, type Overload, type Scalar, type Value } from "./expression.js";

/** A compiled expression: takes the record's field values in the order of the fields it was checked against. */
export type Evaluator = (row: readonly Value[]) => Value;

/**
 * Compiles a checked expression to a function. The function throws `ExpressionError` where the expression fails on
 * a record.
 */
export function compileEvaluator(expr: Expr): Evaluator {
  switch (expr.op) {
    case "literal": {
      const { value } = expr;
      return () => value;
    }
    case "field":
      return field(expr.index);
    case "call":
      return call(expr.overload, expr.args.map(compileEvaluator));
    case "and":
      return logic(compileEvaluator(expr.left), compileEvaluator(expr.right), false);
    case "or":
      return logic(compileEvaluator(expr.left), compileEvaluator(expr.right), true);
    case "not":
      return not(compileEvaluator(expr.value));
    case "if":
      return conditional(
        compileEvaluator(expr.condition),
        compileEvaluator(expr.whenTrue),
        compileEvaluator(expr.whenFalse),
      );
    case "isNull": {
      const value = compileEvaluator(expr.value);
      const { negated } = expr;
      return (row) => (value(row) === null) !== negated;
    }
    case "in":
      return membership(compileEvaluator(expr.value), expr.list.map(compileEvaluator), expr.equals);
    case "coalesce":
      return coalesce(expr.args.map(compileEvaluator));
    case "join":
      return join(expr.args.map(compileEvaluator), expr.separator);
  }
}

/** Wrapped value of a field that expressions cannot take; reading it fails the record. */
export class UnreadableValue {
  constructor(readonly problem: string) {}
}

function field(index: number): Evaluator {
  return (row) => {
    const value: unknown = row[index];
    if (value instanceof UnreadableValue) throw new ExpressionError(value.problem);
    return (value as Value | undefined) ?? null;
  };
}

function call(overload: Overload, args: Evaluator[]): Evaluator {
  const { evaluate } = overload;
  const [a, b] = args;
  if (a && args.length === 1) {
    return (row) => {
      const x = a(row);
      return x === null ? null : evaluate(x);
    };
  }
  if (a && b && args.length === 2) {
    return (row) => {
      const x = a(row);
      const y = b(row);
      return x === null || y === null ? null : evaluate(x, y);
    };
  }
  return (row) => {
    const values = args.map((arg) => arg(row));
    return values.includes(null) ? null : evaluate(...(values as Scalar[]));
  };
}

/** `&&` (decisive: false) and `||` (decisive: true) in three-valued logic; a decisive side also outweighs an error. */
function logic(left: Evaluator, right: Evaluator, decisive: boolean): Evaluator {
  return (row) => {
    let a: Value;
    try {
      a = left(row);
    } catch (error) {
      if (right(row) === decisive) return decisive;
      throw error;
    }
    if (a === decisive) return decisive;
    const b = right(row);
    if (b === decisive) return decisive;
    return a === null || b === null ? null : !decisive;
  };
}

function not(value: Evaluator): Evaluator {
  return (row) => {
    const x = value(row);
    return x === null ? null : !x;
  };
}

function conditional(condition: Evaluator, whenTrue: Evaluator, whenFalse: Evaluator): Evaluator {
  return (row) => (condition(row) === true ? whenTrue(row) : whenFalse(row));
}

function membership(value: Evaluator, list: Evaluator[], equals: Overload): Evaluator {
  return (row) => {
    const wanted = value(row);
    let unknown = false;
    let found = false;
    for (const item of list) {
      const candidate = item(row);
      if (wanted === null || candidate === null) unknown = true;
      else if (equals.evaluate(wanted, candidate)) found = true;
    }
    return found ? true : unknown ? null : false;
  };
}

function coalesce(args: Evaluator[]): Evaluator {
  return (row) => {
    for (const arg of args) {
      const value = arg(row);
      if (value !== null) return value;
    }
    return null;
  };
}

function join(args: Evaluator[], separator: string): Evaluator {
  return (row) => {
    const texts = args.map((arg) => arg(row) as string | null).filter((text) => text !== null);
    return separator === "" ? texts.join("") : texts.filter((text) => text !== "").join(separator);
  };
}
