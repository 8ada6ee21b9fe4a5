import type { Diagnostics } from "../diagnostics.js";
import type { Bind, ClientResource, Resource } from "../resources/resource.js";
import type { ModuleLoader } from "../source/module-loader.js";
import { SourceModule, specifierOf } from "../source/source-module.js";
import { ts } from "../typescript.js";

/** A resource, or the generated client of a service, under a name. */
export type UsableBind = Bind<Resource | ClientResource>;

/** The names of a module that stand for resources, imported ones and its own. */
export function boundNames(
  module: SourceModule,
  loader: ModuleLoader,
  binds: Map<SourceModule, UsableBind[]>,
): Map<string, UsableBind> {
  const names = new Map<string, UsableBind>();
  for (const node of module.imports) {
    const clause = node.importClause;
    if (!clause || clause.isTypeOnly) continue;
    const target = loader.find(module, specifierOf(node));
    const found = target instanceof SourceModule ? (binds.get(target) ?? []) : [];
    // A default or namespace import stands for whichever resource the file names last.
    const last = found.findLast((b) => b.name !== undefined);
    if (clause.name && last) names.set(clause.name.text, last);
    const bindings = clause.namedBindings;
    if (!bindings) continue;
    if (ts.isNamespaceImport(bindings)) {
      if (last) names.set(bindings.name.text, last);
      continue;
    }
    for (const element of bindings.elements) {
      const exported = (element.propertyName ?? element.name).text;
      const bind = found.find((b) => b.name === exported);
      if (bind) names.set(element.name.text, bind);
    }
  }
  for (const bind of binds.get(module) ?? []) {
    if (bind.variable && bind.name !== undefined) names.set(bind.variable.text, bind);
  }
  return names;
}

/** Reports the value imports of a module that lead nowhere. */
export function checkImports(module: SourceModule, loader: ModuleLoader, diagnostics: Diagnostics): void {
  for (const node of module.imports) {
    if (node.importClause?.isTypeOnly) continue;
    const specifier = specifierOf(node);
    const target = loader.find(module, specifier);
    if (target) {
      // A file of the app that is not walked (`.mts`, `.js`) must parse all the same.
      if (typeof target === "object" && "unread" in target && loader.isOwn(target.unread))
        loader.load(target.unread);
      continue;
    }
    diagnostics.error(
      { module, node },
      {
        code: "import-not-found",
        message: `The import "${specifier}" does not lead to a file.`,
        fix: "Check the path, install the package, or add the alias to `paths` of the root tsconfig.json.",
      },
    );
  }
}
