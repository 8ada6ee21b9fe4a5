import type { Diagnostics } from "./diagnostics.js";
import type { Bind, ClientResource, NamedReference, Resource } from "./resources/resource.js";
import type { SourceModule } from "./source/source-module.js";

/** Replaces references by name with the resources they mean; an unknown name is reported. */
export function resolveBinds(
  binds: Bind<Resource | NamedReference>[],
  diagnostics: Diagnostics,
): Bind<Resource>[] {
  const byName = new Map<string, Resource>();
  for (const { resource } of binds) {
    if ("node" in resource && "name" in resource) byName.set(`${resource.kind} ${resource.name}`, resource);
  }
  return binds.flatMap((bind) => {
    const { resource } = bind;
    if ("node" in resource) return [{ ...bind, resource }];
    const found = byName.get(`${resource.kind} ${resource.name}`);
    if (found) return [{ ...bind, resource: found }];
    diagnostics.error(
      { module: bind.module, node: bind.node },
      {
        code: "resource-unknown",
        message: `There is no ${resource.kind} named \`${resource.name}\`.`,
        fix: "Declare it, or correct the name.",
      },
    );
    return [];
  });
}

/** Groups binds by the module they are in. */
export function byModule<R extends Resource | ClientResource>(
  binds: Bind<R>[],
): Map<SourceModule, Bind<R>[]> {
  const groups = new Map<SourceModule, Bind<R>[]>();
  for (const bind of binds) {
    const group = groups.get(bind.module);
    if (group) group.push(bind);
    else groups.set(bind.module, [bind]);
  }
  return groups;
}
