import { basename, posix } from "node:path";
import type * as Model from "./app-model.js";
import type { Diagnostics } from "./diagnostics.js";
import type { Bind, NamedReference, Resource, ServiceResource } from "./resources/resource.js";

/** Services by folder, found from what the sources declare. */
export class Services {
  readonly list: Model.Service[] = [];

  constructor(found: Map<string, Model.Service>) {
    this.list = [...found.values()].sort((a, b) => compare(a.name, b.name));
  }

  /** The service that a file belongs to. */
  of(file: string): Model.Service | undefined {
    return this.list.find((s) => isWithin(file, s.dir));
  }

  named(name: string): Model.Service | undefined {
    return this.list.find((s) => s.name === name);
  }
}

/** Resources that make the folder they are declared in a service. */
const MAKES_SERVICE = new Set(["endpoint", "subscription", "gateway", "auth-handler"]);

/** Finds the services of an app; clashes between them are reported. */
export function discoverServices(
  root: string,
  binds: Bind<Resource | NamedReference>[],
  diagnostics: Diagnostics,
): Services {
  const found = new Map<string, Model.Service>();
  const declared = new Map<string, ServiceResource>();
  for (const { resource, module, created } of binds) {
    if (!created) continue;
    const dir = posix.dirname(module.file);
    if (resource.kind === "service") {
      declared.set(dir, resource);
      addService(found, declared, { name: resource.name, dir, file: module.file }, true);
    } else if (MAKES_SERVICE.has(resource.kind)) {
      const name = dir === "." ? basename(root) : posix.basename(dir);
      addService(found, declared, { name, dir }, false);
    }
  }
  for (const service of found.values()) {
    const doc = declared.get(service.dir)?.doc;
    if (doc !== undefined) service.doc = doc;
  }
  checkServices([...found.values()], diagnostics);
  return new Services(found);
}

function addService(
  found: Map<string, Model.Service>,
  declared: Map<string, ServiceResource>,
  service: Model.Service,
  isDeclared: boolean,
): void {
  if (found.has(service.dir)) return;
  const inside = [...found.keys()].filter((dir) => isWithin(dir, service.dir) && !declared.has(dir));
  const outer = [...found.keys()].some((dir) => isWithin(service.dir, dir));
  if (outer && !isDeclared) return;
  for (const dir of inside) found.delete(dir);
  found.set(service.dir, service);
}

function checkServices(services: Model.Service[], diagnostics: Diagnostics): void {
  for (const [i, service] of services.entries()) {
    for (const other of services.slice(i + 1)) {
      const [inner, outer] = isWithin(service.dir, other.dir) ? [service, other] : [other, service];
      if (isWithin(inner.dir, outer.dir)) {
        diagnostics.error(placeOfService(inner), {
          code: "service-nested",
          message: `The service \`${inner.name}\` lies inside the service \`${outer.name}\`.`,
          fix: "Services cannot contain each other: move one of the folders.",
        });
      } else if (service.name === other.name) {
        diagnostics.error(placeOfService(other), {
          code: "service-duplicate",
          message: `There are two services named \`${service.name}\`: in ${service.dir} and in ${other.dir}.`,
          fix: "Rename one of them.",
        });
      }
    }
  }
}

function placeOfService(service: Model.Service): Model.SourcePlace {
  return { file: service.file ?? service.dir, line: 1, column: 1 };
}

/** Whether a path is a folder, or lies below it; both relative to the app root. */
export function isWithin(path: string, dir: string): boolean {
  return dir === "." || path === dir || path.startsWith(`${dir}/`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
