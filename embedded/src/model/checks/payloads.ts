import type TS from "typescript";
import type { App } from "../app.js";
import { created } from "../app.js";
import type { Diagnostics, Spot } from "../diagnostics.js";
import { fieldsOf } from "../resources/describe-endpoint.js";
import { attempt } from "../resources/literals.js";
import { parameterNames } from "../resources/path.js";
import type { EndpointResource, TypedAt } from "../resources/resource.js";
import { supportsRules } from "../schema/rules.js";
import { wireOf } from "../schema/to-schema.js";
import type { Declaration } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";
import type { Resolver } from "../types/resolver.js";
import type { ObjectField, Type } from "../types/type.js";

const WRAP_FIX = "Put it into a field of an interface, such as `{ items: T }`.";

/** Checks what travels: that payloads are interfaces, that query fields are plain, that rules fit their types. */
export function checkPayloads(app: App): void {
  for (const { resource } of created(app, "endpoint")) checkEndpoint(app, resource);
  for (const { resource } of created(app, "topic")) {
    checkRules(app, { module: resource.module, node: resource.message.node }, resource.message.type);
  }
}

function checkEndpoint(app: App, endpoint: EndpointResource): void {
  const { module, request, response, handshake, endpointKind: kind } = endpoint;
  for (const at of [handshake, request, response]) {
    if (!at) continue;
    const spot = { module, node: at.node };
    checkTop(app, spot, at.type);
    checkRules(app, spot, at.type);
  }
  if (handshake) checkRequest(app, endpoint, handshake, ["GET"]);
  if (request && kind === "typed") checkRequest(app, endpoint, request, endpoint.methods);
  else if (request) checkMessage(app, endpoint, request);
  if (response && (kind === "typed" || kind === "stream-in")) checkStatus(app, endpoint, response);
}

/** A payload is an interface: no union, array, record or callable. */
function checkTop(app: App, spot: Spot, type: Type): void {
  const top = concrete(app.resolver, type);
  if (app.resolver.isVoid(top)) return;
  const problem =
    top.kind !== "object"
      ? "A request, response or message must be an interface."
      : top.index
        ? "A request, response or message cannot have an index signature."
        : top.calls
          ? "A request, response or message cannot have a call signature."
          : undefined;
  if (problem) app.diagnostics.error(spot, { code: "type-not-interface", message: problem, fix: WRAP_FIX });
}

function concrete(r: Resolver, type: Type): Type {
  if (type.kind === "optional" || type.kind === "validated") return concrete(r, type.of);
  return r.underlying(type);
}

/** Fields of a payload, or nothing where it has none; problems are reported elsewhere. */
function payloadFields(app: App, module: SourceModule, at: TypedAt): ObjectField[] {
  return attempt(app.diagnostics, module, () => [...fieldsOf(app.resolver, at).values()]) ?? [];
}

function checkRequest(app: App, endpoint: EndpointResource, at: TypedAt, methods: string[]): void {
  const parameters = new Set(parameterNames(endpoint.path));
  const fields = payloadFields(app, endpoint.module, at).filter((f) => !parameters.has(f.name));
  checkBuiltIn(app, { module: endpoint.module, node: at.node }, at.type, fields);
  const byQuery = methods.some((m) => m === "*" || !["POST", "PUT", "PATCH", "CONNECT"].includes(m));
  for (const field of fields) {
    const wire = wireOf(field.type);
    const inQuery = wire ? wire.at === "query" : byQuery;
    if (!inQuery || isPlain(app.resolver, field.type)) continue;
    app.diagnostics.error(field.spot ?? { module: endpoint.module, node: at.node }, {
      code: "query-type",
      message: `\`${field.name}\` travels in the query, where only plain values and arrays of them can.`,
      fix: "Use strings, numbers, booleans, dates or literals, or a method with a body.",
    });
  }
}

/** A message from a client is named like a request. */
function checkMessage(app: App, { module }: EndpointResource, at: TypedAt): void {
  checkBuiltIn(app, { module, node: at.node }, at.type, payloadFields(app, module, at));
}

/** The request itself cannot be a global helper type: it has no place in the app's sources. */
function checkBuiltIn(app: App, spot: Spot, type: Type, fields: ObjectField[]): void {
  if (type.kind !== "named" || !app.resolver.isGlobal(type.declaration) || fields.length === 0) return;
  app.diagnostics.error(spot, {
    code: "request-unnamed",
    message: `A request cannot be \`${type.declaration.name}<…>\` itself.`,
    fix: "Give the type a name: `interface Request extends … {}` or `type Request = …`.",
  });
}

/** Whether values of a type fit into a query or header; a type that holds itself does not. */
export function isPlain(r: Resolver, type: Type, within: readonly Declaration[] = []): boolean {
  switch (type.kind) {
    case "basic":
    case "literal":
    case "enum":
    case "decimal":
      return true;
    case "named":
      return !within.includes(type.declaration) && isPlain(r, r.expand(type), [...within, type.declaration]);
    case "optional":
    case "validated":
      return isPlain(r, type.of, within);
    case "array":
      return isPlain(r, type.element, within);
    case "union":
      return type.members.every((m) => isPlain(r, m, within));
    case "wire":
      return type.at === "query" && isPlain(r, type.of, within);
    default:
      return false;
  }
}

function checkStatus(app: App, endpoint: EndpointResource, at: TypedAt): void {
  const status = payloadFields(app, endpoint.module, at).filter((f) => wireOf(f.type)?.at === "status");
  if (status.length < 2) return;
  app.diagnostics.error(status[0]?.spot ?? { module: endpoint.module, node: at.node }, {
    code: "status-twice",
    message: "A response can have one `HttpStatus` only.",
    fix: "Remove the others.",
  });
}

/** Every validation rule must stand beside a type it applies to. */
function checkRules(app: App, spot: { module: SourceModule; node: TS.Node }, type: Type): void {
  app.resolver.within(spot, () => visitRules(app.resolver, app.diagnostics, spot, type, new Set()));
}

function visitRules(
  r: Resolver,
  diagnostics: Diagnostics,
  spot: Spot,
  type: Type,
  seen: Set<Declaration>,
): void {
  const visit = (part: Type) => r.guard(() => visitRules(r, diagnostics, spot, part, seen), undefined);
  switch (type.kind) {
    case "named":
      if (!seen.has(type.declaration)) {
        seen.add(type.declaration);
        visit(r.expand(type));
      }
      type.args.forEach(visit);
      break;
    case "object":
      for (const field of type.fields) visit(field.type);
      break;
    case "array":
      visit(type.element);
      break;
    case "union":
      type.members.forEach(visit);
      break;
    case "optional":
    case "wire":
      visit(type.of);
      break;
    case "validated": {
      const problem = supportsRules(type.rules, type.of);
      if (problem) diagnostics.error(spot, problem);
      else visit(type.of);
      break;
    }
    case "rules":
      diagnostics.error(spot, {
        code: "rule-alone",
        message: "A validation rule stands alone.",
        fix: "Join it to a type by `&`, as in `string & MinLen<1>`.",
      });
      break;
  }
}
