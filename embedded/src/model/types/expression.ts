import type TS from "typescript";
import { ts } from "../typescript.js";
import { evaluate, type Frame } from "./evaluate.js";
import { lookUp } from "./names.js";
import type { Resolver } from "./resolver.js";
import { basic, FAILED, isBasic, NEVER, type ObjectField, type Type } from "./type.js";
import { merge } from "./union.js";

const FIX = "Write the type out instead of taking it from the value.";

/** `typeof name` in a type. */
export function typeofType(r: Resolver, frame: Frame, node: TS.TypeQueryNode): Type {
  if (node.typeArguments) return unsupported(r, frame, node, "`typeof` with type arguments");
  return entityType(r, frame, node.exprName);
}

function entityType(r: Resolver, frame: Frame, name: TS.EntityName): Type {
  if (!ts.isIdentifier(name))
    return memberType(r, frame, entityType(r, frame, name.left), name.right.text, name.right);
  const declaration = lookUp(r, frame.module, name);
  return declaration ? r.typeOf(declaration) : unknownName(r, frame, name);
}

/** The type of a value, as far as syntax tells. */
export function expressionType(r: Resolver, frame: Frame, node: TS.Expression): Type {
  return r.guard(() => valueType(r, frame, node));
}

function valueType(r: Resolver, frame: Frame, node: TS.Expression): Type {
  const inner = (child: TS.Expression) => expressionType(r, frame, child);
  if (ts.isIdentifier(node)) {
    const declaration = lookUp(r, frame.module, node);
    return declaration ? { kind: "named", declaration, args: [] } : unknownName(r, frame, node);
  }
  const literal = literalType(node);
  if (literal) return literal;
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node)) return inner(node.expression);
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    return ts.isConstTypeReference(node.type) ? inner(node.expression) : evaluate(r, frame, node.type);
  }
  if (ts.isObjectLiteralExpression(node)) return objectValueType(r, frame, node);
  if (ts.isArrayLiteralExpression(node)) {
    for (const element of node.elements) inner(ts.isSpreadElement(element) ? element.expression : element);
    // The official parser does not track the elements: the result is a union of nothing.
    return { kind: "union", members: [] };
  }
  if (ts.isPropertyAccessExpression(node) && !node.questionDotToken) {
    return memberType(r, frame, inner(node.expression), node.name.text, node.name);
  }
  if (ts.isElementAccessExpression(node) && !node.questionDotToken) {
    const key = inner(node.argumentExpression);
    const name = key.kind === "literal" && typeof key.value !== "object" ? String(key.value) : undefined;
    return memberType(r, frame, inner(node.expression), name, node.argumentExpression);
  }
  return operationType(r, frame, node, inner);
}

function literalType(node: TS.Expression): Type | undefined {
  if (ts.isStringLiteral(node)) return { kind: "literal", value: node.text };
  if (ts.isNumericLiteral(node)) return { kind: "literal", value: Number(node.text) };
  if (ts.isBigIntLiteral(node)) return basic("bigint");
  if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) return basic("string");
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
      return { kind: "literal", value: true };
    case ts.SyntaxKind.FalseKeyword:
      return { kind: "literal", value: false };
    case ts.SyntaxKind.NullKeyword:
      return basic("null");
    case ts.SyntaxKind.ThisKeyword:
      return { kind: "this" };
    default:
      return undefined;
  }
}

function operationType(
  r: Resolver,
  frame: Frame,
  node: TS.Expression,
  inner: (n: TS.Expression) => Type,
): Type {
  if (ts.isPrefixUnaryExpression(node)) {
    const operand = inner(node.operand);
    if (node.operator === ts.SyntaxKind.PlusToken) return basic("number");
    const negated =
      node.operator === ts.SyntaxKind.MinusToken && operand.kind === "literal" ? operand.value : undefined;
    return typeof negated === "number" ? { kind: "literal", value: -negated } : operand;
  }
  if (ts.isPostfixUnaryExpression(node)) return inner(node.operand);
  if (ts.isVoidExpression(node)) return basic("undefined");
  if (ts.isTypeOfExpression(node)) return basic("string");
  if (ts.isDeleteExpression(node)) return inner(node.expression);
  if (ts.isBinaryExpression(node)) return binaryType(node, inner);
  if (ts.isConditionalExpression(node)) {
    const [a, b] = [inner(node.whenTrue), inner(node.whenFalse)];
    return merge(a, b) ?? { kind: "union", members: [a, b] };
  }
  if (ts.isNewExpression(node)) {
    for (const argument of node.typeArguments ?? []) evaluate(r, frame, argument);
    return inner(node.expression);
  }
  if (ts.isCallExpression(node)) return resultType(r, frame, node, inner(node.expression));
  if (ts.isNonNullExpression(node)) return withoutNull(inner(node.expression));
  if (ts.isAwaitExpression(node)) {
    const awaited = inner(node.expression);
    const unwrapped = r.unwrapPromise(awaited);
    return unwrapped === awaited ? basic("unknown") : unwrapped;
  }
  if (ts.isExpressionWithTypeArguments(node)) return inner(node.expression);
  return unsupported(r, frame, node, "The type of this expression");
}

