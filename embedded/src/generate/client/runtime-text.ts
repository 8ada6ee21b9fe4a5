/** The part of a generated client that is the same for every app: options, requests, errors. */
export const CLIENT_RUNTIME = `/** Where the API is, e.g. "https://api.example.com". */
export type BaseURL = string;

/** The API of an app that runs on this machine. */
export const Local: BaseURL = "http://localhost:4000";

/** What a single call may set beside its parameters. */
export type CallParameters = Omit<RequestInit, "method" | "body" | "headers"> & {
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
};

/** Has the shape of the built-in \`fetch\`. */
export type Fetcher = typeof fetch;

type WireValue = string | number | boolean | Date | null | undefined;

/** A value as text for a path, header or query: dates in ISO 8601. */
function wireText(value: NonNullable<WireValue>): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function pathSegment(value: NonNullable<WireValue>): string {
  return encodeURIComponent(wireText(value));
}

/** The values that are set, as text. */
function wireRecord(values: Record<string, WireValue | NonNullable<WireValue>[]>): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) record[name] = value.map(wireText);
    else if (value !== undefined && value !== null) record[name] = wireText(value);
  }
  return record;
}

function headerRecord(values: Record<string, WireValue | NonNullable<WireValue>[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(wireRecord(values)).map(([name, value]) => [name, String(value)]));
}

function queryString(query: Record<string, string | string[]> | undefined): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) pairs.append(name, item);
  }
  const text = pairs.toString();
  return text === "" ? "" : "?" + text;
}

interface AuthParameters {
  headers?: Record<string, string>;
  query?: Record<string, string | string[]>;
}

/** Sends requests; the service clients tell it what. */
class BaseClient {
  private readonly baseURL: string;

  constructor(
    baseURL: BaseURL,
    private readonly options: ClientOptions,
  ) {
    this.baseURL = baseURL.replace(/\\/+$/, "");
  }

  /** Calls an endpoint that speaks JSON; a failure is an APIError. */
  async callTypedAPI(method: string, path: string, body?: string, params?: CallParameters): Promise<Response> {
    const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    return this.callAPI(method, path, body, { ...params, headers: { ...headers, ...params?.headers } });
  }

  /** Calls any endpoint. */
  async callAPI(method: string, path: string, body?: RequestInit["body"], params: CallParameters = {}): Promise<Response> {
    const { query, headers, ...init } = params;
    const auth = await this.authParameters();
    const send = this.options.fetcher ?? ((input: Parameters<Fetcher>[0], requestInit?: RequestInit) => fetch(input, requestInit));
    const response = await send(this.baseURL + path + queryString({ ...query, ...auth.query }), {
      ...this.options.requestInit,
      ...init,
      method,
      body: body ?? null,
      headers: { ...this.options.requestInit?.headers, ...headers, ...auth.headers },
    });
    if (!response.ok) throw await APIError.fromResponse(response);
    return response;
  }

  /** The address and subprotocols of a WebSocket: browsers cannot set headers on one, so they travel in a subprotocol. */
  async streamTarget(path: string, params: CallParameters = {}): Promise<{ url: string; protocols: string[] }> {
    const auth = await this.authParameters();
    const headers = { ...this.options.requestInit?.headers, ...params.headers, ...auth.headers };
    const url = this.baseURL.replace(/^http/, "ws") + path + queryString({ ...params.query, ...auth.query });
    const protocols = ["encore-ws"];
    if (Object.keys(headers).length > 0) protocols.push("encore.dev.headers." + base64Url(JSON.stringify(headers)));
    return { url, protocols };
  }

//AUTH
}

function base64Url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The value of a response header that the endpoint always sets. */
function requiredHeader(response: Response, name: string): string {
  const value = response.headers.get(name);
  if (value === null) throw new APIError(500, { code: ErrCode.DataLoss, message: "the response has no header " + name });
  return value;
}

interface ErrorBody {
  code: ErrCode;
  message: string;
  details?: any;
}

/** A call that the API refused or could not answer. */
export class APIError extends Error {
  /** HTTP status; 0 for a stream. */
  readonly status: number;
  readonly code: ErrCode;
  readonly details?: any;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    Object.defineProperty(this, "name", { value: "APIError", configurable: true });
    this.status = status;
    this.code = body.code;
    this.details = body.details ?? undefined;
  }

  /** Reads the error of a response; one that is not the API's own becomes \`unknown\`. */
  static async fromResponse(response: Response): Promise<APIError> {
    const message = "request failed: status " + response.status;
    const text = await response.text().catch(() => "");
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return new APIError(response.status, { code: ErrCode.Unknown, message: text === "" ? message : message + ": " + text });
    }
    if (isErrorBody(body)) return new APIError(response.status, body);
    return new APIError(response.status, { code: ErrCode.Unknown, message: message + ": " + text });
  }
}

/** Whether a caught value is an APIError, of any copy of this client. */
export function isAPIError(error: unknown): error is APIError {
  return error instanceof Error && error.name === "APIError" && "code" in error && isErrCode(error.code);
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== "object" || body === null || !("code" in body) || !("message" in body)) return false;
  return isErrCode(body.code) && typeof body.message === "string";
}

function isErrCode(code: unknown): code is ErrCode {
  return (Object.values(ErrCode) as unknown[]).includes(code);
}

/** Why a call failed. */
export enum ErrCode {
  OK = "ok",
  /** The caller gave up. */
  Canceled = "canceled",
  /** No more is known, or the answer was not the API's. */
  Unknown = "unknown",
  /** The request is wrong, whatever the state of the system. */
  InvalidArgument = "invalid_argument",
  DeadlineExceeded = "deadline_exceeded",
  NotFound = "not_found",
  AlreadyExists = "already_exists",
  /** Known caller, but not allowed. */
  PermissionDenied = "permission_denied",
  /** A quota or limit is used up. */
  ResourceExhausted = "resource_exhausted",
  /** The system is not in the state that the call needs; do not retry before that changes. */
  FailedPrecondition = "failed_precondition",
  /** Lost a race; retry from reading on. */
  Aborted = "aborted",
  OutOfRange = "out_of_range",
  Unimplemented = "unimplemented",
  Internal = "internal",
  /** Not reachable now; retry the call. */
  Unavailable = "unavailable",
  DataLoss = "data_loss",
  /** Unknown caller. */
  Unauthenticated = "unauthenticated",
}
`;
