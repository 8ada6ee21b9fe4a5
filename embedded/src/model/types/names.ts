import type TS from "typescript";
import type { Declaration, Scope } from "../source/scope.js";
import { isShadowed } from "../source/shadowing.js";
import type { SourceModule } from "../source/source-module.js";
import type { Resolver } from "./resolver.js";

const moduleDeclarations = new WeakMap<SourceModule, Declaration>();

/** What a name at the top level of a module means: its own declaration, an import, or a global type. */
export function lookUp(r: Resolver, module: SourceModule, name: TS.Identifier): Declaration | undefined {
  const { declarations, imports } = module.scope;
  if ((declarations.has(name.text) || imports.has(name.text)) && isShadowed(name, name.text))
    return undefined;
  const own = declarations.get(name.text);
  if (own) return own;
  if (imports.has(name.text)) return importedDeclaration(r, module, name.text);
  return r.loader.universe.scope.exports.get(name.text);
}

/** What an imported name stands for; an import that leads nowhere is reported. */
function importedDeclaration(r: Resolver, module: SourceModule, local: string): Declaration | undefined {
  const imported = module.scope.imports.get(local);
  if (!imported) return undefined;
  const target = r.loader.resolve(module, imported.specifier);
  if (target === "opaque") return undefined;
  const spot = { module, node: imported.node };
  if (!target) {
    r.diagnostics.error(spot, {
      code: "import-not-found",
      message: `The import "${imported.specifier}" does not lead to a file.`,
      fix: "Check the path, install the package, or add the alias to `paths` of the root tsconfig.json.",
    });
    return undefined;
  }
  if (imported.exported === "*") return declarationOfModule(target);
  const found = exportOf(r, target, imported.exported);
  if (!found) {
    r.diagnostics.error(spot, {
      code: "export-not-found",
      message: `"${imported.specifier}" has no export \`${imported.exported}\` that can be followed.`,
      fix: "Import from the file that declares it, by the name it is exported under.",
    });
  }
  return found;
}

/** A module seen as a thing with members. */
function declarationOfModule(module: SourceModule): Declaration {
  let declaration = moduleDeclarations.get(module);
  if (!declaration) {
    declaration = { kind: "module", name: undefined, node: module.source, module };
    moduleDeclarations.set(module, declaration);
  }
  return declaration;
}

/** Follows an export of a module through re-exports. */
export function exportOf(
  r: Resolver,
  module: SourceModule,
  name: string,
  visited = new Set<string>(),
): Declaration | undefined {
  const key = `${module.path}\0${name}`;
  if (visited.has(key)) return undefined;
  visited.add(key);
  const own = ownExport(module.scope, name);
  if (own) return own;
  for (const { specifier, names } of module.scope.reExports) {
    const original = names ? names.get(name) : name;
    if (original === undefined) continue;
    const target = r.loader.resolve(module, specifier);
    const found = target && target !== "opaque" ? exportOf(r, target, original, visited) : undefined;
    if (found || names) return found;
  }
  return undefined;
}

/** An export declared in the scope itself. */
export function ownExport(scope: Scope, name: string): Declaration | undefined {
  return (name === "default" ? scope.defaultExport : undefined) ?? scope.exports.get(name);
}
