import { permittedCallers } from "../model/access.js";
import type { EntityField } from "../model/fields.js";
import { operationPath } from "../model/plural.js";
import type { EntityModel, OperationModel, ProjectModel, ServiceModel } from "../model/schema.js";
import { pascalCase } from "./casing.js";
import { type EntityView, entityView } from "./entity-view.js";
import { closed, type JsonSchema, nullable, objectSchema, valueSchema } from "./json-schema.js";

const instant: JsonSchema = { type: "string", format: "date-time" };
const uuid: JsonSchema = { type: "string", format: "uuid" };

const schemes = {
  user: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  "api-key": { type: "apiKey", in: "header", name: "x-api-key" },
  service: { type: "apiKey", in: "header", name: "x-service-token" },
} as const;

type Security = Partial<Record<keyof typeof schemes, []>>[];

/** The description of a service's routes in OpenAPI 3.1. */
export function openapiDocument(project: ProjectModel, service: ServiceModel): object {
  const security = (auth: ServiceModel["auth"] | undefined): Security =>
    permittedCallers(project, service, auth).map((kind) => ({ [kind]: [] }));
  const paths = new Map<string, Record<string, object>>();
  const schemas: Record<string, JsonSchema> = { Problem: problem };
  const add = (path: string, method: string, route: object) => {
    const key = path.replaceAll(/:([A-Za-z0-9]+)/g, "{$1}");
    paths.set(key, { ...paths.get(key), [method.toLowerCase()]: route });
  };
  for (const entity of service.entities) {
    Object.assign(schemas, entitySchemas(entity));
    const view = entityView(entity, service);
    for (const route of entityRoutes(entity, view, security(entity.auth)))
      add(route.path, route.method, route.route);
  }
  for (const operation of service.operations) {
    const Name = pascalCase(operation.name);
    schemas[`${Name}Output`] = objectSchema(operation.output);
    add(
      operationPath(operation),
      operation.method,
      operationRoute(operation, Name, security(operation.auth)),
    );
  }
  const used = new Set(
    [...paths.values()].flatMap((item) =>
      Object.values(item).flatMap((route) =>
        (route as { security: Security }).security.flatMap((each) => Object.keys(each)),
      ),
    ),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: service.name,
      version: "0.1.0",
      description: service.description ?? `The service ${service.name}.`,
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths),
    components: {
      schemas,
      ...(used.size === 0
        ? {}
        : {
            securitySchemes: Object.fromEntries(Object.entries(schemes).filter(([name]) => used.has(name))),
          }),
    },
  };
}

const problem: JsonSchema = {
  description: "What went wrong, by RFC 9457.",
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", description: "Stays the same, for programs." },
    correlationId: { type: "string" },
    errors: {
      type: "array",
      items: closed(
        [
          ["path", { type: "string" }],
          ["message", { type: "string" }],
        ],
        ["path", "message"],
      ),
    },
  },
  required: ["type", "title", "status", "code"],
};

function entitySchemas(entity: EntityModel): Record<string, JsonSchema> {
  const { name, fields, operations, description } = entity;
  const names = fields.map((field) => field.name);
  const own: [string, JsonSchema][] = [
    ["createdAt", instant],
    ["updatedAt", instant],
  ];
  const read = (field: EntityField): [string, JsonSchema] => [
    field.name,
    field.required ? valueSchema(field) : nullable(valueSchema(field)),
  ];
  const given = fields.filter((field) => field.required && field.default === undefined);
  const whole = closed(
    [["id", uuid], ...fields.map(read), ...own],
    ["id", ...names, "createdAt", "updatedAt"],
  );
  return {
    [name]: { ...(description === undefined ? {} : { description }), ...whole },
    ...(operations.includes("create")
      ? {
          [`Create${name}`]: closed(
            fields.map(read),
            given.map((field) => field.name),
          ),
        }
      : {}),
    ...(operations.includes("update") ? { [`Update${name}`]: closed(fields.map(read), []) } : {}),
  };
}

