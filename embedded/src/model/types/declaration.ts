import type TS from "typescript";
import type { Declaration } from "../source/scope.js";
import { ts } from "../typescript.js";
import { evaluate, type Frame } from "./evaluate.js";
import { expressionType } from "./expression.js";
import { instantiate } from "./instantiate.js";
import { intersect } from "./intersect.js";
import { objectType } from "./object-literal-type.js";
import type { Resolver } from "./resolver.js";
import { basic, type EnumMember, FAILED, NEVER, type Type } from "./type.js";

/** The type of a declaration, open in its type parameters. */
export function typeOfDeclaration(r: Resolver, frame: Frame, declaration: Declaration): Type {
  const { node } = declaration;
  if (ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node)) warnOfMerging(r, declaration, node);
  if (ts.isInterfaceDeclaration(node)) return interfaceType(r, frame, node);
  if (ts.isTypeAliasDeclaration(node)) return evaluate(r, frame, node.type);
  if (ts.isEnumDeclaration(node)) return enumType(r, frame, node);
  if (ts.isClassDeclaration(node)) return { kind: "class", declaration, methods: methodNames(node) };
  if (ts.isFunctionDeclaration(node)) return functionType(r, frame, node);
  if (ts.isVariableDeclaration(node)) return variableType(r, frame, node, declaration.name);
  return declaration.kind === "namespace" ? basic("object") : NEVER;
}

/** Of an interface or enum declared in several blocks, only the first is read. */
function warnOfMerging(r: Resolver, { module, name }: Declaration, node: TS.DeclarationStatement): void {
  const { parent } = node;
  const siblings = ts.isSourceFile(parent) || ts.isModuleBlock(parent) ? parent.statements : [];
  const again = siblings.find(
    (s) =>
      s !== node &&
      s.kind === node.kind &&
      (s as TS.DeclarationStatement).name?.getText(module.source) === name,
  );
  if (!again) return;
  r.diagnostics.warn(
    { module, node: again },
    {
      code: "declaration-merged",
      message: `\`${name}\` is declared twice: only the first block is read.`,
      fix: "Write all members in one block.",
    },
  );
}

function interfaceType(r: Resolver, frame: Frame, node: TS.InterfaceDeclaration): Type {
  let type: Type = objectType(r, frame, node.members);
  for (const base of node.heritageClauses?.flatMap((c) => [...c.types]) ?? []) {
    const baseType = heritageType(r, frame, base);
    if (baseType) type = intersect(r, type, baseType);
  }
  return type;
}

function heritageType(r: Resolver, frame: Frame, base: TS.ExpressionWithTypeArguments): Type | undefined {
  const type = expressionType(r, frame, base.expression);
  if (!base.typeArguments) return type;
  if (type.kind !== "named") {
    r.reportAt(
      frame.module,
      base,
      "type-unsupported",
      "Only a plain name can be extended with type arguments.",
      "Import the base by name.",
    );
    return undefined;
  }
  const args = base.typeArguments.map((a) => evaluate(r, frame, a));
  return instantiate(r, frame, { ...type, args });
}

function enumType(r: Resolver, frame: Frame, node: TS.EnumDeclaration): Type {
  const members: EnumMember[] = [];
  for (const member of node.members) {
    const name = ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : "";
    members.push({ name, value: enumValue(r, frame, member, members.at(-1)?.value) });
  }
  return { kind: "enum", members };
}

function enumValue(
  r: Resolver,
  frame: Frame,
  member: TS.EnumMember,
  previous: string | number | undefined,
): string | number {
  const problem = (message: string) => {
    r.reportAt(frame.module, member, "enum-value", message, "Give the member a string or integer literal.");
    return 0;
  };
  if (!member.initializer) {
    if (typeof previous === "string") return problem("A member after a string member needs a value.");
    return previous === undefined ? 0 : previous + 1;
  }
  const type = expressionType(r, frame, member.initializer);
  if (type.kind !== "literal" || typeof type.value === "boolean" || typeof type.value === "object") {
    return problem("The value of an enum member must be a literal.");
  }
  if (typeof type.value === "number" && !Number.isInteger(type.value)) {
    problem("The number of an enum member must be an integer.");
  }
  return type.value;
}

function methodNames(node: TS.ClassDeclaration): string[] {
  return node.members.flatMap((m) =>
    ts.isMethodDeclaration(m) && ts.isIdentifier(m.name) ? [m.name.text] : [],
  );
}

function functionType(r: Resolver, frame: Frame, node: TS.FunctionDeclaration): Type {
  if (node.typeParameters || !node.type) {
    r.reportAt(
      frame.module,
      node,
      "type-unsupported",
      "The type of a function can only be used when it is not generic and states its return type.",
    );
    return { kind: "function", result: FAILED };
  }
  return { kind: "function", result: evaluate(r, frame, node.type) };
}

function variableType(
  r: Resolver,
  frame: Frame,
  node: TS.VariableDeclaration,
  name: string | undefined,
): Type {
  const ownType = ts.isIdentifier(node.name) && node.name.text === name ? node.type : undefined;
  if (ownType) return evaluate(r, frame, ownType);
  return node.initializer ? expressionType(r, frame, node.initializer) : NEVER;
}
