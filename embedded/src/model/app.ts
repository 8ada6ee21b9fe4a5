import type { AppModel } from "./app-model.js";
import type { Diagnostics } from "./diagnostics.js";
import type { Bind, Resource } from "./resources/resource.js";
import type { Services } from "./services.js";
import type { ModuleLoader } from "./source/module-loader.js";
import type { SourceModule } from "./source/source-module.js";
import type { Resolver } from "./types/resolver.js";
import type { Usage } from "./usage/usage.js";

/** Everything read from an app, for the checks and the model. */
export interface App {
  root: string;
  diagnostics: Diagnostics;
  loader: ModuleLoader;
  resolver: Resolver;
  /** The app's own files, in the order they were walked. */
  modules: SourceModule[];
  /** Sources of kinds that are not read, and folders with an `encore.app` of their own. */
  otherSources: string[];
  nestedApps: string[];
  services: Services;
  binds: Bind<Resource>[];
  usages: Usage[];
  file: AppModel["app"];
}

/** The resources of one kind, with the binds that make them. */
export function created<K extends Resource["kind"]>(
  app: App,
  kind: K,
): (Bind<Extract<Resource, { kind: K }>> & { resource: Extract<Resource, { kind: K }> })[] {
  type Wanted = Bind<Extract<Resource, { kind: K }>>;
  return app.binds.filter((b): b is Wanted => b.created && b.resource.kind === kind);
}
