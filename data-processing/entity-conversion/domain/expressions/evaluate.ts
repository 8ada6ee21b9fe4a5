import { type Expr, ExpressionError, type Overload, type Scalar, type Value } from "./expression.js";

/** A compiled expression: takes the record's field values in the order of the fields it was checked against. */
export type Evaluator = (row: readonly Value[]) => Value;

/**
 * Most characters that the functions of an expression may read on one record. Each of them takes time in proportion,
 * so that no expression keeps the process from its other work, or fills its memory.
 */
export const maxWork = 20_000_000;

/** Characters read by the evaluation that is under way. */
let work = 0;

function addWork(characters: number): void {
  work += characters;
  if (work > maxWork)
    throw new ExpressionError(`The expression reads more than ${maxWork} characters of text on this record.`);
}

/**
 * Compiles a checked expression to a function. The function throws `ExpressionError` where the expression fails on
 * a record.
 */
export function compileEvaluator(expr: Expr): Evaluator {
  const evaluate = compile(expr);
  return (row) => {
    work = 0;
    return evaluate(row);
  };
}

function compile(expr: Expr): Evaluator {
  switch (expr.op) {
    case "literal": {
      const { value } = expr;
      return () => value;
    }
    case "field":
      return field(expr.index);
    case "call":
      return call(expr.overload, expr.args.map(compile));
    case "and":
      return logic(compile(expr.left), compile(expr.right), false);
    case "or":
      return logic(compile(expr.left), compile(expr.right), true);
    case "not":
      return not(compile(expr.value));
    case "if":
      return conditional(compile(expr.condition), compile(expr.whenTrue), compile(expr.whenFalse));
    case "isNull": {
      const value = compile(expr.value);
      const { negated } = expr;
      return (row) => (value(row) === null) !== negated;
    }
    case "in":
      return membership(compile(expr.value), expr.list.map(compile), expr.equals);
    case "coalesce":
      return coalesce(expr.args.map(compile));
    case "join":
      return join(expr.args.map(compile), expr.separator);
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

/**
 * A call is null where an argument is, also where another argument fails: Postgres, which may know beforehand that one
 * is null, does not look at the others then.
 */
function call(overload: Overload, args: Evaluator[]): Evaluator {
  const evaluate = counted(overload);
  const [a, b] = args;
  if (a && args.length === 1) {
    return (row) => {
      const x = a(row);
      return x === null ? null : evaluate(x);
    };
  }
  if (a && b && args.length === 2) {
    return (row) => {
      let x: Value;
      try {
        x = a(row);
      } catch (error) {
        if (b(row) === null) return null;
        throw error;
      }
      if (x === null) return null;
      const y = b(row);
      return y === null ? null : evaluate(x, y);
    };
  }
  return (row) => {
    const values = settle(args, row);
    const failure = values.find((value) => value instanceof Failure);
    if (values.includes(null)) return null;
    if (failure) throw failure.error;
    return evaluate(...(values as Scalar[]));
  };
}

/** Stands for the value of an argument that failed. */
class Failure {
  constructor(readonly error: unknown) {}
}

function settle(args: readonly Evaluator[], row: readonly Value[]): (Value | Failure)[] {
  return args.map((arg) => {
    try {
      return arg(row);
    } catch (error) {
      return new Failure(error);
    }
  });
}

/** The function of an overload; one that takes texts counts what it reads. */
function counted({ params, evaluate }: Overload): Overload["evaluate"] {
  if (!params.includes("string")) return evaluate;
  return (...args) => {
    for (const arg of args) if (typeof arg === "string") addWork(arg.length);
    return evaluate(...args);
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

/** A value that is found outweighs items that fail, and a value that is null makes the result null. */
function membership(value: Evaluator, list: Evaluator[], overload: Overload): Evaluator {
  const equals = counted(overload);
  return (row) => {
    const wanted = value(row);
    if (wanted === null) return list.length === 0 ? false : null;
    const items = settle(list, row);
    const found = items.some(
      (item) => item !== null && !(item instanceof Failure) && equals(wanted, item) === true,
    );
    if (found) return true;
    const failure = items.find((item) => item instanceof Failure);
    if (failure) throw failure.error;
    return items.includes(null) ? null : false;
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
    for (const text of texts) addWork(text.length + separator.length);
    return separator === "" ? texts.join("") : texts.filter((text) => text !== "").join(separator);
  };
}
