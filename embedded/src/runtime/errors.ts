import { writeJson } from "./schema/write-json.js";

/** The error codes of Encore and the HTTP status each one answers with. */
const STATUS = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
} as const;

export type ErrorCode = keyof typeof STATUS;

const INTERNAL_MESSAGE = "an internal error occurred";
const UNAUTHENTICATED_MESSAGE =
  "the request does not have valid authentication credentials for the operation";

/** Codes that a bare HTTP status stands for; others are `unknown`. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: "invalid_argument",
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  409: "already_exists",
  429: "resource_exhausted",
  499: "canceled",
  500: "internal",
  501: "unimplemented",
  503: "unavailable",
  504: "deadline_exceeded",
};

/** What an app's middleware wants of an error's answer; Encore's own runtime knows no such wishes. */
export interface AnswerWishes {
  status?: number;
  headers?: Record<string, string | string[]>;
}

/** Where an error thrown by the app carries headers for its answer. */
const HEADERS_OF_ERROR = Symbol.for("axion.answerHeaders");

/** An error as it travels: to the client without `internalMessage` in production, between services with it. */
export class ApiError extends Error {
  /** Status and headers of its own. */
  wishes: AnswerWishes | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly internalMessage?: string,
    readonly details?: Record<string, unknown>,
    /** What the app threw. */
    origin?: unknown,
  ) {
    super(message);
    this.name = "ApiError";
    // The log shows where the app threw, not where the runtime caught it.
    if (origin instanceof Error) this.stack = origin.stack;
  }

  get status(): number {
    return this.wishes?.status ?? STATUS[this.code];
  }

  /** The JSON body of an error answer. */
  toBody(includeInternal: boolean): string {
    const body: Record<string, unknown> = {
      code: this.code,
      message: this.message,
      details: this.details ?? null,
    };
    if (includeInternal) body.internal_message = this.internalMessage ?? null;
    return JSON.stringify(body);
  }
}

/** The HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

/** The error code that a bare HTTP status of 400 or more stands for. */
export function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS[status] ?? "unknown";
}

/** The `code` label of logs and metrics for a raw endpoint's status. */
export function outcomeOfStatus(status: number): string {
  if (status === 200) return "ok";
  if (status >= 400) return codeOfStatus(status);
  return `http_${status}`;
}

export function internalError(internalMessage: string, origin?: unknown): ApiError {
  return new ApiError("internal", INTERNAL_MESSAGE, internalMessage, undefined, origin);
}

export function invalidArgument(message: string): ApiError {
  return new ApiError("invalid_argument", message);
}

export function unauthenticated(): ApiError {
  return new ApiError("unauthenticated", UNAUTHENTICATED_MESSAGE);
}

function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(STATUS, value);
}

/**
 * Turns whatever a handler threw into an error to answer with. Objects count by
 * their `code`, `message`, `details` and `cause`, whatever their class, since an
 * app may hold several copies of `APIError`; everything else is internal, and
 * the text of an internal error stays inside.
 */
export function coerceToApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const error = readError(thrown);
  const headers = (thrown as { [HEADERS_OF_ERROR]?: AnswerWishes["headers"] } | null | undefined)?.[
    HEADERS_OF_ERROR
  ];
  if (headers) error.wishes = { headers };
  return error;
}

function readError(thrown: unknown): ApiError {
  if (thrown === null || thrown === undefined) return internalError("an unknown exception was thrown");
  const value = Object(thrown) as { code?: unknown; message?: unknown; details?: unknown; cause?: unknown };
  let details: Record<string, unknown> | undefined;
  try {
    details = detailsOf(value.details);
  } catch (error) {
    return internalError(`unable to parse error details: ${(error as Error).message}`, thrown);
  }
  const code = String(value.code);
  let message = typeof thrown === "string" ? thrown : String(value.message);
  if (value.cause !== null && value.cause !== undefined) {
    message += `: ${(value.cause as { message?: unknown }).message}`;
  }
  if (!isErrorCode(code) || code === "internal") {
    return new ApiError("internal", INTERNAL_MESSAGE, message, details, thrown);
  }
  return new ApiError(code, message, undefined, details, thrown);
}

function detailsOf(value: unknown): Record<string, unknown> | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") throw new Error("error details must be an object");
  return JSON.parse(writeJson(value)) as Record<string, unknown>;
}

/** Reads the error that another process answered with. */
export function parseErrorBody(text: string): ApiError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return invalidArgument("unable to parse error response");
  }
  const { code, message, internal_message, details } = (body ?? {}) as Record<string, unknown>;
  if (typeof code !== "string" || !isErrorCode(code) || typeof message !== "string") {
    return invalidArgument("unable to parse error response");
  }
  return new ApiError(
    code,
    message,
    typeof internal_message === "string" ? internal_message : undefined,
    details !== null && typeof details === "object" ? (details as Record<string, unknown>) : undefined,
  );
}
