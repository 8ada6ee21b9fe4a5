import type TS from "typescript";
import { ts } from "../typescript.js";
import { evaluate, type Frame } from "./evaluate.js";
import type { Resolver } from "./resolver.js";
import { FAILED, type ObjectField, type ObjectType, type Type } from "./type.js";

/** The object type that the members of an interface or type literal state. */
export function objectType(r: Resolver, frame: Frame, members: readonly TS.TypeElement[]): ObjectType {
  const fields: ObjectField[] = [];
  const calls: Type[] = [];
  let index: ObjectType["index"];
  for (const member of members) {
    if (ts.isPropertySignature(member) || ts.isMethodSignature(member)) {
      const field = fieldOf(r, frame, member);
      if (field) fields.push(field);
    } else if (ts.isIndexSignatureDeclaration(member)) index = indexOf(r, frame, member) ?? index;
    else if (ts.isCallSignatureDeclaration(member)) {
      if (member.typeParameters) unsupported(r, frame, member, "Generic call signatures are");
      else calls.push(callResult(r, frame, member));
    } else unsupported(r, frame, member, "Accessors and constructors in types are");
  }
  return { kind: "object", fields, ...(index && { index }), ...(calls.length > 0 && { calls }) };
}

function fieldOf(
  r: Resolver,
  frame: Frame,
  member: TS.PropertySignature | TS.MethodSignature,
): ObjectField | undefined {
  const name = fieldName(member.name);
  if (name === undefined) {
    unsupported(r, frame, member.name, "Field names other than identifiers and strings are");
    return undefined;
  }
  let type: Type;
  if (ts.isMethodSignature(member)) {
    if (member.typeParameters) {
      unsupported(r, frame, member, "Generic methods in types are");
      return undefined;
    }
    type = { kind: "function", result: callResult(r, frame, member) };
  } else if (member.type) type = evaluate(r, frame, member.type);
  else {
    r.reportAt(
      frame.module,
      member,
      "type-missing",
      `The field \`${name}\` has no type.`,
      "Write its type after `:`.",
    );
    return undefined;
  }
  return {
    name,
    type,
    optional: member.questionToken !== undefined,
    spot: { module: frame.module, node: member },
  };
}

/** A computed name counts by the identifier or string in its brackets, as in the official parser. */
function fieldName(name: TS.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name)) return name.text;
  if (ts.isComputedPropertyName(name)) {
    const { expression } = name;
    return ts.isIdentifier(expression) || ts.isStringLiteral(expression) ? expression.text : undefined;
  }
  return undefined;
}

function indexOf(r: Resolver, frame: Frame, member: TS.IndexSignatureDeclaration): ObjectType["index"] {
  const keyType = member.parameters[0]?.type;
  if (!keyType || !member.type) {
    unsupported(r, frame, member, "Index signatures without types are");
    return undefined;
  }
  return { key: evaluate(r, frame, keyType), value: evaluate(r, frame, member.type) };
}

function callResult(r: Resolver, frame: Frame, member: TS.SignatureDeclaration): Type {
  for (const parameter of member.parameters) if (parameter.type) evaluate(r, frame, parameter.type);
  if (member.type) return evaluate(r, frame, member.type);
  unsupported(r, frame, member, "Signatures without a return type are");
  return FAILED;
}

function unsupported(r: Resolver, frame: Frame, node: TS.Node, what: string): void {
  r.reportAt(
    frame.module,
    node,
    "type-unsupported",
    `${what} not supported.`,
    "State plain fields with their types.",
  );
}
