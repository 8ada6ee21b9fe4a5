import type { AppModel, Endpoint, Field, PathSegment, Service, TypeSchema } from "../../model/app-model.js";
import { serviceIdentifier } from "../names.js";
import { identifier } from "../type-names.js";
import {
  clientMethod,
  fieldsOf,
  type RequestParts,
  requestParts,
  responseParts,
  type WireField,
} from "../wire.js";
import type { DateShapes } from "./date-text.js";
import { docComment, isVisible, member, propertyName, type TypeWriter } from "./type-text.js";

/** What the methods of service clients are written with. */
export interface ServiceWriter {
  model: AppModel;
  types: TypeWriter;
  /** Absent where dates stay text. */
  dates: DateShapes | undefined;
}

const STREAM_CLASSES = {
  "stream-in": "StreamOut",
  "stream-out": "StreamIn",
  "stream-in-out": "StreamInOut",
} as const;
const LOCAL_NAMES = new Set(["params", "options", "method", "body", "response", "result"]);

/** The namespace of a service as its clients know it. */
export function serviceNamespace(service: Service): string {
  return identifier(serviceIdentifier(service.name));
}

/** `class ServiceClient`: one method for each endpoint, bound so that it can be handed around. */
export function serviceClass(service: Service, endpoints: Endpoint[], writer: ServiceWriter): string {
  const bindings = endpoints.map(({ name }) => `      this.${name} = this.${name}.bind(this);\n`).join("");
  const methods = endpoints.map((endpoint) => methodText(endpoint, writer)).join("\n");
  return [
    docComment(service.doc, "  "),
    "  export class ServiceClient {\n",
    "    constructor(private readonly baseClient: BaseClient) {\n",
    bindings,
    "    }\n\n",
    methods,
    "  }\n",
  ].join("");
}

function methodText(endpoint: Endpoint, writer: ServiceWriter): string {
  const doc = docComment(endpoint.doc, "    ");
  if (endpoint.kind === "raw") return doc + rawMethod(endpoint);
  if (endpoint.kind in STREAM_CLASSES) return doc + streamMethod(endpoint, writer);
  return doc + typedMethod(endpoint, writer);
}

function rawMethod(endpoint: Endpoint): string {
  const methods = endpoint.methods.includes("*")
    ? "string"
    : endpoint.methods.map((method) => JSON.stringify(method)).join(" | ");
  const parameters = [
    `method: ${methods}`,
    ...pathParameters(endpoint),
    'body?: RequestInit["body"]',
    "options?: CallParameters",
  ];
  return [
    `    public async ${endpoint.name}(${parameters.join(", ")}): Promise<globalThis.Response> {`,
    `      return this.baseClient.callAPI(method, ${pathText(endpoint)}, body, options);`,
    "    }\n",
  ].join("\n");
}

function typedMethod(endpoint: Endpoint, writer: ServiceWriter): string {
  const method = clientMethod(endpoint);
  const parts = requestParts(writer.model, endpoint, method);
  const parameters = [
    ...pathParameters(endpoint),
    ...dataParameter(endpoint.request, parts, writer),
    "options?: CallParameters",
  ];
  const body = parts.body.length > 0 ? bodyText(parts) : "undefined";
  const call = `await this.baseClient.callTypedAPI(${JSON.stringify(method)}, ${pathText(endpoint)}, ${body}, ${callOptions(parts)})`;
  const returned = endpoint.response ? writer.types.inline(endpoint.response, "    ") : "void";
  return [
    `    public async ${endpoint.name}(${parameters.join(", ")}): Promise<${returned}> {`,
    ...(endpoint.response ? responseLines(endpoint, call, returned, writer) : [`      ${call};`]),
    "    }\n",
  ].join("\n");
}

function streamMethod(endpoint: Endpoint, writer: ServiceWriter): string {
  const parts = requestParts(writer.model, endpoint, "GET");
  const parameters = [
    ...pathParameters(endpoint),
    ...dataParameter(endpoint.handshake, parts, writer),
    "options?: CallParameters",
  ];
  const streamClass = STREAM_CLASSES[endpoint.kind as keyof typeof STREAM_CLASSES];
  const received =
    endpoint.kind === "stream-in" ? (endpoint.response ?? endpoint.outgoing) : endpoint.outgoing;
  const typeArguments = [...(endpoint.kind === "stream-out" ? [] : [endpoint.incoming]), received].map(
    (schema) => (schema ? writer.types.inline(schema, "    ") : "void"),
  );
  const shape = received && writer.dates?.of(received);
  const decode = shape ? `, (message) => reviveDates(message, ${shape})` : "";
  return [
    `    public async ${endpoint.name}(${parameters.join(", ")}): Promise<${streamClass}<${typeArguments.join(", ")}>> {`,
    `      return new ${streamClass}(await this.baseClient.streamTarget(${pathText(endpoint)}, ${callOptions(parts)})${decode});`,
    "    }\n",
  ].join("\n");
}

