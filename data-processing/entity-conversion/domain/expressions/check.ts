import type { ASTNode } from "@marcbachmann/cel-js";
import {
  type Expr,
  ExpressionProblem,
  type ExprType,
  type Overload,
  type RecordField,
  type RecordName,
  type ScalarType,
  type SourceSpan,
} from "./expression.js";
import { findOverload, functionNames, overloadsOf } from "./functions.js";
import { parseExpression } from "./parse.js";

const maxInt = 2n ** 63n - 1n;
const nullLiteral: Expr = { op: "literal", type: "null", value: null };
const onlyRecord: readonly RecordName[] = [{ name: "record", at: 0 }];

/**
 * Parses an expression and checks its types against the fields of `record`, or of the records that it may name.
 *
 * The language is CEL with SQL's null: an operator or function whose argument is null gives null, a condition that
 * is null does not hold, and `== null`, `!= null` and `has()` test for null. An int is taken where a double is
 * wanted. Lists stand only to the right of `in`.
 */
export function checkExpression(
  source: string,
  fields: readonly RecordField[],
  records: readonly RecordName[] = onlyRecord,
): Expr {
  const index = new Map(fields.map((field, at) => [field.name, { at, type: field.type }]));
  return new Checker(index, new Map(records.map((record) => [record.name, record]))).check(
    parseExpression(source),
  );
}

class Checker {
  constructor(
    private readonly fields: Map<string, { at: number; type: ScalarType }>,
    private readonly records: Map<string, RecordName>,
  ) {}

  check(node: ASTNode): Expr {
    switch (node.op) {
      case "value":
        return this.literal(node, node.args);
      case "id":
        if (this.records.has(node.args))
          return fail(
            node,
            "expression_type",
            `\`${node.args}\` is not a value: name one of its fields, as in \`${node.args}.name\`.`,
          );
        return fail(
          node,
          "unknown_field",
          `Unknown name \`${node.args}\`: fields are written \`record.${node.args}\`.`,
        );
      case ".":
        return this.field(node.args[0], node.args[1], node);
      case "[]":
        return this.bracket(node.args[0], node.args[1], node);
      case "call":
        return this.call(node.args[0], node.args[1], node);
      case "rcall":
        return this.call(node.args[0], [node.args[1], ...node.args[2]], node);
      case "?:":
        return this.conditional(node.args, node);
      case "&&":
      case "||":
        return {
          op: node.op === "&&" ? "and" : "or",
          type: "bool",
          left: this.condition(node.args[0]),
          right: this.condition(node.args[1]),
        };
      case "!_":
        return { op: "not", type: "bool", value: this.condition(node.args) };
      case "-_":
        return this.negated(node.args, node);
      case "in":
        return this.membership(node.args[0], node.args[1], node);
      case "==":
      case "!=":
        return this.equality(node.op, node.args[0], node.args[1], node);
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.apply(node.op, [this.check(node.args[0]), this.check(node.args[1])], node);
      case "list":
        return fail(node, "expression_unsupported", "A list stands only to the right of `in`.");
      default:
        return fail(node, "expression_unsupported", "This form is not part of the expression language.");
    }
  }

  private literal(node: ASTNode, value: unknown): Expr {
    if (value === null) return { op: "literal", type: "null", value };
    if (typeof value === "string") {
      if (value.includes("\0"))
        fail(node, "expression_unsupported", "A text cannot hold the character U+0000.");
      return { op: "literal", type: "string", value };
    }
    if (typeof value === "boolean") return { op: "literal", type: "bool", value };
    if (typeof value === "number") return { op: "literal", type: "double", value };
    if (typeof value === "bigint") {
      if (value > maxInt) fail(node, "expression_type", `${value} is out of the range of int (64 bits).`);
      return { op: "literal", type: "int", value };
    }
    return fail(
      node,
      "expression_unsupported",
      "Bytes and unsigned integers are not part of the expression language.",
    );
  }

