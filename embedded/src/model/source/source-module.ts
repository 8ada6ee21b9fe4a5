import type TS from "typescript";
import { ts } from "../typescript.js";
import { collectScope, type Scope } from "./scope.js";

/** One parsed file. */
export class SourceModule {
  #scope: Scope | undefined;

  constructor(
    /** Absolute path. */
    readonly path: string,
    /** Path as shown to people: relative to the app root where it lies below it. */
    readonly file: string,
    readonly source: TS.SourceFile,
    /** The package entry the module is, such as `encore.dev/api`; unset for the app's own files. */
    readonly packageEntry?: string,
  ) {}

  /** Top-level names, imports and exports; worked out on first use. */
  get scope(): Scope {
    this.#scope ??= collectScope(this);
    return this.#scope;
  }

  /** The import declarations, in order. */
  get imports(): TS.ImportDeclaration[] {
    return this.source.statements.filter(ts.isImportDeclaration);
  }
}

/** The specifier of an import or export declaration. */
export function specifierOf(node: TS.ImportDeclaration | TS.ExportDeclaration): string {
  return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : "";
}
