import type TS from "typescript";
import { isShadowed } from "../source/shadowing.js";
import { type SourceModule, specifierOf } from "../source/source-module.js";
import { ts } from "../typescript.js";
import { Unreadable } from "./literals.js";

/** What a resource is bound to. */
export type Binding = { kind: "variable"; name: TS.Identifier } | { kind: "default" } | { kind: "none" };

/** Places of a module where imported names of a package are used, in source order. */
export function usesOf(module: SourceModule, specifier: string, names: readonly string[]): TS.Identifier[] {
  const local = importedAs(module, specifier, names);
  if (local.size === 0) return [];
  const found: TS.Identifier[] = [];
  visitIdentifiers(module.source, (node) => {
    if (local.has(node.text) && !isShadowed(node, node.text)) found.push(node);
  });
  return found;
}

/** The local names of some of a package's exports, with the exported names. */
export function importedAs(
  module: SourceModule,
  specifier: string,
  names: readonly string[],
): Map<string, string> {
  const local = new Map<string, string>();
  for (const node of module.imports) {
    const bindings = node.importClause?.namedBindings;
    if (specifierOf(node) !== specifier || !bindings || !ts.isNamedImports(bindings)) continue;
    for (const element of bindings.elements) {
      const exported = (element.propertyName ?? element.name).text;
      if (names.includes(exported)) local.set(element.name.text, exported);
    }
  }
  return local;
}

/** Calls `visit` on every identifier that refers to something, imports aside. */
export function visitIdentifiers(within: TS.Node, visit: (node: TS.Identifier) => void): void {
  // A list instead of recursion: generated code nests expressions deeper than the stack.
  const open = [within];
  for (let node = open.pop(); node; node = open.pop()) {
    if (ts.isImportDeclaration(node)) continue;
    if (ts.isIdentifier(node)) {
      if (!isPropertyName(node)) visit(node);
      continue;
    }
    const children: TS.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    open.push(...children.reverse());
  }
}

/** Names of members and labels are not references. */
function isPropertyName(node: TS.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent) ||
    ts.isEnumMember(parent)
  ) {
    return parent.name === node;
  }
  return (
    ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isNamedTupleMember(parent)
  );
}

/** The nearest call whose callee holds the node. */
export function enclosingCall(node: TS.Node): TS.CallExpression | undefined {
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isCallExpression(at.parent) && at.parent.expression === at) return at.parent;
  }
  return undefined;
}

/** The nearest `new` whose class holds the node. */
export function enclosingNew(node: TS.Node): TS.NewExpression | undefined {
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isNewExpression(at.parent) && at.parent.expression === at) return at.parent;
  }
  return undefined;
}

/** What the resource made at a node is bound to: the nearest variable, the default export, or nothing. */
export function bindingOf(node: TS.Node, made: TS.Expression): Binding {
  const name = boundVariable(node);
  if (name) return { kind: "variable", name };
  return isDefaultExport(made) ? { kind: "default" } : { kind: "none" };
}

/** The variable whose declaration encloses a node. */
export function boundVariable(node: TS.Node): TS.Identifier | undefined {
  for (let at: TS.Node | undefined = node; at; at = at.parent) {
    if (!ts.isVariableDeclaration(at) || !ts.isVariableDeclarationList(at.parent)) continue;
    if ((at.parent.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) continue;
    if (ts.isIdentifier(at.name)) return at.name;
    throw new Unreadable(at.name, {
      code: "binding-pattern",
      message: "A resource must be bound to a plain name.",
      fix: "Write `const name = …`.",
    });
  }
  return undefined;
}

/** Whether an expression is what the module exports by default. */
export function isDefaultExport(node: TS.Expression): boolean {
  return ts.isExportAssignment(node.parent) && !node.parent.isExportEquals && node.parent.expression === node;
}

/** The string literal that names a resource. */
export function nameArgument(made: TS.NewExpression | TS.CallExpression, index: number): string {
  const argument = made.arguments?.[index];
  if (argument && ts.isStringLiteral(argument)) return argument.text;
  throw new Unreadable(made, {
    code: "name-not-literal",
    message: "The name of the resource must be a string literal.",
    fix: 'Write the name in plain quotes where the resource is made, as in `new Topic<T>("name", {})`.',
  });
}
