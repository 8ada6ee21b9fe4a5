import type TS from "typescript";
import type { PathSegment, Validation } from "../app-model.js";
import { supportsRules } from "../schema/rules.js";
import type { SourceModule } from "../source/source-module.js";
import type { Resolver } from "../types/resolver.js";
import type { ObjectField, ObjectType, Type } from "../types/type.js";
import { Unreadable } from "./literals.js";
import { type ParsedPath, parameterNames } from "./path.js";
import type { EndpointResource, TypedAt } from "./resource.js";

/** Checks an endpoint's types against its path, and gives the path's parameters their types. */
export function describeEndpoint(r: Resolver, endpoint: Omit<EndpointResource, "segments">): PathSegment[] {
  const { path, node, request, response, handshake, endpointKind: kind } = endpoint;
  if (kind === "raw" || kind === "static") return path.segments;
  const stream = kind !== "typed";
  if (response) fieldsOf(r, response);
  const carrier = stream ? handshake : request;
  if (stream && request) fieldsOf(r, request);
  if (!carrier) {
    if (parameterNames(path).length === 0) return path.segments;
    throw new Unreadable(node, {
      code: "path-parameters-untyped",
      message: `The path has parameters, but the endpoint has no ${stream ? "handshake" : "request"} type.`,
      fix: `Give the handler a parameter with a field for each: \`{ ${parameterNames(path)[0]}: string }\`.`,
    });
  }
  return typedSegments(path, fieldsOf(r, carrier), { module: endpoint.module, node: endpoint.pathNode });
}

/** The fields of a request or response, which must be an interface. */
export function fieldsOf(r: Resolver, at: TypedAt): Map<string, ObjectField> {
  const type = r.unwrapPromise(at.type);
  const object = objectIn(r, type);
  if (object) return new Map(object.fields.map((f) => [f.name, f]));
  if (r.isVoid(type)) return new Map();
  throw new Unreadable(at.node, {
    code: "type-not-interface",
    message: "A request, response or message must be an interface.",
    fix: "Put the value into a field of an interface, such as `{ items: T[] }` or `{ result: A | B }`.",
  });
}

/** The object type that a type stands for, through names and promises. */
export function objectIn(r: Resolver, type: Type): ObjectType | undefined {
  const inner = r.underlying(r.unwrapPromise(type));
  return inner.kind === "object" ? inner : undefined;
}

function typedSegments(
  path: ParsedPath,
  fields: Map<string, ObjectField>,
  place: { module: SourceModule; node: TS.Node },
): PathSegment[] {
  const left = new Map(fields);
  return path.segments.map((segment) => {
    if (segment.kind === "literal") return segment;
    const field = left.get(segment.name);
    left.delete(segment.name);
    if (!field) {
      throw new Unreadable(place.node, {
        code: "path-parameter-missing",
        message: `The path parameter \`${segment.name}\` is not a field of the request type, or stands twice in the path.`,
        fix: `Add the field \`${segment.name}: string\`.`,
      });
    }
    const typed = parameterType(field, place);
    return segment.kind === "param" ? { ...segment, ...typed } : segment;
  });
}

function parameterType(
  field: ObjectField,
  place: { module: SourceModule; node: TS.Node },
): { type: "string" | "number" | "boolean"; validation?: Validation } {
  const [type, rules] =
    field.type.kind === "validated" ? [field.type.of, field.type.rules] : [field.type, undefined];
  const { module, node } = field.spot ?? place;
  if (rules) {
    const problem = supportsRules(rules, type);
    if (problem) throw new Unreadable(node, problem, module);
  }
  const name = type.kind === "basic" ? type.name : undefined;
  const validation = rules && { validation: rules };
  if (name === "string" || name === "boolean" || name === "number") return { type: name, ...validation };
  if (name === "bigint") return { type: "number", ...validation };
  throw new Unreadable(
    node,
    {
      code: "path-parameter-type",
      message: `The path parameter \`${field.name}\` must be a string, number or boolean.`,
      fix: "Spell the type directly; aliases, unions and enums are not supported here.",
    },
    module,
  );
}
