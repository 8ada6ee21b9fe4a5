import type TS from "typescript";
import type { Declaration } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";
import { ts } from "../typescript.js";
import { access, keysOf } from "./access.js";
import { extendsType, inferredList } from "./assignable.js";
import { typeofType } from "./expression.js";
import { intersect } from "./intersect.js";
import { exportOf, lookUp, ownExport } from "./names.js";
import { objectType } from "./object-literal-type.js";
import type { Resolver } from "./resolver.js";
import { specialType } from "./special-types.js";
import { type BasicName, basic, FAILED, type Type } from "./type.js";
import { unionOf } from "./union.js";

/** Where a type is evaluated: what its names mean, and the arguments known so far. */
export interface Frame {
  module: SourceModule;
  /** Type parameters in scope; a reference becomes `parameter` with their index. */
  parameters: readonly TS.TypeParameterDeclaration[];
  /** Type arguments for the parameters, when instantiating. */
  args: Type[];
  /** Name of the mapped type's key in scope. */
  keyName?: string;
  /** The key a mapped type is being written out for. */
  key?: Type;
  /** Names introduced by `infer` in the conditional type in scope. */
  inferNames?: string[];
  /** What they were inferred to be. */
  inferred?: Type[];
}

/** A frame at the top level of a module. */
export function frameOf(module: SourceModule): Frame {
  return { module, parameters: [], args: [] };
}

const UNSUPPORTED_FIX =
  "Use interfaces, arrays, unions and literals; `encore.dev` accepts no functions, tuples or classes on the wire.";

/** The type a syntax node states; open where it mentions type parameters. */
export function evaluate(r: Resolver, frame: Frame, node: TS.TypeNode): Type {
  return r.guard(() => typeOfNode(r, frame, node));
}

function typeOfNode(r: Resolver, frame: Frame, node: TS.TypeNode): Type {
  const inner = (child: TS.TypeNode) => evaluate(r, frame, child);
  const keyword = keywordName(node.kind);
  if (keyword) return basic(keyword);
  if (ts.isParenthesizedTypeNode(node)) return inner(node.type);
  if (ts.isTypeReferenceNode(node)) return evaluateReference(r, frame, node);
  if (ts.isArrayTypeNode(node)) return { kind: "array", element: inner(node.elementType) };
  if (ts.isTypeLiteralNode(node)) return objectType(r, frame, node.members);
  if (ts.isUnionTypeNode(node)) return unionOf(node.types.map(inner));
  if (ts.isIntersectionTypeNode(node)) return node.types.map(inner).reduce((a, b) => intersect(r, a, b));
  if (ts.isLiteralTypeNode(node)) return evaluateLiteral(r, frame, node);
  if (ts.isTypeOperatorNode(node)) {
    const type = inner(node.type);
    return node.operator === ts.SyntaxKind.KeyOfKeyword ? keysOf(r, type) : type;
  }
  if (ts.isIndexedAccessTypeNode(node))
    return access(r, inner(node.objectType), inner(node.indexType), frame, node);
  if (ts.isMappedTypeNode(node)) return evaluateMapped(r, frame, node);
  if (ts.isConditionalTypeNode(node)) return evaluateConditional(r, frame, node);
  if (ts.isInferTypeNode(node)) return evaluateInfer(r, frame, node);
  if (ts.isTypeQueryNode(node)) return typeofType(r, frame, node);
  if (ts.isTupleTypeNode(node)) {
    const elements = node.elements.filter((e) => !ts.isNamedTupleMember(e)).map(inner);
    return { kind: "tuple", elements };
  }
  if (ts.isOptionalTypeNode(node)) return { kind: "optional", of: inner(node.type) };
  if (node.kind === ts.SyntaxKind.ThisType) return { kind: "this" };
  const text = node.getText(frame.module.source);
  r.reportAt(
    frame.module,
    node,
    "type-unsupported",
    `The type \`${shorten(text)}\` is not supported.`,
    UNSUPPORTED_FIX,
  );
  return FAILED;
}

function keywordName(kind: TS.SyntaxKind): BasicName | undefined {
  switch (kind) {
    case ts.SyntaxKind.AnyKeyword:
      return "any";
    case ts.SyntaxKind.UnknownKeyword:
      return "unknown";
    case ts.SyntaxKind.NumberKeyword:
      return "number";
    case ts.SyntaxKind.ObjectKeyword:
      return "object";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
    case ts.SyntaxKind.BigIntKeyword:
      return "bigint";
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.SymbolKeyword:
      return "symbol";
    case ts.SyntaxKind.VoidKeyword:
      return "void";
    case ts.SyntaxKind.UndefinedKeyword:
      return "undefined";
    case ts.SyntaxKind.NeverKeyword:
      return "never";
    default:
      return undefined;
  }
}

