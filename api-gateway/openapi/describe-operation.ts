import { endpointPermissions } from "../permissions.js";
import { areaOf } from "./areas.js";
import { anyCredential, headerReferences } from "./components.js";
import type { Answer, MediaType, Operation, Parameter } from "./document.js";
import type { ExampleComposer } from "./examples/compose-example.js";
import { operationExamples } from "./examples/operation-examples.js";

interface Place {
  path: string;
  method: string;
  examples: ExampleComposer;
}

/** Methods that change something; they may carry an `Idempotency-Key`. */
const CHANGING = new Set(["post", "put", "patch", "delete"]);

/** Adds to an operation what the application model does not know: permission, credentials, errors, headers, examples. */
export function describeOperation(operation: Operation, place: Place): Operation {
  const name = operation.operationId.replace(/^api-gateway\./, "");
  const isAuthenticated = operation.security !== undefined;
  const permissions = isAuthenticated ? permissionsOf(name) : undefined;
  const parameters = [
    ...(operation.parameters ?? []).map((parameter) =>
      "name" in parameter ? withExample(parameter, place.examples) : parameter,
    ),
    ...(isAuthenticated && CHANGING.has(place.method)
      ? [{ $ref: "#/components/parameters/IdempotencyKey" }]
      : []),
    ...(isAuthenticated && place.method === "get" ? [{ $ref: "#/components/parameters/IfNoneMatch" }] : []),
  ];
  return {
    ...operation,
    operationId: name,
    tags: [areaOf(place.path)],
    ...described(operation, isAuthenticated ? permissions : undefined),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.requestBody
      ? {
          requestBody: {
            ...operation.requestBody,
            content: withExamples(operation.requestBody.content, operationExamples[name]?.request, place),
          },
        }
      : {}),
    responses: answers(operation, { ...place, name, isAuthenticated }),
    ...(isAuthenticated ? { security: anyCredential } : { security: [] }),
    ...(permissions?.length ? { "x-permission": permissions } : {}),
  };
}

/** The permissions of which one is enough; none where every member may call. */
function permissionsOf(name: string): string[] | undefined {
  const requirement = endpointPermissions[name];
  if (requirement === undefined) return undefined;
  if (typeof requirement === "string") return [requirement];
  return Array.isArray(requirement) ? requirement : [];
}

/** Summary and description, the latter with the permission. */
function described(
  { summary, description }: Operation,
  permissions: string[] | undefined,
): Pick<Operation, "summary" | "description"> {
  const needs =
    permissions === undefined
      ? ""
      : permissions.length === 0
        ? "Every signed-in caller may call it."
        : `Needs the permission ${permissions.map((permission) => `\`${permission}\``).join(" or ")}.`;
  const text = [description ?? summary ?? "", needs].filter((part) => part !== "").join("\n\n");
  return { ...(summary ? { summary } : {}), ...(text === "" ? {} : { description: text }) };
}

function withExample(parameter: Parameter, examples: ExampleComposer): Parameter {
  const isNeeded = parameter.required || parameter.in === "path";
  return isNeeded ? { ...parameter, example: examples.compose(parameter.schema, parameter.name) } : parameter;
}

/** Bodies of JSON with an example: the one told by hand, or one made from the schema. */
function withExamples(
  content: Record<string, MediaType>,
  told: MediaType["example"],
  { examples }: Place,
): Record<string, MediaType> {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => [
      type,
      media.schema && media.example === undefined
        ? { ...media, example: told ?? examples.compose(media.schema) }
        : media,
    ]),
  );
}

function answers(
  operation: Operation,
  { path, method, name, isAuthenticated, examples }: Place & { name: string; isAuthenticated: boolean },
): Operation["responses"] {
  const isSignIn = path.startsWith("/api/v1/auth/");
  const error = (component: string) => ({
    $ref: `#/components/responses/${isSignIn ? "AuthenticationError" : component}`,
  });
  const answerHeaders = [
    "X-Correlation-ID",
    ...(isAuthenticated ? ["RateLimit", "RateLimit-Policy"] : []),
    ...(method === "get" ? ["ETag"] : []),
  ];
  const successes = Object.entries(operation.responses)
    .filter((entry): entry is [string, Answer] => /^[123]/.test(entry[0]) && "description" in entry[1])
    .map(([status, answer]): [string, Answer] => [
      status,
      {
        ...answer,
        headers: { ...answer.headers, ...headerReferences(answerHeaders) },
        ...(answer.content
          ? {
              content: withExamples(answer.content, operationExamples[name]?.response, {
                path,
                method,
                examples,
              }),
            }
          : {}),
      },
    ]);
  const takesInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  const changes = CHANGING.has(method);
  const takesIfMatch = (operation.parameters ?? []).some(
    (parameter) => "name" in parameter && parameter.name.toLowerCase() === "if-match",
  );
  return {
    ...Object.fromEntries(successes),
    ...(isAuthenticated && method === "get"
      ? { "304": { description: "Nothing has changed since the `ETag` of `If-None-Match`." } }
      : {}),
    ...(takesInput ? { "400": error("BadRequest") } : {}),
    ...(isAuthenticated ? { "401": error("Unauthenticated"), "403": error("Forbidden") } : {}),
    ...(path.includes("{") || changes ? { "404": error("NotFound") } : {}),
    ...(changes ? { "409": error("Conflict") } : {}),
    ...(takesIfMatch ? { "412": error("PreconditionFailed") } : {}),
    ...(changes && isAuthenticated ? { "422": error("UnprocessableKey") } : {}),
    "429": error("TooManyRequests"),
    default: error("Unexpected"),
  };
}
