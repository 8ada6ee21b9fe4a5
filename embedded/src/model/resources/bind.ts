import type TS from "typescript";
import { resourceDoc } from "../source/doc-comment.js";
import { ts } from "../typescript.js";
import { type Binding, bindingOf, enclosingCall, nameArgument } from "./references.js";
import type { NamedReference, Pass, Resource } from "./resource.js";

/** Records a resource under the name it is bound to. */
export function addBind(
  pass: Pass,
  node: TS.Node,
  binding: Binding,
  resource: Resource | NamedReference,
): void {
  const { module } = pass;
  const created = resource.kind === "service" || "node" in resource;
  const bind: Pass["binds"][number] = { created, resource, module, node };
  if (binding.kind === "variable") {
    const declaration = pass.resolver.resolveReference(module, binding.name);
    if (declaration) bind.declaration = declaration;
    // `_` is the customary name of what is never referred to.
    if (binding.name.text !== "_") {
      bind.name = binding.name.text;
      bind.variable = binding.name;
    }
  } else if (binding.kind === "default") {
    bind.name = "default";
    if (module.scope.defaultExport) bind.declaration = module.scope.defaultExport;
  }
  pass.binds.push(bind);
}

/** The doc comment of a resource, as an optional property. */
export function docOf(pass: Pass, node: TS.Node): { doc?: string } {
  const doc = resourceDoc(pass.module, node);
  return doc === undefined ? {} : { doc };
}

/** Records `Class.named("x")`, which looks a resource up by its name. */
export function readNamed(pass: Pass, use: TS.Identifier, kind: NamedReference["kind"]): void {
  const { parent } = use;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use || parent.name.text !== "named")
    return;
  const call = enclosingCall(use);
  if (!call || call.expression !== parent) return;
  addBind(pass, call, bindingOf(call, call), { kind, name: nameArgument(call, 0) });
}
