import type { AppModel, Endpoint } from "../../model/app-model.js";
import { requestParts, responseParts, type WireField } from "../wire.js";
import type { JsonSchema, SchemaWriter } from "./json-schema.js";

export interface OperationContext {
  model: AppModel;
  schemas: SchemaWriter;
  /** Names of the path's parameters in the template, in order. */
  pathNames: string[];
  security: Record<string, string[]>[] | undefined;
}

const ERROR = { $ref: "#/components/responses/APIError" };
/** Headers that OpenAPI describes by other means than parameters. */
const NOT_PARAMETERS = new Set(["accept", "content-type", "authorization"]);

/** One endpoint, called with one of its methods. */
export function operation(endpoint: Endpoint, method: string, context: OperationContext): JsonSchema {
  const [summary = ""] = (endpoint.doc ?? "").trim().split("\n");
  const isSingle = endpoint.methods.length === 1 && endpoint.methods[0] !== "*";
  const parameters = parametersOf(endpoint, method, context);
  const hasInput = parameters.length > 0 || endpoint.request !== undefined;
  return {
    operationId: `${endpoint.service}.${endpoint.name}${isSingle ? "" : `.${method.toLowerCase()}`}`,
    tags: [...new Set([endpoint.service, ...endpoint.tags])],
    ...(summary ? { summary } : {}),
    ...(summary && endpoint.doc!.trim() !== summary ? { description: endpoint.doc!.trim() } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(endpoint, method, context),
    responses: {
      ...successResponse(endpoint, context),
      ...(hasInput && endpoint.kind !== "raw" ? { "400": ERROR } : {}),
      ...(endpoint.auth ? { "401": ERROR } : {}),
      default: ERROR,
    },
    ...(endpoint.auth && context.security ? { security: context.security } : {}),
    ...streamExtension(endpoint, context),
  };
}

function parametersOf(
  endpoint: Endpoint,
  method: string,
  { model, schemas, pathNames }: OperationContext,
): JsonSchema[] {
  const parts = requestParts(model, endpoint, method);
  const path = parts.path.map((parameter, index) => ({
    name: pathNames[index],
    in: "path",
    required: true,
    ...(parameter.kind === "param" ? {} : { description: "Any number of segments, with their slashes." }),
    schema: parameter.kind === "param" ? pathSchema(parameter, schemas) : { type: "string" },
  }));
  const others = (location: string, fields: WireField[]) =>
    fields.map(({ field, wireName }) => ({
      name: wireName,
      in: location,
      ...(field.optional ? {} : { required: true }),
      ...(field.doc ? { description: field.doc } : {}),
      schema: schemas.schema(field.type),
    }));
  const headers = parts.headers.filter(({ wireName }) => !NOT_PARAMETERS.has(wireName.toLowerCase()));
  return [
    ...path,
    ...others("query", parts.query),
    ...others("header", headers),
    ...others("cookie", parts.cookies),
  ];
}

function pathSchema(
  parameter: Extract<Endpoint["path"][number], { kind: "param" }>,
  schemas: SchemaWriter,
): JsonSchema {
  const { type, validation } = parameter;
  const schema = schemas.schema({ kind: "basic", type, ...(validation ? { validation } : {}) });
  return type === "number" ? { ...schema, type: "integer" } : schema;
}

function requestBody(endpoint: Endpoint, method: string, { model, schemas }: OperationContext): JsonSchema {
  if (endpoint.kind === "raw") {
    return method === "GET" || method === "HEAD" ? {} : { requestBody: { content: { "*/*": {} } } };
  }
  const parts = requestParts(model, endpoint, method);
  if (parts.body.length === 0) return {};
  const isWhole = parts.path.length + parts.query.length + parts.headers.length + parts.cookies.length === 0;
  const schema = isWhole && endpoint.request ? schemas.schema(endpoint.request) : schemas.object(parts.body);
  return {
    requestBody: {
      required: parts.body.some((field) => !field.optional),
      content: { "application/json": { schema } },
    },
  };
}

function successResponse(endpoint: Endpoint, { model, schemas }: OperationContext): JsonSchema {
  if (endpoint.kind === "raw") return { "2XX": { description: "Success", content: { "*/*": {} } } };
  if (endpoint.kind.startsWith("stream"))
    return { "101": { description: "A WebSocket; its messages are JSON." } };
  const { headers, cookies, body, hasStatus } = responseParts(model, endpoint);
  if (!endpoint.response) return { "200": { description: "Success" } };
  const isWhole = headers.length + cookies.length === 0 && !hasStatus;
  const schema = isWhole ? schemas.schema(endpoint.response) : schemas.object(body);
  const described = Object.fromEntries(
    headers.map(({ field, wireName }) => [
      wireName,
      {
        ...(field.doc ? { description: field.doc } : {}),
        required: !field.optional,
        schema: schemas.schema(field.type),
      },
    ]),
  );
  if (cookies.length > 0) {
    const names = cookies.map(({ wireName }) => wireName).join(", ");
    described["Set-Cookie"] = { description: `Sets: ${names}`, required: false, schema: { type: "string" } };
  }
  return {
    [hasStatus ? "2XX" : "200"]: {
      description: "Success",
      ...(Object.keys(described).length > 0 ? { headers: described } : {}),
      content: { "application/json": { schema } },
    },
  };
}

/** OpenAPI has no words for WebSockets: the messages of a stream are told in an extension. */
function streamExtension(endpoint: Endpoint, { schemas }: OperationContext): JsonSchema {
  if (!endpoint.kind.startsWith("stream")) return {};
  const sent = endpoint.incoming && schemas.schema(endpoint.incoming);
  const received = endpoint.outgoing ?? endpoint.response;
  return {
    "x-websocket": {
      ...(sent ? { clientMessage: sent } : {}),
      ...(received ? { serverMessage: schemas.schema(received) } : {}),
    },
  };
}