  private field(object: ASTNode, name: string, node: ASTNode): Expr {
    const record = object.op === "id" ? this.records.get(object.args) : undefined;
    if (!record) {
      const names = [...this.records.keys()].map((known) => `\`${known}\``).join(", ");
      return fail(
        node,
        "expression_unsupported",
        `Only ${names} ${this.records.size === 1 ? "has" : "have"} fields; \`.${name}\` is applied to something else.`,
      );
    }
    const field = this.fields.get(name);
    if (!field)
      return fail(node, "unknown_field", `\`${record.name}\` has no field \`${name}\`.${this.similar(name)}`);
    return { op: "field", type: field.type, index: record.at + field.at, at: spanOf(node) };
  }

  private similar(name: string): string {
    const wanted = name.toLowerCase().replaceAll("_", "");
    const match = [...this.fields.keys()].find((key) => key.toLowerCase().replaceAll("_", "") === wanted);
    return match === undefined ? "" : ` Did you mean \`${match}\`?`;
  }

  private bracket(object: ASTNode, key: ASTNode, node: ASTNode): Expr {
    if (key.op === "value" && typeof key.args === "string") return this.field(object, key.args, node);
    return fail(
      node,
      "expression_unsupported",
      'In brackets stands a field name as a literal text, as in `record["First name"]`.',
    );
  }

  private conditional(parts: readonly [ASTNode, ASTNode, ASTNode], node: ASTNode): Expr {
    const condition = this.condition(parts[0]);
    const branches = [this.check(parts[1]), this.check(parts[2])];
    const type = commonType(branches, node);
    if (type === "null") return nullLiteral;
    const [whenTrue, whenFalse] = branches.map((branch) => convert(branch, type, node));
    return { op: "if", type, condition, whenTrue: whenTrue!, whenFalse: whenFalse! };
  }

  private condition(node: ASTNode): Expr {
    const value = this.check(node);
    if (value.type === "bool" || value.type === "null") return convert(value, "bool", node);
    return fail(node, "expression_type", `A condition must be bool, this is ${value.type}.`);
  }

  private negated(operand: ASTNode, node: ASTNode): Expr {
    if (operand.op === "value" && typeof operand.args === "bigint") {
      const value = -operand.args;
      if (value < -maxInt - 1n)
        fail(node, "expression_type", `${value} is out of the range of int (64 bits).`);
      return { op: "literal", type: "int", value };
    }
    if (operand.op === "value" && typeof operand.args === "number") {
      return { op: "literal", type: "double", value: -operand.args };
    }
    return this.apply("-", [this.check(operand)], node);
  }

  private equality(op: "==" | "!=", left: ASTNode, right: ASTNode, node: ASTNode): Expr {
    const negated = op === "!=";
    const absent = this.absence(left, right) ?? this.absence(right, left);
    if (absent) return { op: "isNull", type: "bool", value: absent, negated };
    const a = this.check(left);
    const b = this.check(right);
    if (isNullLiteral(b)) return { op: "isNull", type: "bool", value: a, negated };
    if (isNullLiteral(a)) return { op: "isNull", type: "bool", value: b, negated };
    return this.apply(op, [a, b], node);
  }

  /** What is null where a whole record is, if that is what a comparison with null asks for. */
  private absence(record: ASTNode, other: ASTNode): Expr | undefined {
    if (record.op !== "id" || other.op !== "value" || other.args !== null) return undefined;
    const index = this.records.get(record.args)?.presentAt;
    return index === undefined ? undefined : { op: "field", type: "bool", index, at: spanOf(record) };
  }

  private membership(value: ASTNode, list: ASTNode, node: ASTNode): Expr {
    if (list.op !== "list") {
      return fail(
        list,
        "expression_unsupported",
        'To the right of `in` stands a list, as in `record.kind in ["a", "b"]`.',
      );
    }
    const all = [this.check(value), ...list.args.map((item) => this.check(item))];
    const type = commonType(all, node);
    if (type === "null") return nullLiteral;
    if (list.args.length === 0)
      return fail(list, "expression_type", "The list to the right of `in` is empty.");
    const [first, ...rest] = all.map((item) => convert(item, type, node));
    const equals = builtInOverload("==", [type, type]);
    return { op: "in", type: "bool", value: first!, list: rest, equals };
  }

