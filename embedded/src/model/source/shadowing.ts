import type TS from "typescript";
import { ts } from "../typescript.js";
import { boundNames } from "./scope.js";

const namesOfScope = new WeakMap<TS.Node, Set<string>>();

/**
 * Whether a name at a place means something declared in a function, block,
 * class or namespace around it, not the module's own top-level name or import.
 */
export function isShadowed(node: TS.Node, name: string): boolean {
  for (let at: TS.Node | undefined = node.parent; at && !ts.isSourceFile(at); at = at.parent) {
    if (namesIn(at).has(name)) return true;
  }
  return false;
}

function namesIn(node: TS.Node): Set<string> {
  let names = namesOfScope.get(node);
  if (!names) {
    names = new Set();
    collectNames(node, names);
    namesOfScope.set(node, names);
  }
  return names;
}

function collectNames(node: TS.Node, names: Set<string>): void {
  if (ts.isFunctionLike(node)) {
    for (const parameter of node.parameters) {
      for (const name of boundNames(parameter.name)) names.add(name);
    }
    if (ts.isFunctionExpression(node) && node.name) names.add(node.name.text);
  } else if (ts.isBlock(node) && !isTopLevelBlock(node)) {
    collectStatements(node.statements, names);
    if (ts.isFunctionLike(node.parent)) collectVars(node, names);
  } else if (ts.isModuleBlock(node) || ts.isCaseBlock(node)) {
    const statements = ts.isModuleBlock(node)
      ? node.statements
      : node.clauses.flatMap((c) => [...c.statements]);
    collectStatements(statements, names);
  } else if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) {
    if (node.initializer && ts.isVariableDeclarationList(node.initializer))
      collectList(node.initializer, names);
  } else if (ts.isCatchClause(node)) {
    if (node.variableDeclaration) for (const n of boundNames(node.variableDeclaration.name)) names.add(n);
  } else if (ts.isClassExpression(node) && node.name) names.add(node.name.text);
}

/** Blocks at the top of a module share its names, as the official parser has it. */
function isTopLevelBlock(node: TS.Block): boolean {
  return ts.isSourceFile(node.parent);
}

function collectStatements(statements: readonly TS.Statement[], names: Set<string>): void {
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) collectList(statement.declarationList, names);
    else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isModuleDeclaration(statement)
    ) {
      if (statement.name) names.add(statement.name.text);
    }
  }
}

function collectList(list: TS.VariableDeclarationList, names: Set<string>): void {
  for (const declarator of list.declarations) for (const name of boundNames(declarator.name)) names.add(name);
}

/** `var` declarations anywhere in a function's body belong to the function. */
function collectVars(node: TS.Node, names: Set<string>): void {
  ts.forEachChild(node, (child) => {
    if (ts.isFunctionLike(child)) return;
    if (ts.isVariableDeclarationList(child) && (child.flags & ts.NodeFlags.BlockScoped) === 0) {
      collectList(child, names);
    }
    collectVars(child, names);
  });
}
