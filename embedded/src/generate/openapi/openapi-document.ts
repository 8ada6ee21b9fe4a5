import type { AppModel, Endpoint, PathSegment } from "../../model/app-model.js";
import { type ApiFilter, selectApi } from "../api-selection.js";
import { nameTypes } from "../type-names.js";
import { endpointTypes, fieldsOf, reachableTypes } from "../wire.js";
import { type JsonSchema, SchemaWriter } from "./json-schema.js";
import { operation } from "./operation.js";

export interface OpenApiOptions {
  filter: ApiFilter;
  title: string;
  version: string;
  serverUrl: string;
}

/** The document, and what of the API it cannot express. */
export interface OpenApiResult {
  document: JsonSchema;
  omitted: string[];
}

const METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];
const ANY_METHOD = ["GET", "PUT", "POST", "DELETE", "PATCH"];

const ERROR_CODES = [
  ...["ok", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists"],
  ...[
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
  ],
  ...["internal", "unavailable", "data_loss", "unauthenticated"],
];

const API_ERROR = {
  description: "The call failed.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["code", "message"],
        properties: {
          code: { enum: ERROR_CODES },
          message: { type: "string" },
          details: {},
          internal_message: { type: ["string", "null"], description: "Only during development." },
        },
      },
    },
  },
};

/** Describes the exposed API in OpenAPI 3.1. */
export function openApiDocument(model: AppModel, options: OpenApiOptions): OpenApiResult {
  const { services, endpoints } = selectApi(model, options.filter);
  const schemas = new SchemaWriter(
    model,
    nameTypes(model, reachableTypes(model, endpointTypes(endpoints)), () => false),
  );
  const schemes = securitySchemes(model);
  const security = securityRequirements(model);
  const paths = new Paths();
  for (const endpoint of bySpecificity(endpoints)) {
    for (const method of endpoint.methods.includes("*") ? ANY_METHOD : endpoint.methods) {
      paths.add(endpoint, method, (pathNames) =>
        operation(endpoint, method, { model, schemas, pathNames, security }),
      );
    }
  }
  const document = {
    openapi: "3.1.0",
    info: { title: options.title, version: options.version },
    servers: [{ url: options.serverUrl }],
    tags: services.map((service) => ({
      name: service.name,
      ...(service.doc ? { description: service.doc } : {}),
    })),
    paths: paths.items,
    components: {
      schemas: schemas.components,
      responses: { APIError: API_ERROR },
      ...(schemes ? { securitySchemes: schemes } : {}),
    },
  };
  return { document, omitted: paths.omitted };
}

/** The `paths` object. Templates that differ in parameter names only are one path there. */
class Paths {
  readonly items: Record<string, Record<string, JsonSchema>> = {};
  readonly omitted: string[] = [];
  private readonly templates = new Map<string, { template: string; names: string[] }>();

  add(endpoint: Endpoint, method: string, write: (pathNames: string[]) => JsonSchema): void {
    const { template, names } = this.templateOf(endpoint.path);
    const item = (this.items[template] ??= {});
    const key = method.toLowerCase();
    const label = `${endpoint.service}.${endpoint.name} (${method} ${endpoint.rawPath})`;
    if (!METHODS.includes(method)) this.omitted.push(`${label}: OpenAPI has no method ${method}`);
    else if (item[key])
      this.omitted.push(`${label}: OpenAPI cannot tell its path from that of ${item[key].operationId}`);
    else item[key] = write(names);
  }

  private templateOf(path: PathSegment[]): { template: string; names: string[] } {
    const shape = path.map((segment) => (segment.kind === "literal" ? segment.value : "{}")).join("/");
    const known = this.templates.get(shape);
    if (known) return known;
    const names = path.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
    const template = `/${path.map((segment) => (segment.kind === "literal" ? segment.value : `{${segment.name}}`)).join("/")}`;
    const made = { template, names };
    this.templates.set(shape, made);
    return made;
  }
}

/** Endpoints with wildcards last, so that they give way where OpenAPI cannot tell paths apart. */
function bySpecificity(endpoints: Endpoint[]): Endpoint[] {
  const rank = ({ path }: Endpoint) =>
    path.some(({ kind }) => kind === "fallback") ? 2 : path.some(({ kind }) => kind === "wildcard") ? 1 : 0;
  return [...endpoints].sort((a, b) => rank(a) - rank(b));
}

function securitySchemes(model: AppModel): Record<string, JsonSchema> | undefined {
  if (!model.authHandler) return undefined;
  return Object.fromEntries(
    fieldsOf(model, model.authHandler.params).map((field) => [
      field.name,
      {
        type: "apiKey",
        in: field.wire?.in ?? "header",
        name: field.wire?.name ?? field.name,
        ...(field.doc ? { description: field.doc } : {}),
      },
    ]),
  );
}

/** Required credentials go together; where all are optional, any one of them will do. */
function securityRequirements(model: AppModel): Record<string, string[]>[] | undefined {
  if (!model.authHandler) return undefined;
  const fields = fieldsOf(model, model.authHandler.params);
  const required = fields.filter((field) => !field.optional);
  if (required.length > 0) return [Object.fromEntries(required.map((field) => [field.name, []]))];
  return fields.map((field) => ({ [field.name]: [] }));
}
