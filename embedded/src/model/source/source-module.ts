import type TS from "typescript";
import { ts } from "../typescript.js";
import { collectScope, type Scope } from "./scope.js";

/** One parsed file. */
export class SourceModule {
  #linked = false;
  #scope: Scope | undefined;

  constructor(
    /** Absolute path. */
    readonly path: string,
    /** Path as shown to people: relative to the app root where it lies below it. */
    readonly file: string,
    /** The syntax, without links from nodes to their parents. */
    readonly syntax: TS.SourceFile,
    /** The package entry the module is, such as `encore.dev/api`; unset for the app's own files. */
    readonly packageEntry?: string,
  ) {}

  /** The syntax with links from nodes to their parents, made on first use: most files need none. */
  get source(): TS.SourceFile {
    if (!this.#linked) {
      linkParents(this.syntax);
      this.#linked = true;
    }
    return this.syntax;
  }

  /** Top-level names, imports and exports; worked out on first use. */
  get scope(): Scope {
    this.#scope ??= collectScope(this);
    return this.#scope;
  }

  /** The import declarations, in order. */
  get imports(): TS.ImportDeclaration[] {
    return this.syntax.statements.filter(ts.isImportDeclaration);
  }

  /** Whether the module hands on names of others: `export … from`, or an export list. */
  get handsOn(): boolean {
    return this.syntax.statements.some(ts.isExportDeclaration);
  }
}

/** With a list instead of recursion: generated code nests expressions deeper than the stack. */
function linkParents(root: TS.Node): void {
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    const parent = node;
    ts.forEachChild(parent, (child) => {
      (child as { parent: TS.Node }).parent = parent;
      open.push(child);
    });
  }
}

/** The specifier of an import or export declaration. */
export function specifierOf(node: TS.ImportDeclaration | TS.ExportDeclaration): string {
  return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : "";
}
