import type { Endpoint, Field, TypeSchema } from "../../model/app-model.js";
import { internalError, invalidArgument } from "../errors.js";
import {
  type CookieDecoder,
  compileCookieDecoder,
  encodeRequestCookies,
  encodeSetCookies,
} from "../schema/cookie.js";
import { type Decoder, objectDecoder, type Types } from "../schema/decode.js";
import { duplicateKeys, isFieldPath } from "../schema/duplicate-keys.js";
import { INVALID, lastFailure } from "../schema/failure.js";
import { compileHeaderDecoder, encodeHeaders, type HeaderDecoder } from "../schema/header.js";
import { type Located, locateFields } from "../schema/locations.js";
import { decodeUtf8, parseJson } from "../schema/parse-json.js";
import { compilePathDecoder, encodePath, type PathDecoder } from "../schema/path.js";
import { compileQueryDecoder, encodeQuery, type QueryDecoder } from "../schema/query.js";
import { writeFields } from "../schema/write-json.js";
import type { IncomingHeaders } from "./incoming-headers.js";

type Fields = Record<string, unknown>;

/** A request without its connection: what is decoded, whether it came over HTTP or from this process. */
export interface WireRequest {
  params: readonly string[];
  query: string;
  headers: IncomingHeaders;
  body: string | Uint8Array | undefined;
}

/** A request to send to an endpoint. */
export interface OutgoingRequest {
  method: string;
  path: string;
  /** The path's parameters, encoded as in the path. */
  params: readonly string[];
  query: string;
  /** Name and value pairs. */
  headers: string[];
  body: string | undefined;
}

/** A response before it is written. */
export interface WireResponse {
  status: number;
  /** Name and value pairs, names in lower case. */
  headers: string[];
  body: string | undefined;
}

/** A response as it is written: its body may be compressed. */
export interface EncodedResponse extends Omit<WireResponse, "body"> {
  body: string | Uint8Array | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/** Decodes and encodes the payload of one group of methods of an endpoint. */
export class RequestCodec {
  /** Whether the body is read at all. */
  readonly hasBody: boolean;
  private readonly located: Located | undefined;
  private readonly path: PathDecoder;
  private readonly query: QueryDecoder | undefined;
  private readonly header: HeaderDecoder | undefined;
  private readonly cookie: CookieDecoder | undefined;
  private readonly body: BodyDecoder | undefined;
  /** The body alone makes the payload. */
  private readonly bodyOnly: boolean;

  constructor(
    private readonly endpoint: Pick<Endpoint, "path">,
    schema: TypeSchema | undefined,
    types: Types,
    defaultLocation: "body" | "query",
    supports: { body: boolean } = { body: true },
  ) {
    const pathNames = new Set(endpoint.path.flatMap((s) => (s.kind === "literal" ? [] : [s.name])));
    const located = locateFields(schema, types, { default: defaultLocation, pathNames, status: false });
    this.located = located;
    this.path = compilePathDecoder(endpoint.path);
    this.query = located?.query.length ? compileQueryDecoder(located.query, types) : undefined;
    this.header = located?.header.length ? compileHeaderDecoder(located.header, types) : undefined;
    this.cookie = located?.cookie.length ? compileCookieDecoder(located.cookie, types) : undefined;
    this.body = supports.body && located?.body.length ? new BodyDecoder(located.body, types) : undefined;
    this.hasBody = this.body !== undefined;
    this.bodyOnly = pathNames.size === 0 && !this.query && !this.header && !this.cookie;
  }

  /** Names of the headers that are read. */
  get headerNames(): string[] {
    return this.located?.header.map(({ name }) => name.toLowerCase()) ?? [];
  }

  /** The payload and, apart, its path parameters. Throws `invalid_argument`. */
  decode(request: WireRequest): { payload: Fields; pathParams: Fields | undefined } {
    const pathParams = this.path(request.params);
    if (this.body && this.bodyOnly) return { payload: this.body.read(request.body, "request"), pathParams };
    const payload: Fields = { ...pathParams };
    this.query?.(request.query, payload);
    this.header?.(request.headers, payload);
    this.cookie?.(request.headers, payload);
    if (this.body) Object.assign(payload, this.body.read(request.body, "request"));
    return { payload, pathParams };
  }

  /** A request that carries the payload. Throws `invalid_argument` for what cannot travel. */
  encode(method: string, payload: Fields | undefined): OutgoingRequest {
    const { located } = this;
    const { path, params } = encodePath(this.endpoint.path, payload);
    const headers: string[] = [];
    const given = payload ?? {};
    const query = located?.query.length ? encodeQuery(located.query, given) : "";
    encodeHeaders(located?.header ?? [], payload, headers, true);
    encodeRequestCookies(located?.cookie ?? [], given, headers);
    if (!this.body || !located) return { method, path, params, query, headers, body: undefined };
    if (!payload) throw invalidArgument("missing body payload");
    headers.push("content-type", "application/json");
    return { method, path, params, query, headers, body: bodyText(payload, located) };
  }
}

function bodyText(payload: Fields, located: Located): string {
  try {
    return writeFields(
      payload,
      located.body.map((field) => field.name),
    );
  } catch (error) {
    throw internalError((error as Error).message);
  }
}

/** Decodes the fields that travel as JSON. */
class BodyDecoder {
  private readonly schema: TypeSchema;
  private readonly decode: Decoder;