const refer = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: JsonSchema) => ({ content: { "application/json": { schema } } });

/** A route with its answers; all can fail with a problem. */
function route(
  operationId: string,
  summary: string,
  security: Security,
  answer: object,
  more: { parameters?: object[]; body?: JsonSchema; status?: number } = {},
): object {
  const { parameters = [], body, status = 200 } = more;
  return {
    operationId,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...json(body) } }),
    security,
    responses: {
      [status]: { description: "Done.", ...answer },
      default: {
        description: "A problem.",
        content: { "application/problem+json": { schema: refer("Problem") } },
      },
    },
  };
}

function entityRoutes(
  entity: EntityModel,
  { name, many, Many, path, file, operations, sortNames }: EntityView,
  security: Security,
): { path: string; method: string; route: object }[] {
  const words = path.replaceAll("-", " ");
  const word = file.replaceAll("-", " ");
  const id = { name: "id", in: "path", required: true, schema: uuid };
  const query = (parameter: string, schema: JsonSchema) => ({ name: parameter, in: "query", schema });
  const ownFields: Record<string, JsonSchema> = { id: uuid, createdAt: instant, updatedAt: instant };
  const filters = entity.filters.map((filter) => {
    const field = entity.fields.find((each) => each.name === filter);
    return query(filter, field === undefined ? ownFields[filter]! : valueSchema(field));
  });
  const page = closed(
    [
      [many, { type: "array", items: refer(name) }],
      ["nextCursor", { type: "string", description: "Absent on the last page." }],
    ],
    [many],
  );
  const listed = [
    query("limit", { type: "integer", minimum: 1, maximum: 200, default: 50 }),
    query("cursor", { type: "string", maxLength: 2000 }),
    query("sort", { type: "string", enum: JSON.parse(`[${sortNames}]`), default: "-createdAt" }),
    ...filters,
  ];
  const all = `/${path}`;
  const one = `/${path}/:id`;
  return [
    operations.list && {
      path: all,
      method: "get",
      route: route(`list${Many}`, `A page of ${words}`, security, json(page), { parameters: listed }),
    },
    operations.create && {
      path: all,
      method: "post",
      route: route(`create${name}`, `Creates one of the ${words}`, security, json(refer(name)), {
        body: refer(`Create${name}`),
        status: 201,
      }),
    },
    operations.get && {
      path: one,
      method: "get",
      route: route(`get${name}`, `One ${word}`, security, json(refer(name)), { parameters: [id] }),
    },
    operations.update && {
      path: one,
      method: "patch",
      route: route(`update${name}`, `Changes what is given of one ${word}`, security, json(refer(name)), {
        parameters: [id],
        body: refer(`Update${name}`),
      }),
    },
    operations.delete && {
      path: one,
      method: "delete",
      route: route(`delete${name}`, `Deletes one ${word}`, security, {}, { parameters: [id], status: 204 }),
    },
  ].filter((each) => each !== false);
}

function operationRoute(operation: OperationModel, Name: string, security: Security): object {
  const { name, method, input, description = `Runs ${name}` } = operation;
  const path = operationPath(operation);
  const inPath = new Set([...path.matchAll(/:([A-Za-z0-9]+)/g)].map(([, parameter]) => parameter));
  const hasBody = method !== "GET" && method !== "DELETE";
  const rest = input.filter((value) => !inPath.has(value.name));
  const parameters = [
    ...input
      .filter((value) => inPath.has(value.name))
      .map((value) => ({ name: value.name, in: "path", required: true, schema: valueSchema(value) })),
    ...(hasBody
      ? []
      : rest.map((value) => ({
          name: value.name,
          in: "query",
          required: value.required,
          schema: valueSchema(value),
        }))),
  ];
  return route(name, description, security, json(refer(`${Name}Output`)), {
    parameters,
    ...(hasBody && rest.length > 0 ? { body: objectSchema(rest) } : {}),
  });
}
