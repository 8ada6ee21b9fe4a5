import type TS from "typescript";
import type { Endpoint } from "../app-model.js";
import type { Resolver } from "../types/resolver.js";
import type { ObjectType } from "../types/type.js";
import { ts } from "../typescript.js";
import { addBind, docOf } from "./bind.js";
import { describeEndpoint } from "./describe-endpoint.js";
import { type EndpointConfig, endpointConfig } from "./endpoint-config.js";
import { type EndpointTypes, endpointTypes } from "./endpoint-types.js";
import { attempt, Unreadable } from "./literals.js";
import { type ParsedPath, parsePath } from "./path.js";
import { boundVariable, enclosingCall, usesOf } from "./references.js";
import type { EndpointResource, Pass, TypedAt } from "./resource.js";
import { readStaticFiles } from "./static-files.js";

const KINDS: Record<string, Endpoint["kind"]> = {
  raw: "raw",
  streamIn: "stream-in",
  streamOut: "stream-out",
  streamInOut: "stream-in-out",
  static: "static",
};

/** Two MiB. */
const DEFAULT_BODY_LIMIT = 2 * 1024 * 1024;

/** Reads the `api(…)`, `api.raw(…)`, `api.stream…(…)` and `api.static(…)` of a module. */
export function readEndpoints(pass: Pass): void {
  for (const use of usesOf(pass.module, "encore.dev/api", ["api"])) {
    attempt(pass.diagnostics, pass.module, () => {
      const call = enclosingCall(use);
      if (call) readEndpoint(pass, use, call);
    });
  }
}

function readEndpoint(pass: Pass, use: TS.Identifier, call: TS.CallExpression): void {
  const { module, resolver } = pass;
  const nameNode = boundVariable(use);
  if (!nameNode) {
    throw new Unreadable(call, {
      code: "endpoint-unbound",
      message: "An endpoint must be bound to an exported variable.",
      fix: "Write `export const name = api(…)`.",
    });
  }
  const first = call.arguments[0];
  if (!first) {
    throw new Unreadable(call, {
      code: "endpoint-config",
      message: "An endpoint takes a configuration object as its first argument.",
      fix: 'Write `api({ method: "GET", path: "/…" }, handler)`.',
    });
  }
  const config = endpointConfig(first);
  const kind = endpointKind(call);
  const types = endpointTypes(call, kind);
  const serviceName = pass.serviceName ?? folderName(pass);
  const { path, pathNode } = endpointPath(config, serviceName, nameNode.text, first);
  const at = (node: TS.TypeNode | undefined): TypedAt | undefined =>
    node && { type: resolver.resolve(module, node), node };
  const resource = {
    kind: "endpoint" as const,
    module,
    node: call,
    ...docOf(pass, call),
    name: nameNode.text,
    nameNode,
    serviceName,
    endpointKind: kind,
    methods: endpointMethods(kind, config),
    path,
    pathNode,
    options: {
      expose: config.expose ?? false,
      auth: config.auth ?? false,
      sensitive: config.sensitive ?? false,
      tags: config.tags ?? [],
      bodyLimit: config.bodyLimit === undefined ? DEFAULT_BODY_LIMIT : config.bodyLimit,
      ...(kind === "static" && { static: readStaticFiles(pass, config, path, pathNode, first) }),
    },
    ...resolved(resolver, types, at),
  };
  // What is wrong with its types does not hide what else is wrong with it.
  const typed = attempt(pass.diagnostics, module, () => describeEndpoint(resolver, resource));
  const endpoint: EndpointResource = { ...resource, segments: typed ?? path.segments };
  addBind(pass, call, { kind: "variable", name: nameNode }, endpoint);
}

function resolved(
  resolver: Resolver,
  types: EndpointTypes,
  at: (node: TS.TypeNode | undefined) => TypedAt | undefined,
): Pick<EndpointResource, "request" | "response" | "handshake"> {
  const [request, handshake, stated] = [at(types.request), at(types.handshake), at(types.response)];
  const response = stated && withoutPromise(resolver, stated);
  return { ...(request && { request }), ...(response && { response }), ...(handshake && { handshake }) };
}

/** The response inside the promise; nothing for `void` and `{}`. */
function withoutPromise(resolver: Resolver, at: TypedAt): TypedAt | undefined {
  const type = resolver.unwrapPromise(at.type);
  return resolver.isVoid(type) || (type.kind === "object" && isEmpty(type))
    ? undefined
    : { type, node: at.node };
}

function isEmpty(type: ObjectType): boolean {
  return type.fields.length === 0 && !type.index;
}

function endpointKind(call: TS.CallExpression): Endpoint["kind"] {
  const callee = call.expression;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : "";
  return KINDS[name] ?? "typed";
}

function endpointMethods(kind: Endpoint["kind"], config: EndpointConfig): string[] {
  if (kind === "static") return ["GET", "HEAD"];
  if (kind !== "typed" && kind !== "raw") return ["GET"];
  return config.method ?? ["POST"];
}

function endpointPath(
  config: EndpointConfig,
  service: string,
  name: string,
  configNode: TS.Node,
): { path: ParsedPath; pathNode: TS.Node } {
  const node = config.path?.node ?? configNode;
  const path = parsePath(config.path?.value ?? `/${service}.${name}`);
  if ("code" in path) throw new Unreadable(node, path);
  return { path, pathNode: node };
}

/** A file outside of any declared service belongs to one named after its folder. */
function folderName(pass: Pass): string {
  return pass.module.path.split(/[\\/]/).at(-2) ?? "";
}
