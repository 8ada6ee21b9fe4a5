import { typescriptClient } from "../../embedded/src/generate/client/typescript-client.js";
import { openApiDocument } from "../../embedded/src/generate/openapi/openapi-document.js";
import type { AppModel, Endpoint } from "../../embedded/src/model/app-model.js";
import { areaOf, areas } from "./areas.js";
import { authenticationPaths, authenticationSchemas } from "./authentication.js";
import { apiErrorSchema, errorResponses, headers, parameters, securitySchemes } from "./components.js";
import { describeOperation } from "./describe-operation.js";
import type { OpenApiDocument, Operation, PathItem, Schema } from "./document.js";
import { ExampleComposer, type IsValid } from "./examples/compose-example.js";

const description = `Converts records between data sources by rules, tells what happened, and generates services.

**Credentials.** A session cookie, \`Authorization: Bearer …\` or \`X-API-Key\`; each operation names the permission that it needs.
**Errors** have one form: \`code\`, \`message\`, \`details\`, with a stable \`details.reason\` where there is something to branch on; those under \`/api/v1/auth/\` have \`code\` and \`message\` alone.
**Lists** take \`limit\` and \`cursor\`; \`nextCursor\` of an answer asks for the next page and is absent on the last one.
**Limits** are told by \`RateLimit\` and \`RateLimit-Policy\`; beyond them the answer is 429 with \`Retry-After\`.
**Repeating.** A changing request with an \`Idempotency-Key\` takes effect once, however often it is sent.`;

/** The endpoints whose description is written by hand: the sign-in library answers there itself. */
function isAuthentication(endpoint: Endpoint): boolean {
  return endpoint.kind === "raw" && endpoint.rawPath.startsWith("/api/v1/auth/");
}

/** The part of the model that is the API: pages for people are none. */
function apiOf(model: AppModel): AppModel {
  return {
    ...model,
    endpoints: model.endpoints.filter(
      (endpoint) => endpoint.rawPath.startsWith("/api/v1/") && !isAuthentication(endpoint),
    ),
  };
}

/**
 * Describes the public API in OpenAPI 3.1: what the application model knows, and what only this app does, which is
 * permissions, credentials, limits, errors, areas and examples.
 */
export function describeApi(
  model: AppModel,
  options: { version: string; validator: (schemas: Record<string, Schema>) => IsValid },
): OpenApiDocument {
  const api = apiOf(model);
  const { document, omitted } = openApiDocument(api, {
    filter: {},
    title: "Axion",
    version: options.version,
    serverUrl: "/",
  });
  if (omitted.length > 0) throw new Error(`OpenAPI cannot describe these endpoints:\n${omitted.join("\n")}`);
  const base = document as unknown as OpenApiDocument;
  const schemas = { ...base.components.schemas, ...authenticationSchemas, APIError: apiErrorSchema };
  const examples = new ExampleComposer(schemas, options.validator(schemas));
  const paths: Record<string, PathItem> = {};
  for (const [path, item] of Object.entries({ ...base.paths, ...authenticationPaths })) {
    paths[path] = Object.fromEntries(
      Object.entries(item).map(([method, operation]): [string, Operation] => [
        method,
        describeOperation(operation, { path, method, examples }),
      ]),
    );
  }
  const used = new Set(Object.keys(paths).map(areaOf));
  return {
    openapi: base.openapi,
    info: { ...base.info, description },
    servers: [{ url: "/", description: "The server that this document comes from" }],
    tags: areas.filter(({ name }) => used.has(name)).map(({ name, description }) => ({ name, description })),
    paths,
    components: { schemas, responses: errorResponses, parameters, headers, securitySchemes },
  };
}

/** The typed client of the public API. */
export function clientOf(model: AppModel): string {
  const api = apiOf(model);
  return typescriptClient(
    { ...api, endpoints: api.endpoints.filter(({ kind }) => kind !== "raw") },
    { filter: {}, dates: "string" },
  );
}