  private call(name: string, argNodes: readonly ASTNode[], node: ASTNode): Expr {
    if (name === "has") return this.has(argNodes, node);
    const args = argNodes.map((arg) => this.check(arg));
    if (name === "coalesce") {
      if (args.length === 0) fail(node, "expression_type", "`coalesce` takes at least one argument.");
      const type = commonType(args, node);
      if (type === "null") return nullLiteral;
      return { op: "coalesce", type, args: args.map((arg) => convert(arg, type, node)) };
    }
    if (name === "concat")
      return { op: "join", type: "string", separator: "", args: args.map((arg) => this.asText(arg, node)) };
    if (name === "joinText") return this.joinText(argNodes[0], args, node);
    return this.apply(name, args, node);
  }

  private has(args: readonly ASTNode[], node: ASTNode): Expr {
    const [arg] = args;
    if (args.length !== 1 || !arg || (arg.op !== "." && arg.op !== "[]")) {
      return fail(node, "expression_type", "`has` takes one field, as in `has(record.name)`.");
    }
    return { op: "isNull", type: "bool", value: this.check(arg), negated: true };
  }

  private joinText(separator: ASTNode | undefined, args: Expr[], node: ASTNode): Expr {
    if (separator?.op !== "value" || typeof separator.args !== "string") {
      return fail(
        node,
        "expression_type",
        "The first argument of `joinText` is the separator, a literal text.",
      );
    }
    return {
      op: "join",
      type: "string",
      separator: separator.args,
      args: args.slice(1).map((arg) => this.asText(arg, node)),
    };
  }

  private asText(arg: Expr, node: ASTNode): Expr {
    return arg.type === "string" || arg.type === "null" ? arg : this.apply("string", [arg], node);
  }

  private apply(name: string, args: Expr[], node: ASTNode): Expr {
    const types = args.map((arg) => arg.type);
    const overload = findOverload(name, types, args);
    if (typeof overload === "string") return fail(node, "expression_type", overload);
    if (overload) {
      return {
        op: "call",
        type: overload.result,
        name,
        overload,
        // A literal date pattern is part of the overload.
        args: overload.params.map((param, at) => convert(args[at]!, param, node)),
        at: spanOf(node),
      };
    }
    const known = overloadsOf(name);
    if (known.length === 0) {
      const names = functionNames().join(", ");
      return fail(node, "expression_type", `Unknown function \`${name}\`. There are: ${names}.`);
    }
    const shown = known.map((overload) => `(${overload.params.join(", ")})`).join(", ");
    return fail(node, "expression_type", `\`${name}\` takes ${shown}, but was given (${types.join(", ")}).`);
  }
}

function isNullLiteral(expr: Expr): boolean {
  return expr.op === "literal" && expr.value === null;
}

function commonType(exprs: readonly Expr[], node: ASTNode): ExprType {
  const types = new Set(exprs.map((expr) => expr.type).filter((type) => type !== "null"));
  if (types.size === 2 && types.has("int") && types.has("double")) return "double";
  if (types.size > 1)
    fail(node, "expression_type", `The values must be of one type, these are ${[...types].join(" and ")}.`);
  return [...types][0] ?? "null";
}

/** Gives an expression the type it is used as: int → double; a null literal takes any type. */
function convert(expr: Expr, type: ExprType, node: ASTNode): Expr {
  if (expr.type === type) return expr;
  if (expr.op === "literal" && expr.value === null) return { ...expr, type };
  if (expr.op === "literal" && typeof expr.value === "bigint" && type === "double") {
    return { op: "literal", type, value: Number(expr.value) };
  }
  if (expr.type === "int" && type === "double") {
    const overload = builtInOverload("double", ["int"]);
    return { op: "call", type: "double", name: "double", overload, args: [expr], at: spanOf(node) };
  }
  return expr;
}

function builtInOverload(name: string, types: ExprType[]): Overload {
  const overload = findOverload(name, types);
  if (typeof overload !== "object")
    throw new Error(`The function library lacks ${name}(${types.join(", ")}).`);
  return overload;
}

function spanOf(node: ASTNode): SourceSpan {
  return { start: node.start, end: node.end };
}

function fail(node: ASTNode, code: ExpressionProblem["code"], message: string): never {
  throw new ExpressionProblem(code, message, spanOf(node));
}
