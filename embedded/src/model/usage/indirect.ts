import { realpathSync } from "node:fs";
import { sep } from "node:path";
import type TS from "typescript";
import { Diagnostics } from "../diagnostics.js";
import { visitIdentifiers } from "../resources/references.js";
import type { Bind, Resource } from "../resources/resource.js";
import type { Declaration } from "../source/scope.js";
import { SourceModule, specifierOf } from "../source/source-module.js";
import { ownExport } from "../types/names.js";
import type { Resolver } from "../types/resolver.js";
import { ts } from "../typescript.js";
import { findUsages, type Usage, usageAt } from "./usage.js";

/** A resource reached by a way that the official parser does not follow. */
interface Indirect {
  bind: Bind<Resource>;
  node: TS.Node;
  how: string;
}

const KINDS = new Set(["topic", "bucket", "database", "metric"]);

/**
 * Uses of resources that are imported through another module, or through a
 * link to a package of the same app: recorded here, and warned of, because
 * elsewhere the service is not known to use them.
 */
export function indirectUsages(
  root: string,
  modules: SourceModule[],
  binds: Bind<Resource>[],
  resolver: Resolver,
): Usage[] {
  const context: Context = {
    root,
    own: new Set(modules),
    binds: binds.filter((b) => KINDS.has(b.resource.kind)),
    resolver,
  };
  if (context.binds.length === 0) return [];
  for (const module of modules) warnOfDynamicImports(context, module);
  return modules.flatMap((module) => throughModules(context, module));
}

interface Context {
  root: string;
  own: Set<SourceModule>;
  binds: Bind<Resource>[];
  resolver: Resolver;
}

function throughModules(context: Context, module: SourceModule): Usage[] {
  const found = new Map<string, Indirect>();
  const usages: Usage[] = [];
  for (const node of module.imports) {
    const bindings = node.importClause?.namedBindings;
    if (node.importClause?.isTypeOnly || !bindings) continue;
    if (ts.isNamespaceImport(bindings)) {
      usages.push(...throughNamespace(context, module, bindings, specifierOf(node)));
      continue;
    }
    for (const element of bindings.elements) {
      if (element.isTypeOnly) continue;
      const indirect = reach(context, module, specifierOf(node), (element.propertyName ?? element.name).text);
      if (indirect) found.set(element.name.text, { ...indirect, node: element });
    }
  }
  const names = new Map([...found].map(([local, { bind }]) => [local, bind]));
  const named = findUsages(module, names, context.resolver, new Diagnostics());
  for (const { bind, node, how } of found.values()) {
    if (named.some((u) => resourceOf(u) === bind.resource)) warn(context, module, node, bind, how);
  }
  return [...usages, ...named];
}

/** `import * as shared from "./index"` of a module that hands resources on. */
function throughNamespace(
  context: Context,
  module: SourceModule,
  { name }: TS.NamespaceImport,
  specifier: string,
): Usage[] {
  const target = context.resolver.loader.find(module, specifier);
  if (!(target instanceof SourceModule) || !target.handsOn || !context.own.has(target)) return [];
  const usages: Usage[] = [];
  visitIdentifiers(module.source, (node) => {
    const access = node.parent;
    if (node.text !== name.text || !ts.isPropertyAccessExpression(access) || access.expression !== node)
      return;
    const indirect = reach(context, module, specifier, access.name.text);
    if (!indirect) return;
    const { resolver } = context;
    const usage = usageAt({ module, node: access, resolver, diagnostics: new Diagnostics() }, indirect.bind);
    if (!usage) return;
    usages.push(usage);
    warn(context, module, access, indirect.bind, indirect.how);
  });
  return usages;
}

function resourceOf(usage: Usage): Resource | undefined {
  switch (usage.kind) {
    case "publish":
      return usage.topic;
    case "database":
      return usage.database;
    case "bucket":
      return usage.bucket;
    case "metric":
      return usage.metric;
    default:
      return undefined;
  }
}

function reach(
  context: Context,
  module: SourceModule,
  specifier: string,
  name: string,
): { bind: Bind<Resource>; how: string } | undefined {
  const target = context.resolver.loader.find(module, specifier);
  if (!target || target === "opaque") return undefined;
  if (!(target instanceof SourceModule) || !context.own.has(target)) {
    const path = target instanceof SourceModule ? target.path : target.unread;
    const bind = inLinkedPackage(context, path, name);
    return bind && { bind, how: `the package link "${specifier}"` };
  }
  if (context.binds.some((b) => b.module === target && b.name === name) || !target.handsOn) {
    return undefined;
  }
  const declaration = followWithinApp(context, target, name);
  const bind = declaration && context.binds.find((b) => b.declaration === declaration);
  return bind && { bind, how: `"${specifier}", which does not declare it` };
}

/** Follows re-exports through the app's own modules only. */
function followWithinApp(
  context: Context,
  target: SourceModule,
  name: string,
  seen = new Set<SourceModule>(),
): Declaration | undefined {
  if (seen.has(target)) return undefined;
  seen.add(target);
  const own = ownExport(target.scope, name);
  if (own) return own;
  for (const { specifier, names } of target.scope.reExports) {
    const original = names ? names.get(name) : name;
    const next = original === undefined ? undefined : context.resolver.loader.find(target, specifier);
    const found =
      next instanceof SourceModule && context.own.has(next)
        ? followWithinApp(context, next, original ?? name, seen)
        : undefined;
    if (found) return found;
  }
  return undefined;
}

/** A resource of the same name in the folder that a link in node_modules leads to. */
function inLinkedPackage(context: Context, path: string, name: string): Bind<Resource> | undefined {
  const folder = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
  if (folder === undefined) return undefined;
  const real = realpathSync(folder) + sep;
  if (real.includes(`${sep}node_modules${sep}`) || !real.startsWith(context.root + sep)) return undefined;
  return context.binds.find((b) => b.name === name && b.module.path.startsWith(real));
}

/** `await import("./topics")`: what is taken from the module is not followed. */
function warnOfDynamicImports(context: Context, module: SourceModule): void {
  if (!module.syntax.text.includes("import(")) return;
  const visit = (node: TS.Node): void => {
    const specifier = dynamicSpecifier(node);
    const target = specifier === undefined ? undefined : context.resolver.loader.find(module, specifier);
    const bind = context.binds.find((b) => b.created && b.module === target && b.name !== undefined);
    if (bind && target !== module) warn(context, module, node, bind, "a dynamic import");
    ts.forEachChild(node, visit);
  };
  visit(module.source);
}

function dynamicSpecifier(node: TS.Node): string | undefined {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const first = node.arguments[0];
  return first && ts.isStringLiteral(first) && /^\.|^@|^~/.test(first.text) ? first.text : undefined;
}

function warn(
  context: Context,
  module: SourceModule,
  node: TS.Node,
  bind: Bind<Resource>,
  how: string,
): void {
  context.resolver.diagnostics.warn(
    { module, node },
    {
      code: "resource-indirect",
      message: `The ${bind.resource.kind} \`${bind.name}\` is reached through ${how}: elsewhere than on this host the service is not known to use it, and the use fails.`,
      fix: `Import it from the file that declares it, ${bind.module.file}.`,
    },
  );
}
