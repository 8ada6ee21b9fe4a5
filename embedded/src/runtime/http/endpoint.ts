import type { AppModel, Endpoint } from "../../model/app-model.js";
import type { ApiDescription, Request } from "../request.js";
import type { Types } from "../schema/decode.js";
import { MessageCodec, RequestCodec, ResponseCodec } from "./codec.js";

/** All methods that an endpoint can have. */
export const ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"] as const;
const KNOWN: ReadonlySet<string> = new Set(ALL_METHODS);
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** What the SDK registers for an endpoint: a typed, raw or stream handler, depending on its kind. */
export type RegisteredHandler = (request: Request, ...rest: unknown[]) => unknown;

/** An endpoint, compiled once. */
export class CompiledEndpoint {
  readonly service: string;
  readonly name: string;
  readonly methods: readonly string[];
  readonly api: ApiDescription;
  readonly isStream: boolean;
  readonly isRaw: boolean;
  readonly response: ResponseCodec;
  /** Streams: what the client sends, and what the server sends. */
  readonly incoming: MessageCodec;
  readonly outgoing: MessageCodec;
  /** Set when the app's code is loaded. */
  handler: RegisteredHandler | undefined;
  private readonly fromBody: RequestCodec | undefined;
  private readonly fromQuery: RequestCodec | undefined;
  /** Streams whose handler takes no handshake argument. */
  private readonly silentHandshake: boolean;

  constructor(
    readonly model: Endpoint,
    types: Types,
  ) {
    this.service = model.service;
    this.name = model.name;
    this.methods = model.methods.includes("*") ? ALL_METHODS : model.methods;
    this.isRaw = model.kind === "raw" || model.kind === "static";
    this.isStream = model.kind.startsWith("stream");
    this.api = {
      service: model.service,
      endpoint: model.name,
      raw: this.isRaw,
      requiresAuth: model.auth,
      tags: model.tags,
    };
    const request = this.isStream ? model.handshake : this.isRaw ? undefined : model.request;
    const codecOf = (location: "body" | "query"): RequestCodec =>
      new RequestCodec(model, request, types, location, { body: !this.isStream });
    if (this.methods.some((method) => WITH_BODY.has(method))) this.fromBody = codecOf("body");
    if (this.methods.some((method) => !WITH_BODY.has(method))) this.fromQuery = codecOf("query");
    this.response = new ResponseCodec(this.isRaw || this.isStream ? undefined : model.response, types);
    this.incoming = new MessageCodec(model.incoming, types);
    this.outgoing = new MessageCodec(
      model.kind === "stream-in" ? (model.outgoing ?? model.response) : model.outgoing,
      types,
    );
    this.silentHandshake = this.isStream && !model.handshake && model.path.every((s) => s.kind === "literal");
  }

  /** How requests of a method carry their payload. */
  codec(method: string): RequestCodec {
    const codec = WITH_BODY.has(method) ? this.fromBody : this.fromQuery;
    if (!codec) throw new Error(`${this.service}.${this.name} has no method ${method}`);
    return codec;
  }

  /** The method that other services call it with. */
  get callMethod(): string {
    return this.methods[0] ?? "POST";
  }

  /** Whether the handler gets a payload argument. */
  get takesPayload(): boolean {
    return !this.silentHandshake;
  }

  get headerNames(): string[] {
    return [...(this.fromBody?.headerNames ?? []), ...(this.fromQuery?.headerNames ?? [])];
  }
}

/** Whether endpoints may have the method at all. */
export function isKnownMethod(method: string): boolean {
  return KNOWN.has(method);
}

/** The endpoints of the app by `service.name`. */
export function compileEndpoints(model: AppModel): Map<string, CompiledEndpoint> {
  return new Map(
    model.endpoints.map((endpoint) => [
      `${endpoint.service}.${endpoint.name}`,
      new CompiledEndpoint(endpoint, model.types),
    ]),
  );
}