  constructor(
    fields: Field[],
    private readonly types: Types,
  ) {
    this.schema = { kind: "object", fields };
    this.decode = objectDecoder(fields, types);
  }

  /** Throws `invalid_argument`; `what` names the body in the message. Text is this process's own and has no duplicate keys. */
  read(body: string | Uint8Array | undefined, what: string): Fields {
    let value: unknown;
    try {
      const text = typeof body === "string" ? body : body ? decodeUtf8(body) : "";
      value = parseJson(text);
      if (typeof body !== "string") this.refuseDuplicates(text);
    } catch (error) {
      throw invalidArgument(`unable to decode ${what} body: ${(error as Error).message}`);
    }
    const decoded = this.decode(value);
    if (decoded === INVALID) throw invalidArgument(`unable to decode ${what} body: ${lastFailure()}`);
    return decoded as Fields;
  }

  private refuseDuplicates(text: string): void {
    for (const path of duplicateKeys(text)) {
      if (isFieldPath(path, this.schema, this.types)) throw new Error(`duplicate field ${path.join(".")}`);
    }
  }
}

/** Encodes what a handler returned, and decodes it for callers in other services. */
export class ResponseCodec {
  private readonly located: Located | undefined;
  private readonly bodyNames: string[];
  private readonly header: HeaderDecoder | undefined;
  private readonly body: BodyDecoder | undefined;

  constructor(schema: TypeSchema | undefined, types: Types) {
    const located = locateFields(schema, types, { default: "body", pathNames: NONE, status: true });
    this.located = located;
    this.bodyNames = located?.body.map((field) => field.name) ?? [];
    this.header = located?.header.length ? compileHeaderDecoder(located.header, types) : undefined;
    this.body = located?.body.length ? new BodyDecoder(located.body, types) : undefined;
  }

  /** Names of the headers that are sent. */
  get headerNames(): string[] {
    return this.located?.header.map(({ name }) => name.toLowerCase()) ?? [];
  }

  /** Writes a response. Fields outside the type are dropped; the types of the others are not checked. */
  encode(payload: unknown, status: number | undefined): WireResponse {
    const { located } = this;
    if (payload !== null && payload !== undefined && typeof payload !== "object") {
      throw internalError(`the handler returned a value of type ${typeof payload}, not an object`);
    }
    if (!located) return { status: status ?? 200, headers: [], body: undefined };
    const headers: string[] = [];
    const fields = payload as Fields | null | undefined;
    if (located.header.length > 0) encodeHeaders(located.header, fields, headers, false);
    if (located.cookie.length > 0) {
      if (!fields) throw invalidArgument("missing cookie parameters");
      encodeSetCookies(located.cookie, fields, headers);
    }
    let code = status ?? 200;
    const given = located.status && fields?.[located.status.name];
    if (given !== undefined) code = httpStatus(given);
    if (!this.body) return { status: code, headers, body: undefined };
    headers.push("content-type", "application/json");
    return { status: code, headers, body: this.writeBody(fields) };
  }

  private writeBody(fields: Fields | null | undefined): string {
    try {
      return writeFields(fields, this.bodyNames);
    } catch (error) {
      throw internalError((error as Error).message, error);
    }
  }

  /** What a caller in another service gets; null when the endpoint answers nothing. */
  decode(headers: IncomingHeaders, body: string | Uint8Array | undefined): Fields | null {
    const fromHeaders: Fields = {};
    this.header?.(headers, fromHeaders);
    if (!this.body) return this.header ? fromHeaders : null;
    if (body === undefined || headers.first("content-type") !== "application/json") {
      throw internalError("expected json body");
    }
    const fields = this.body.read(body, "response");
    return this.header ? Object.assign(fromHeaders, fields) : fields;
  }
}

function httpStatus(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 100 || (value as number) > 599) {
    throw invalidArgument(`invalid http status code: ${String(value)} is not between 100 and 599`);
  }
  return value as number;
}

/** Decodes and writes the messages of a stream. */
export class MessageCodec {
  private readonly names: string[];
  private readonly body: BodyDecoder | undefined;

  constructor(schema: TypeSchema | undefined, types: Types) {
    const located = locateFields(schema, types, { default: "body", pathNames: NONE, status: false });
    this.names = located?.body.map((field) => field.name) ?? [];
    this.body = located?.body.length ? new BodyDecoder(located.body, types) : undefined;
  }

  /** Throws `invalid_argument` for a message that does not fit the type. */
  decode(message: string | Uint8Array): Fields {
    if (!this.body) throw invalidArgument("invalid streaming body type in schema");
    return this.body.read(message, "message");
  }

  encode(message: unknown): string {
    if (!this.body) throw internalError("outgoing message body can't be empty");
    return writeFields(message as Fields, this.names);
  }
}