function pathParameters(endpoint: Endpoint): string[] {
  return endpoint.path.flatMap((segment) => {
    if (segment.kind === "literal") return [];
    return [`${parameterName(segment.name)}: ${segment.kind === "param" ? segment.type : "string[]"}`];
  });
}

/** The `params` argument: the request without what travels in the path. None when nothing is left of it. */
function dataParameter(schema: TypeSchema | undefined, parts: RequestParts, writer: ServiceWriter): string[] {
  const fields = fieldsOf(writer.model, schema).filter(isVisible);
  const inPath = new Set(parts.path.map((parameter) => parameter.name));
  const remaining = fields.filter((field) => field.wire || !inPath.has(field.name));
  if (!schema || remaining.length === 0) return [];
  const type =
    remaining.length === fields.length
      ? writer.types.inline(schema, "    ")
      : writer.types.object(remaining, "    ");
  return [`params: ${type}`];
}

function parameterName(name: string): string {
  return LOCAL_NAMES.has(name) ? `_${name}` : identifier(name);
}

/** The path as a template literal. */
function pathText(endpoint: Endpoint): string {
  const segments = endpoint.path.map((segment: PathSegment) => {
    if (segment.kind === "literal") return segment.value.replace(/[`\\]|\$\{/g, "\\$&");
    const name = parameterName(segment.name);
    return segment.kind === "param" ? `\${pathSegment(${name})}` : `\${${name}.map(pathSegment).join("/")}`;
  });
  return `\`/${segments.join("/")}\``;
}

/** The body as text: the parameters themselves, or those of them that travel in it. */
function bodyText(parts: RequestParts): string {
  if (parts.query.length + parts.headers.length + parts.cookies.length === 0) return "JSON.stringify(params)";
  return `JSON.stringify({ ${parts.body.map((field) => `${propertyName(field.name)}: ${member("params", field.name)}`).join(", ")} })`;
}

function callOptions({ query, headers }: RequestParts): string {
  const record = (fields: WireField[]) =>
    fields
      .map(({ field, wireName }) => `${propertyName(wireName)}: ${member("params", field.name)}`)
      .join(", ");
  const entries = ["...options"];
  if (query.length > 0) entries.push(`query: { ...wireRecord({ ${record(query)} }), ...options?.query }`);
  if (headers.length > 0)
    entries.push(`headers: { ...headerRecord({ ${record(headers)} }), ...options?.headers }`);
  return entries.length === 1 ? "options" : `{ ${entries.join(", ")} }`;
}

/** Reads the response: the body, and the fields that come as headers. */
function responseLines(endpoint: Endpoint, call: string, type: string, writer: ServiceWriter): string[] {
  const { headers } = responseParts(writer.model, endpoint);
  const shape = writer.dates?.of(endpoint.response!);
  const body = shape ? `reviveDates(await jsonBody(response), ${shape})` : "await jsonBody(response)";
  if (headers.length === 0) return [`      const response = ${call};`, `      return ${body};`];
  return [
    `      const response = ${call};`,
    `      const result: ${type} = ${body};`,
    ...headers.map((header) => `      ${headerAssignment(header, writer)}`),
    "      return result;",
  ];
}

function headerAssignment({ field, wireName }: WireField, writer: ServiceWriter): string {
  const target = member("result", field.name);
  if (wireName.toLowerCase() === "set-cookie") {
    const cookies = "response.headers.getSetCookie()";
    return `${target} = ${field.type.kind === "array" ? cookies : `${cookies}[0]!`}; // Hidden by browsers.`;
  }
  const name = JSON.stringify(wireName);
  const convert = (text: string) => headerValue(field, text, writer);
  if (!field.optional) return `${target} = ${convert(`requiredHeader(response, ${name})`)};`;
  return `if (response.headers.has(${name})) ${target} = ${convert(`requiredHeader(response, ${name})`)};`;
}

/** A header's text as a value of the field's type. */
function headerValue(field: Field, text: string, writer: ServiceWriter): string {
  const convert = (type: TypeSchema, value: string): string => {
    if (type.kind === "array")
      return `${value}.split(/\\s*,\\s*/).map((item) => ${convert(type.element, "item")})`;
    if (type.kind !== "basic") return `${value} as any`;
    if (type.type === "number") return `Number(${value})`;
    if (type.type === "boolean") return `${value} === "true"`;
    return type.type === "date" && writer.dates ? `new Date(${value})` : value;
  };
  return convert(field.type, text);
}
