import { resolve } from "node:path";
import type { App } from "./app.js";
import { readAppFile } from "./app-file.js";
import type { ReadResult } from "./app-model.js";
import { buildModel } from "./build-model.js";
import { checkApp } from "./checks/check-app.js";
import { Diagnostics } from "./diagnostics.js";
import { collectInputs, type ReadInputs } from "./read-inputs.js";
import { byModule, resolveBinds } from "./resolve-binds.js";
import type { Bind, ClientResource, Pass, Resource } from "./resources/resource.js";
import { scanModule } from "./resources/scan.js";
import { discoverServices, isWithin, type Services } from "./services.js";
import { ModuleLoader } from "./source/module-loader.js";
import type { SourceModule } from "./source/source-module.js";
import { walkApp } from "./source/walk.js";
import { Resolver } from "./types/resolver.js";
import { loadTypeScript } from "./typescript.js";
import { boundNames, checkImports } from "./usage/bound-names.js";
import { indirectUsages } from "./usage/indirect.js";
import { findUsages, type Usage } from "./usage/usage.js";

/**
 * Reads an Encore.ts app: parses every `.ts` file below `appDir`, and turns what they
 * declare into the application model. Nothing is executed, and no type is checked
 * beyond what travels on the wire. All problems are reported at once.
 */
export async function readApp(appDir: string): Promise<ReadResult & { inputs: ReadInputs }> {
  loadTypeScript();
  const root = resolve(appDir);
  const diagnostics = new Diagnostics();
  const file = readAppFile(root, diagnostics);
  const loader = new ModuleLoader(root, diagnostics);
  const resolver = new Resolver(loader, diagnostics);
  const walk = walkApp(root);
  const { otherSources, nestedApps } = walk;
  for (const folder of walk.unreadable) {
    diagnostics.error(
      { file: folder, line: 1, column: 1 },
      {
        code: "folder-unreadable",
        message: `The folder ${folder} cannot be listed.`,
        fix: "Let its owner permit it.",
      },
    );
  }
  const modules = walk.files.map((f) => loader.load(`${root}/${f}`));
  const found = scanModules(root, modules, resolver, diagnostics);
  const services = discoverServices(root, found, diagnostics);
  const binds = resolveBinds(found, diagnostics);
  const usages = [
    ...usagesOf(binds, services, resolver, diagnostics),
    ...indirectUsages(root, modules, binds, resolver),
  ];
  const app: App = {
    root,
    diagnostics,
    loader,
    resolver,
    modules,
    otherSources,
    nestedApps,
    services,
    binds,
    usages,
    file,
  };
  const model = buildModel(app);
  await checkApp(app);
  const inputs = collectInputs(root, walk, loader, model);
  return { ...(!diagnostics.hasErrors && { model }), diagnostics: diagnostics.list(), inputs };
}

/** Reads the resources of every module; a module belongs to the service declared last before it, if it lies below. */
function scanModules(
  root: string,
  modules: SourceModule[],
  resolver: Resolver,
  diagnostics: Diagnostics,
): Pass["binds"] {
  const binds: Pass["binds"] = [];
  let current: { dir: string; name: string } | undefined;
  for (const module of modules) {
    if (current && !isWithin(module.file, current.dir)) current = undefined;
    const pass: Pass = { root, module, resolver, diagnostics, serviceName: current?.name, binds };
    scanModule(pass);
    const isServiceFile = /(^|\/)encore\.service\.ts$/.test(module.file);
    const service = binds.find((b) => b.module === module && b.resource.kind === "service")?.resource;
    if (service?.kind === "service")
      current = { dir: module.file.split("/").slice(0, -1).join("/") || ".", name: service.name };
    else if (isServiceFile) {
      diagnostics.error(
        { file: module.file, line: 1, column: 1 },
        {
          code: "service-missing",
          message: "encore.service.ts must declare a service.",
          fix: 'Write `export default new Service("name")`.',
        },
      );
    }
  }
  return binds;
}

function usagesOf(
  binds: Bind<Resource>[],
  services: Services,
  resolver: Resolver,
  diagnostics: Diagnostics,
): Usage[] {
  const { loader } = resolver;
  const clients = services.list.map(
    (service): Bind<ClientResource> => ({
      created: true,
      resource: { kind: "client", service: service.name },
      module: loader.clients,
      node: loader.clients.source,
      name: service.name.replaceAll("-", "_"),
    }),
  );
  const groups = byModule<Resource | ClientResource>([...binds, ...clients]);
  return loader.modules.flatMap((module) => {
    if (!loader.isOwn(module.path)) return [];
    checkImports(module, loader, diagnostics);
    return findUsages(module, boundNames(module, loader, groups), resolver, diagnostics);
  });
}
