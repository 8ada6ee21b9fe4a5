import type { AppModel, Endpoint, Field, PathSegment, TypeSchema } from "../model/app-model.js";

type PathParameter = Exclude<PathSegment, { kind: "literal" }>;

/** Where the parts of a request travel. */
export interface RequestParts {
  path: PathParameter[];
  query: WireField[];
  headers: WireField[];
  cookies: WireField[];
  body: Field[];
}

/** Where the parts of a response travel. */
export interface ResponseParts {
  headers: WireField[];
  cookies: WireField[];
  body: Field[];
  hasStatus: boolean;
}

/** A field with its name on the wire. */
export interface WireField {
  field: Field;
  wireName: string;
}

const QUERY_METHODS = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** The method that a generated client uses: POST where it is allowed, else the first one. */
export function clientMethod(endpoint: Endpoint): string {
  const { methods } = endpoint;
  return methods.includes("*") || methods.includes("POST") ? "POST" : (methods[0] ?? "POST");
}

/** The fields of an object type, following references; none for an absent type. */
export function fieldsOf(model: AppModel, schema: TypeSchema | undefined): Field[] {
  let at = schema;
  const seen = new Set<string>();
  while (at?.kind === "ref" && !seen.has(at.type)) {
    seen.add(at.type);
    at = model.types[at.type]?.type;
  }
  return at?.kind === "object" ? at.fields : [];
}

/** Splits an endpoint's request, or a stream's handshake, as it is sent with `method`. */
export function requestParts(model: AppModel, endpoint: Endpoint, method: string): RequestParts {
  const isStream = endpoint.kind.startsWith("stream");
  const path = endpoint.path.filter((segment): segment is PathParameter => segment.kind !== "literal");
  const inPath = new Set(path.map((parameter) => parameter.name));
  const parts: RequestParts = { path, query: [], headers: [], cookies: [], body: [] };
  for (const field of fieldsOf(model, isStream ? endpoint.handshake : endpoint.request)) {
    if (field.wire?.in === "query") parts.query.push({ field, wireName: field.wire.name });
    else if (field.wire?.in === "header") parts.headers.push({ field, wireName: field.wire.name });
    else if (field.wire?.in === "cookie") parts.cookies.push({ field, wireName: field.wire.name });
    else if (inPath.has(field.name)) continue;
    else if (isStream || QUERY_METHODS.has(method)) parts.query.push({ field, wireName: field.name });
    else parts.body.push(field);
  }
  return parts;
}

/** Splits an endpoint's response. */
export function responseParts(model: AppModel, endpoint: Endpoint): ResponseParts {
  const parts: ResponseParts = { headers: [], cookies: [], body: [], hasStatus: false };
  for (const field of fieldsOf(model, endpoint.response)) {
    if (field.wire?.in === "header") parts.headers.push({ field, wireName: field.wire.name });
    else if (field.wire?.in === "cookie") parts.cookies.push({ field, wireName: field.wire.name });
    else if (field.wire?.in === "status") parts.hasStatus = true;
    else parts.body.push(field);
  }
  return parts;
}

/** Every named type that these types mention, however deep. */
export function reachableTypes(model: AppModel, roots: (TypeSchema | undefined)[]): Set<string> {
  const found = new Set<string>();
  const visit = (schema: TypeSchema | undefined): void => {
    if (schema === undefined) return;
    if (schema.kind === "ref") {
      if (found.has(schema.type)) return;
      found.add(schema.type);
    }
    for (const part of partsOf(model, schema)) visit(part);
  };
  for (const root of roots) visit(root);
  return found;
}

/** All types that a set of endpoints mentions. */
export function endpointTypes(endpoints: Endpoint[]): (TypeSchema | undefined)[] {
  return endpoints.flatMap(({ request, response, handshake, incoming, outgoing }) => [
    request,
    response,
    handshake,
    incoming,
    outgoing,
  ]);
}

/** The types that a type is made of. */
function partsOf(model: AppModel, schema: TypeSchema): (TypeSchema | undefined)[] {
  switch (schema.kind) {
    case "array":
      return [schema.element];
    case "map":
      return [schema.value];
    case "object":
      return schema.fields.map((field) => field.type);
    case "union":
      return schema.members;
    case "ref":
      return [model.types[schema.type]?.type];
    default:
      return [];
  }
}