function binaryType(node: TS.BinaryExpression, inner: (n: TS.Expression) => Type): Type {
  const operator = node.operatorToken.kind;
  if (operator === ts.SyntaxKind.CommaToken) return inner(node.right);
  if (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment)
    return inner(node.right);
  const [left, right] = [inner(node.left), inner(node.right)];
  return merge(left, right) ?? left;
}

function withoutNull(type: Type): Type {
  if (type.kind === "optional") return type.of;
  if (type.kind !== "union") return type;
  const members = type.members.filter((m) => !isBasic(m, "undefined", "null"));
  return members.length === 0 ? NEVER : members.length === 1 ? members[0]! : { kind: "union", members };
}

function resultType(r: Resolver, frame: Frame, node: TS.CallExpression, callee: Type): Type {
  if (callee.kind === "named") return r.guard(() => resultType(r, frame, node, r.expand(callee)));
  if (callee.kind === "function") return callee.result;
  const only = callee.kind === "object" && callee.calls?.length === 1 ? callee.calls[0] : undefined;
  return only ?? unsupported(r, frame, node, "The type of this call");
}

function objectValueType(r: Resolver, frame: Frame, node: TS.ObjectLiteralExpression): Type {
  const fields: ObjectField[] = [];
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = expressionType(r, frame, property.expression);
      if (spread.kind === "object") fields.push(...spread.fields);
      else unsupported(r, frame, property, "The type of a spread");
      continue;
    }
    const name = propertyKey(r, frame, property.name);
    fields.push({
      name,
      type: propertyType(r, frame, property),
      optional: false,
      spot: { module: frame.module, node: property },
    });
  }
  return { kind: "object", fields };
}

function propertyType(r: Resolver, frame: Frame, property: TS.ObjectLiteralElementLike): Type {
  if (ts.isPropertyAssignment(property)) return expressionType(r, frame, property.initializer);
  if (!ts.isShorthandPropertyAssignment(property)) return basic("unknown");
  const declaration = lookUp(r, frame.module, property.name);
  return declaration ? r.typeOf(declaration) : unknownName(r, frame, property.name);
}

function propertyKey(r: Resolver, frame: Frame, name: TS.PropertyName): string {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name)) return name.text;
  if (ts.isComputedPropertyName(name)) {
    const key = expressionType(r, frame, name.expression);
    if (key.kind === "literal" && (typeof key.value === "string" || typeof key.value === "number")) {
      return String(key.value);
    }
  }
  unsupported(r, frame, name, "A computed key");
  return "";
}

function memberType(r: Resolver, frame: Frame, type: Type, name: string | undefined, node: TS.Node): Type {
  switch (type.kind) {
    case "named":
      return r.guard(() => memberType(r, frame, r.expand(type), name, node));
    case "validated":
    case "wire":
      return memberType(r, frame, type.of, name, node);
    case "enum": {
      const member = type.members.find((m) => m.name === name);
      return member ? { kind: "literal", value: member.value } : NEVER;
    }
    case "object":
      return type.fields.find((f) => f.name === name)?.type ?? type.index?.value ?? NEVER;
    case "decimal":
      return NEVER;
    default:
      return unsupported(r, frame, node, "A member of this type");
  }
}

function unknownName(r: Resolver, frame: Frame, name: TS.Identifier): Type {
  r.reportAt(
    frame.module,
    name,
    "name-unknown",
    `\`${name.text}\` is not declared at the top level of this file, nor imported.`,
    "Declare it at module level, or import it from the file that does.",
  );
  return FAILED;
}

function unsupported(r: Resolver, frame: Frame, node: TS.Node, what: string): Type {
  r.reportAt(frame.module, node, "type-unsupported", `${what} cannot be worked out.`, FIX);
  return FAILED;
}
