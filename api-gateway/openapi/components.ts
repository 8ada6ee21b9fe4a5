import type { Answer, Parameter, Schema } from "./document.js";

const text: Schema = { type: "string" };

/** Ways to prove who calls. Any one of them is enough. */
export const securitySchemes = {
  session: {
    type: "apiKey",
    in: "cookie",
    name: "axion.session_token",
    description: "The cookie that signing in sets; for front ends.",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A JWT from `GET /api/v1/auth/token`, a session token, or an API key.",
  },
  apiKey: {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description: "An API key of the organization; for programs.",
  },
};

/** What each authenticated operation accepts. */
export const anyCredential = Object.keys(securitySchemes).map((name) => ({ [name]: [] }));

export const apiErrorSchema: Schema = {
  type: "object",
  description: "Every error has this form.",
  required: ["code", "message"],
  properties: {
    code: {
      description: "What kind of error it is; stable.",
      enum: [
        "invalid_argument",
        "failed_precondition",
        "out_of_range",
        "unauthenticated",
        "permission_denied",
        "not_found",
        "already_exists",
        "aborted",
        "resource_exhausted",
        "canceled",
        "unimplemented",
        "internal",
        "unknown",
        "data_loss",
        "unavailable",
        "deadline_exceeded",
      ],
    },
    message: { type: "string", description: "What was wrong, where, and what to do; for people." },
    details: {
      description:
        "For programs, where there is something to branch on: `reason` is a stable snake_case text, other fields depend on it.",
      anyOf: [
        { type: "object", properties: { reason: { type: "string" } }, additionalProperties: true },
        { type: "null" },
      ],
    },
    internal_message: { type: ["string", "null"], description: "Only during local development." },
  },
};

function error(
  description: string,
  example: { code: string; message: string; details?: unknown },
  headers?: string[],
): Answer {
  return {
    description,
    ...(headers ? { headers: headerReferences(headers) } : {}),
    content: { "application/json": { schema: { $ref: "#/components/schemas/APIError" }, example } },
  };
}

/** Errors by the name of their component, with an example each. */
export const errorResponses = {
  BadRequest: error("The request is wrong, or the thing is in a state that does not allow it.", {
    code: "invalid_argument",
    message: "limit: must be a whole number from 1 to 200.",
    details: null,
  }),
  Unauthenticated: error("No credential, or one that is forged, expired or revoked.", {
    code: "unauthenticated",
    message: "The token has expired.",
    details: null,
  }),
  Forbidden: error("The caller is known and may not do this.", {
    code: "permission_denied",
    message: "This needs the permission conversion:create.",
    details: { reason: "permission_missing", permissions: ["conversion:create"] },
  }),
  NotFound: error("There is no such thing, or it belongs to another organization.", {
    code: "not_found",
    message: "No such rule.",
    details: null,
  }),
  Conflict: error("It exists already, or somebody else was faster.", {
    code: "aborted",
    message: "The rule has changed since it was read.",
    details: { reason: "version_changed" },
  }),
  PreconditionFailed: error(
    "It has changed since the `ETag` of `If-Match` was given.",
    {
      code: "aborted",
      message: "If-Match: the rule has changed since that ETag was given: read it again.",
      details: { reason: "precondition_failed" },
    },
    ["Axion-Error"],
  ),
  UnprocessableKey: error(
    "The `Idempotency-Key` was used before with another request.",
    {
      code: "invalid_argument",
      message: "This Idempotency-Key was used for another request. Use a new key for each request.",
      details: { reason: "idempotency_key_reused" },
    },
    ["Axion-Error"],
  ),
  TooManyRequests: error(
    "The limit of the key, the caller or the organization's plan is used up.",
    {
      code: "resource_exhausted",
      message: "Too many requests; try again in 7 s.",
      details: { reason: "rate_limited" },
    },
    ["Axion-Error", "RateLimit", "RateLimit-Policy", "Retry-After"],
  ),
  AuthenticationError: {
    description: "The sign-in library refused the request, or failed. Its errors have a form of their own.",
    content: {
      "application/json": {
        schema: {
          type: "object",
          required: ["message"],
          properties: { code: text, message: text },
        },
        example: { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" },
      },
    },
  },
  Unexpected: error("The call failed on the server's side.", {
    code: "unavailable",
    message: "The service does not answer; try again.",
    details: null,
  }),
} satisfies Record<string, Answer>;

/** Headers of answers. */
export const headers = {
  "Axion-Error": {
    description: "The error's JSON once more, for hosts that send such an answer without its body.",
    schema: text,
    example: '{"code":"resource_exhausted","message":"Too many requests; try again in 7 s."}',
  },
  RateLimit: {
    description: "What is left of the limits: `r` requests in the next `t` seconds.",
    schema: text,
    example: '"default";r=599;t=60',
  },
  "RateLimit-Policy": {
    description: "The limits themselves: `q` requests in `w` seconds.",
    schema: text,
    example: '"default";q=600;w=60',
  },
  "Retry-After": {
    description: "Seconds after which a request has a chance again.",
    schema: { type: "integer", minimum: 0 },
    example: 7,
  },
  ETag: {
    description: "Changes with the answer's content; for `If-None-Match`.",
    schema: text,
    example: 'W/"3f1c9a7b"',
  },
  "X-Correlation-ID": {
    description: "Names the request in logs, traces and the audit log; the one sent, or a new one.",
    schema: text,
    example: "5f0c2f5e-3a51-4a55-9d0a-0f1f6f2f7a10",
  },
};

/** References to header components. */
export function headerReferences(names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Headers of requests. */
export const parameters = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "Makes the request safe to repeat: the same key with the same request is answered like the first time, with another request by 422.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
    example: "import-2026-11-21-0001",
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "`ETag` of an earlier answer: the answer is 304 without a body while nothing has changed.",
    schema: text,
    example: 'W/"3f1c9a7b"',
  },
} satisfies Record<string, Parameter>;
