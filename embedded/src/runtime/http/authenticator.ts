import type { AuthHandler } from "../../model/app-model.js";
import { ApiError, coerceToApiError, internalError, unauthenticated } from "../errors.js";
import { logRequestFailed } from "../logger.js";
import { type Auth, Request } from "../request.js";
import { parseCookies } from "../schema/cookie.js";
import { compileDecoder, type Decoder, type Types } from "../schema/decode.js";
import { INVALID, lastFailure } from "../schema/failure.js";
import { locateFields } from "../schema/locations.js";
import { parseJson } from "../schema/parse-json.js";
import { parseQuery } from "../schema/query.js";
import { writeJson } from "../schema/write-json.js";
import { startSpan } from "../tracing/span.js";
import type { SpanContext } from "../tracing/trace-context.js";
import { RequestCodec } from "./codec.js";
import type { IncomingHeaders } from "./incoming-headers.js";

/** What the SDK registers with the gateway. */
export type AuthFunction = (request: Request) => unknown;

/** Who makes the request; an error says why nobody is known. */
export type AuthOutcome = (error: ApiError | undefined, auth: Auth | undefined) => void;

const NO_PATH = { path: [] };
const NO_NAMES: ReadonlySet<string> = new Set();

/** Runs the app's auth handler for the requests that carry one of its parameters. */
export class Authenticator {
  private readonly codec: RequestCodec;
  private readonly authData: Decoder;
  private readonly headerNames: string[];
  private readonly cookieNames: string[];
  private readonly queryNames: ReadonlySet<string>;
  /** Set when the app's gateway is constructed. */
  handler: AuthFunction | undefined;

  constructor(
    private readonly model: AuthHandler,
    types: Types,
  ) {
    this.codec = new RequestCodec(NO_PATH, model.params, types, "query", { body: false });
    this.authData = compileDecoder(model.authData, types);
    const located = locateFields(model.params, types, {
      default: "query",
      pathNames: NO_NAMES,
      status: false,
    });
    this.headerNames = located?.header.map(({ name }) => name.toLowerCase()) ?? [];
    this.cookieNames = located?.cookie.map(({ name }) => name) ?? [];
    this.queryNames = new Set(located?.query.map((field) => field.name));
  }

  /** Headers that the auth handler reads. */
  get allowedHeaders(): readonly string[] {
    return this.headerNames;
  }

  /** Answers at once when the request carries no parameter of the handler. */
  authenticate(
    headers: IncomingHeaders,
    query: string,
    context: { trace: SpanContext; correlationId?: string },
    done: AuthOutcome,
  ): void {
    if (!this.hasParameters(headers, query)) {
      done(unauthenticated(), undefined);
      return;
    }
    const { handler, model } = this;
    if (!handler) {
      done(internalError(`the auth handler ${model.name} is not registered`), undefined);
      return;
    }
    const span = startSpan({
      kind: "internal",
      name: `auth ${model.name}`,
      service: model.service,
      parent: context.trace,
    });
    let request: Request | undefined;
    const finish = (error: ApiError | undefined, auth: Auth | undefined): void => {
      // Strangers are no failure; anything else is.
      if (error && request && error.code !== "unauthenticated") logRequestFailed(request, error);
      span.end(error);
      done(error, auth);
    };
    let result: unknown;
    try {
      const { payload } = this.codec.decode({ params: [], query, headers, body: undefined });
      request = new Request(
        { kind: "auth", service: model.service, endpoint: model.name, payload },
        { span, correlationId: context.correlationId },
      );
      result = handler(request);
    } catch (error) {
      finish(coerceToApiError(error), undefined);
      return;
    }
    Promise.resolve(result).then(
      (value) => this.accept(value, finish),
      (error) => finish(coerceToApiError(error), undefined),
    );
  }

  private accept(value: unknown, finish: AuthOutcome): void {
    let auth: Auth;
    try {
      auth = this.toAuth(value);
    } catch (error) {
      finish(coerceToApiError(error), undefined);
      return;
    }
    finish(undefined, auth);
  }

  /** What the auth handler returned, as callees see it: fields of its type only. */
  private toAuth(value: unknown): Auth {
    if (value === null || value === undefined)
      throw new ApiError("unauthenticated", "unauthenticated", "auth handler returned null");
    let json: string;
    try {
      json = writeJson(value);
    } catch (error) {
      throw internalError(`unable to encode auth data: ${(error as Error).message}`);
    }
    const uid = (value as { userID?: unknown }).userID;
    if (typeof uid !== "string") {
      throw new ApiError("unauthenticated", "unauthenticated", "auth handler did not return a userID field");
    }
    return { uid, data: this.decodeAuthData(json) };
  }

  /** Reads auth data that travelled as JSON. */
  decodeAuthData(json: string): Record<string, unknown> {
    const data = this.authData(parseJson(json));
    if (data === INVALID)
      throw new ApiError("invalid_argument", `unable to parse request: invalid auth data: ${lastFailure()}`);
    return data as Record<string, unknown>;
  }

  private hasParameters(headers: IncomingHeaders, query: string): boolean {
    for (const name of this.headerNames) if (headers.first(name)) return true;
    if (this.cookieNames.length > 0) {
      const cookies = parseCookies(headers);
      for (const name of this.cookieNames) if (cookies.get(name)) return true;
    }
    if (query === "" || this.queryNames.size === 0) return false;
    return parseQuery(query).some(([key, value]) => value !== "" && this.queryNames.has(key));
  }
}
