import type TS from "typescript";
import { ts } from "../typescript.js";
import type { SourceModule } from "./source-module.js";
import { specifierOf } from "./source-module.js";

/** A named thing of a module that types and resources refer to. */
export interface Declaration {
  kind: "interface" | "alias" | "enum" | "variable" | "function" | "class" | "module" | "namespace";
  name: string | undefined;
  /** The syntax that declares it; for a module, its source file. */
  node: TS.Node;
  module: SourceModule;
  /** Members, of a namespace only. */
  scope?: Scope;
}

interface ImportedName {
  node: TS.Node;
  specifier: string;
  /** The exported name; `default`, or `*` for the whole module. */
  exported: string;
}

interface ReExport {
  specifier: string;
  /** Exported name → name in the other module; absent for `export *`. */
  names?: Map<string, string>;
}

/** The names of a module or namespace. */
export interface Scope {
  declarations: Map<string, Declaration>;
  imports: Map<string, ImportedName>;
  exports: Map<string, Declaration>;
  defaultExport?: Declaration;
  reExports: ReExport[];
}

/** Collects the names of a module. */
export function collectScope(module: SourceModule): Scope {
  return collect(module, module.source.statements);
}

function collect(module: SourceModule, statements: readonly TS.Statement[]): Scope {
  const scope: Scope = { declarations: new Map(), imports: new Map(), exports: new Map(), reExports: [] };
  const local: TS.ExportSpecifier[] = [];
  for (const statement of statements) {
    if (ts.isImportDeclaration(statement)) collectImports(scope, statement);
    else if (ts.isExportDeclaration(statement)) collectExports(scope, statement, local);
    else collectDeclarations(module, scope, statement);
  }
  exportLocals(scope, local);
  return scope;
}

function collectImports(scope: Scope, node: TS.ImportDeclaration): void {
  const specifier = specifierOf(node);
  const clause = node.importClause;
  const add = (local: TS.Identifier, exported: string, at: TS.Node) => {
    if (!scope.imports.has(local.text)) scope.imports.set(local.text, { node: at, specifier, exported });
  };
  if (!clause) return;
  if (clause.name) add(clause.name, "default", clause.name);
  if (clause.namedBindings && ts.isNamespaceImport(clause.namedBindings)) {
    add(clause.namedBindings.name, "*", clause.namedBindings);
  } else {
    for (const element of clause.namedBindings?.elements ?? []) {
      add(element.name, (element.propertyName ?? element.name).text, element);
    }
  }
}

function collectExports(scope: Scope, node: TS.ExportDeclaration, local: TS.ExportSpecifier[]): void {
  const clause = node.exportClause;
  if (!node.moduleSpecifier) {
    if (clause && ts.isNamedExports(clause)) local.push(...clause.elements);
    return;
  }
  const specifier = specifierOf(node);
  if (!clause) scope.reExports.push({ specifier });
  else if (ts.isNamedExports(clause)) {
    const names = new Map(clause.elements.map((e) => [e.name.text, (e.propertyName ?? e.name).text]));
    scope.reExports.push({ specifier, names });
  }
}

/** `export { a, b as c }` of names declared or imported in the same module. */
function exportLocals(scope: Scope, specifiers: TS.ExportSpecifier[]): void {
  for (const element of specifiers) {
    const name = (element.propertyName ?? element.name).text;
    const exported = element.name.text;
    const declaration = scope.declarations.get(name);
    const imported = scope.imports.get(name);
    if (declaration) scope.exports.set(exported, declaration);
    else if (imported && imported.exported === name) {
      scope.reExports.push({ specifier: imported.specifier, names: new Map([[exported, name]]) });
    }
  }
}

function collectDeclarations(module: SourceModule, scope: Scope, statement: TS.Statement): void {
  const exported = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
  const byDefault = hasModifier(statement, ts.SyntaxKind.DefaultKeyword);
  for (const declaration of declarationsOf(module, statement)) {
    if (byDefault) scope.defaultExport = declaration;
    else if (declaration.name !== undefined) {
      if (!scope.declarations.has(declaration.name)) scope.declarations.set(declaration.name, declaration);
      if (exported) scope.exports.set(declaration.name, declaration);
    }
  }
  if (ts.isBlock(statement)) {
    for (const inner of statement.statements) collectDeclarations(module, scope, inner);
  }
}

function* declarationsOf(module: SourceModule, node: TS.Statement): Generator<Declaration> {
  if (ts.isVariableStatement(node)) {
    for (const declarator of node.declarationList.declarations) {
      for (const name of boundNames(declarator.name))
        yield { kind: "variable", name, node: declarator, module };
    }
  } else if (ts.isModuleDeclaration(node)) {
    if (ts.isIdentifier(node.name)) yield namespace(module, node);
  } else if (ts.isInterfaceDeclaration(node)) yield { kind: "interface", name: node.name.text, node, module };
  else if (ts.isTypeAliasDeclaration(node)) yield { kind: "alias", name: node.name.text, node, module };
  else if (ts.isEnumDeclaration(node)) yield { kind: "enum", name: node.name.text, node, module };
  else if (ts.isClassDeclaration(node)) yield { kind: "class", name: node.name?.text, node, module };
  else if (ts.isFunctionDeclaration(node)) yield { kind: "function", name: node.name?.text, node, module };
}

function namespace(module: SourceModule, node: TS.ModuleDeclaration): Declaration {
  const body = node.body;
  // `namespace A.B` has no members by name: the official parser does not follow the dots.
  const scope = collect(module, body && ts.isModuleBlock(body) ? body.statements : []);
  return { kind: "namespace", name: node.name.text, node, module, scope };
}

/** The names that a binding pattern introduces. */
export function boundNames(name: TS.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((e) => (ts.isOmittedExpression(e) ? [] : boundNames(e.name)));
}

/** Whether a declaration carries a modifier such as `export`. */
export function hasModifier(node: TS.Node, kind: TS.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === kind) ?? false);
}
