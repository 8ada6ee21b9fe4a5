import { type App, created } from "../app.js";
import type { PathSegment } from "../app-model.js";
import { placeOf } from "../diagnostics.js";
import type { EndpointResource } from "../resources/resource.js";

const ALL_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"];

/** The routes of one method, as a tree of segments. */
interface RouteNode {
  literals: Map<string, RouteNode>;
  parameter?: RouteNode;
  wildcard?: EndpointResource;
  /** The endpoint that ends here. */
  end?: EndpointResource;
  /** Some endpoint below, to name in a message. */
  any?: EndpointResource;
}

/** Endpoints of the whole app that the same request would match equally well: the router refuses them at start. */
export function checkPathConflicts(app: App): void {
  const routes = new Map<string, RouteNode>();
  for (const { resource } of created(app, "endpoint")) {
    const last = resource.segments.at(-1);
    // Fallbacks are asked last, so they only compete among themselves.
    const group = last?.kind === "fallback" ? "fallback" : "main";
    const methods = resource.methods.includes("*") ? ALL_METHODS : resource.methods;
    const conflict = methods
      .map((method) => insert(rootOf(routes, `${group} ${method}`), resource.segments, resource))
      .find((other) => other !== undefined);
    if (conflict) report(app, resource, conflict);
  }
}

function rootOf(routes: Map<string, RouteNode>, key: string): RouteNode {
  let root = routes.get(key);
  if (!root) {
    root = { literals: new Map() };
    routes.set(key, root);
  }
  return root;
}

/** Adds a route; returns an endpoint that it competes with. */
function insert(
  root: RouteNode,
  segments: PathSegment[],
  endpoint: EndpointResource,
): EndpointResource | undefined {
  let node = root;
  for (const segment of segments) {
    node.any ??= endpoint;
    if (segment.kind === "wildcard" || segment.kind === "fallback") {
      const other = node.wildcard ?? node.parameter?.any;
      node.wildcard ??= endpoint;
      return other;
    }
    if (segment.kind === "param") {
      if (node.wildcard) return node.wildcard;
      node.parameter ??= { literals: new Map() };
      node = node.parameter;
    } else {
      let next = node.literals.get(segment.value);
      if (!next) {
        next = { literals: new Map() };
        node.literals.set(segment.value, next);
      }
      node = next;
    }
  }
  node.any ??= endpoint;
  const other = node.end;
  node.end ??= endpoint;
  return other;
}

function report(app: App, endpoint: EndpointResource, other: EndpointResource): void {
  const place = placeOf(other);
  app.diagnostics.error(endpoint, {
    code: "path-conflict",
    message: `The path \`${endpoint.path.raw}\` conflicts with \`${other.path.raw}\` of \`${other.name}\` (${place.file}:${place.line}).`,
    fix: "Give them different methods or literal segments; parameters at one place must have what follows them differ.",
  });
}