function evaluateLiteral(r: Resolver, frame: Frame, node: TS.LiteralTypeNode): Type {
  const { literal } = node;
  if (literal.kind === ts.SyntaxKind.NullKeyword) return basic("null");
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return { kind: "literal", value: true };
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return { kind: "literal", value: false };
  if (ts.isStringLiteral(literal)) return { kind: "literal", value: literal.text };
  if (ts.isNumericLiteral(literal)) return { kind: "literal", value: Number(literal.text) };
  if (ts.isBigIntLiteral(literal))
    return { kind: "literal", value: { bigint: literal.text.replace(/n$/, "") } };
  if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand)) {
    return { kind: "literal", value: -Number(literal.operand.text) };
  }
  r.reportAt(
    frame.module,
    node,
    "type-unsupported",
    "Template literal types are not supported.",
    "List the values as a union of string literals, or use `string`.",
  );
  return { kind: "literal", value: "" };
}

function evaluateReference(r: Resolver, frame: Frame, node: TS.TypeReferenceNode): Type {
  const bound = ts.isIdentifier(node.typeName) ? boundType(frame, node.typeName.text) : undefined;
  if (bound) return bound;
  const declaration = referenced(r, frame, node.typeName);
  if (!declaration) return FAILED;
  const args = (node.typeArguments ?? []).map((a) => evaluate(r, frame, a));
  const special = specialType(r, frame, node, declaration, args);
  if (special) return special;
  switch (declaration.kind) {
    case "interface":
    case "alias":
    case "enum":
    case "class":
      return { kind: "named", declaration, args };
    default:
      r.reportAt(
        frame.module,
        node,
        "value-as-type",
        `\`${node.typeName.getText(frame.module.source)}\` is a ${declaration.kind}, not a type.`,
        declaration.kind === "variable" ? "Write `typeof` before it, or name a type." : "Name a type.",
      );
      return FAILED;
  }
}

/** A name that stands for a type parameter, the key of a mapped type, or an inferred type. */
function boundType(frame: Frame, name: string): Type | undefined {
  const index = frame.parameters.findIndex((p) => p.name.text === name);
  if (index >= 0) return frame.args[index] ?? { kind: "parameter", index };
  if (frame.keyName === name) return frame.key ?? { kind: "key" };
  const inferred = frame.inferNames?.indexOf(name) ?? -1;
  if (inferred >= 0) return frame.inferred?.[inferred] ?? { kind: "inferred", index: inferred };
  return undefined;
}

function referenced(r: Resolver, frame: Frame, name: TS.EntityName): Declaration | undefined {
  const found = ts.isIdentifier(name) ? lookUp(r, frame.module, name) : qualified(r, frame, name);
  if (!found) {
    r.reportAt(
      frame.module,
      name,
      "type-unknown",
      `The type \`${name.getText(frame.module.source)}\` is not known.`,
      "Declare it in the app or import it; of the standard library only Date, Array, Promise, Partial, Required, Readonly, Pick, Omit, Record, Exclude and Extract can be used.",
    );
  }
  return found;
}

function qualified(r: Resolver, frame: Frame, name: TS.QualifiedName): Declaration | undefined {
  const left = ts.isIdentifier(name.left)
    ? lookUp(r, frame.module, name.left)
    : qualified(r, frame, name.left);
  if (left?.kind === "module") return exportOf(r, left.module, name.right.text);
  return left?.scope && ownExport(left.scope, name.right.text);
}

function evaluateMapped(r: Resolver, frame: Frame, node: TS.MappedTypeNode): Type {
  const { constraint, name } = node.typeParameter;
  if (!node.type || !constraint) {
    r.reportAt(
      frame.module,
      node,
      "type-unsupported",
      "The mapped type has no value type.",
      "State it after `:`.",
    );
    return FAILED;
  }
  const keys = evaluate(r, frame, constraint);
  const nested: Frame = { ...frame, keyName: name.text };
  const value = evaluate(r, nested, node.type);
  const rename = node.nameType && evaluate(r, nested, node.nameType);
  const optional = node.questionToken && node.questionToken.kind !== ts.SyntaxKind.MinusToken;
  return {
    kind: "mapped",
    keys,
    value,
    ...(optional !== undefined && { optional }),
    ...(rename && { rename }),
  };
}

function evaluateConditional(r: Resolver, frame: Frame, node: TS.ConditionalTypeNode): Type {
  const check = evaluate(r, frame, node.checkType);
  const inferNames: string[] = [];
  const extended = evaluate(r, { ...frame, inferNames }, node.extendsType);
  const verdict = extendsType(r, check, extended);
  if (verdict === false) return evaluate(r, frame, node.falseType);
  if (verdict) return evaluate(r, { ...frame, inferNames, inferred: inferredList(verdict) }, node.trueType);
  return {
    kind: "conditional",
    check,
    extends: extended,
    yes: evaluate(r, { ...frame, inferNames }, node.trueType),
    no: evaluate(r, frame, node.falseType),
  };
}

function evaluateInfer(r: Resolver, frame: Frame, node: TS.InferTypeNode): Type {
  if (!frame.inferNames) {
    r.reportAt(frame.module, node, "type-unsupported", "`infer` stands outside of a conditional type.");
    return FAILED;
  }
  frame.inferNames.push(node.typeParameter.name.text);
  return { kind: "inferred", index: frame.inferNames.length - 1 };
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
