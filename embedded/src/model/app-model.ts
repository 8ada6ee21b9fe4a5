/**
 * The application model: everything the host knows of an app, read from its
 * TypeScript sources. Plain JSON, so that it can be cached and handed to
 * worker threads and separate processes.
 */

/** A place in a source file. `file` is relative to the app root with `/`; lines and columns start at 1. */
export interface SourcePlace {
  file: string;
  line: number;
  column: number;
}

/** One finding of the reader. Errors refuse the app; warnings name what the official parser gets silently wrong. */
export interface Diagnostic {
  severity: "error" | "warning";
  /** Stable kebab-case identifier, e.g. `path-conflict`. */
  code: string;
  message: string;
  /** What to write instead. */
  fix?: string;
  place?: SourcePlace;
}

export type BasicType = "any" | "string" | "number" | "boolean" | "null" | "bigint" | "decimal" | "date";

/** A validation rule of `encore.dev/validate`, as an expression tree. */
export type Validation =
  | { rule: "min" | "max" | "minLen" | "maxLen"; value: number }
  | { rule: "startsWith" | "endsWith" | "matchesRegexp"; value: string }
  | { rule: "isEmail" | "isURL" }
  | { rule: "and" | "or"; of: Validation[] };

/** The type of a value on the wire. `ref` points into `AppModel.types` (recursive and named types). */
export type TypeSchema = (
  | { kind: "basic"; type: BasicType }
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "array"; element: TypeSchema }
  | { kind: "map"; value: TypeSchema }
  | { kind: "object"; fields: Field[] }
  | { kind: "union"; members: TypeSchema[] }
  | { kind: "ref"; type: string }
) & { validation?: Validation };

export interface Field {
  name: string;
  type: TypeSchema;
  optional: boolean;
  /**
   * Where the field's type says it travels (`Header`, `Query`, `Cookie`, `HttpStatus`). It counts at the top level of a
   * request, response, handshake or auth params only: deeper down the field is an ordinary part of the body.
   */
  wire?: { in: "header" | "query" | "cookie" | "status"; name: string };
  /** `Attribute` field of a Pub/Sub message; counts at the top level of an interface only. */
  attribute?: boolean;
  doc?: string;
}

export interface NamedType {
  /** Unique key: what `ref` names. */
  id: string;
  name: string;
  /** Declaring file, relative to the app root. */
  file: string;
  type: TypeSchema;
  doc?: string;
}

export type PathSegment =
  | { kind: "literal"; value: string }
  | { kind: "param"; name: string; type: "string" | "number" | "boolean"; validation?: Validation }
  /** `*name` */
  | { kind: "wildcard"; name: string }
  /** `!name` */
  | { kind: "fallback"; name: string };

export interface Endpoint {
  service: string;
  name: string;
  doc?: string;
  place: SourcePlace;
  kind: "typed" | "raw" | "stream-in" | "stream-out" | "stream-in-out" | "static";
  /** Upper-case methods; `["*"]` for any. Streams: `["GET"]`; static: `["GET", "HEAD"]`. */
  methods: string[];
  path: PathSegment[];
  /** The path as written, e.g. `/items/:id`. */
  rawPath: string;
  expose: boolean;
  auth: boolean;
  sensitive: boolean;
  tags: string[];
  /** Bytes; `null` for no limit. */
  bodyLimit: number | null;
  /**
   * An object, or a ref to one. Absent: no payload. Includes path parameters as fields. A field without `wire` that is no
   * path parameter travels in the query for GET, HEAD, DELETE, OPTIONS and TRACE, in the body for the other methods: with
   * several methods (or `*`) the method of the request at hand decides.
   */
  request?: TypeSchema;
  response?: TypeSchema;
  /** Streams: the handshake (path, query, headers), the messages the client sends, and the ones the server sends. */
  handshake?: TypeSchema;
  incoming?: TypeSchema;
  outgoing?: TypeSchema;
  static?: {
    /** Relative to the app root. */
    dir: string;
    notFound?: string;
    notFoundStatus?: number;
    headers?: Record<string, string | string[]>;
  };
}

export interface Service {
  name: string;
  /** Relative to the app root; `.` for the root. */
  dir: string;
  doc?: string;
  /** File of `new Service(...)`, if there is one; the entry point imports its default export for the middlewares. */
  file?: string;
}

/** The auth handler the app declares. Where no gateway names it, it is not in use, and its types are left empty. */
export interface AuthHandler {
  service: string;
  name: string;
  place: SourcePlace;
  params: TypeSchema;
  authData: TypeSchema;
  doc?: string;
}

export interface Gateway {
  name: string;
  service: string;
  place: SourcePlace;
  /** The name it is exported under, `default` included. */
  export?: string;
  authHandler?: string;
}

export interface Topic {
  name: string;
  doc?: string;
  place: SourcePlace;
  message: TypeSchema;
  deliveryGuarantee: "at-least-once" | "exactly-once";
  orderingAttribute?: string;
  /** Services that publish to it. */
  publishers: string[];
}

export interface Subscription {
  topic: string;
  name: string;
  service: string;
  place: SourcePlace;
  /** Milliseconds. */
  ackDeadlineMs: number;
  messageRetentionMs: number;
  maxConcurrency?: number;
  retry: { minBackoffMs: number; maxBackoffMs: number; maxRetries: number };
}

export interface Database {
  name: string;
  doc?: string;
  place: SourcePlace;
  /** Relative to the app root. Absent: no migrations. */
  migrations?: { dir: string; source: "numbered" | "drizzle" | "drizzle/v1" | "prisma" };
  /** Services that use it. */
  users: string[];
}

export interface Bucket {
  name: string;
  doc?: string;
  place: SourcePlace;
  public: boolean;
  versioned: boolean;
  users: string[];
}

export interface CacheCluster {
  name: string;
  doc?: string;
  place: SourcePlace;
  evictionPolicy: string;
}

export interface CronJob {
  name: string;
  title: string;
  doc?: string;
  place: SourcePlace;
  schedule: { everyMs: number } | { cron: string };
  endpoint: { service: string; name: string };
}

export interface Secret {
  name: string;
  service: string;
  place: SourcePlace;
}

export interface Metric {
  name: string;
  kind: "counter" | "gauge";
  value: "int" | "float";
  labels: string[];
  /** Services that use it; empty for a global metric. */
  services: string[];
  doc?: string;
}

/** A middleware list is read at run time from the service's default export; the model only says where it is. */
export interface AppModel {
  /** Format of this file; a reader of another version ignores it. */
  version: number;
  services: Service[];
  endpoints: Endpoint[];
  authHandler?: AuthHandler;
  gateways: Gateway[];
  topics: Topic[];
  subscriptions: Subscription[];
  databases: Database[];
  buckets: Bucket[];
  caches: CacheCluster[];
  cronJobs: CronJob[];
  secrets: Secret[];
  metrics: Metric[];
  types: Record<string, NamedType>;
  /** From `encore.app`. */
  app: {
    id: string;
    cors?: CorsConfig;
    workerPooling: boolean;
    /** `experiments`, kept as written. */
    experiments: string[];
  };
  /** Calls between services found in the sources: caller service → callee `service.endpoint`. */
  calls: { from: string; to: string; endpoint: string }[];
}

/** `global_cors` of `encore.app`. */
export interface CorsConfig {
  debug?: boolean;
  allowHeaders?: string[];
  exposeHeaders?: string[];
  allowOriginsWithoutCredentials?: string[];
  allowOriginsWithCredentials?: string[];
}

/** What the reader returns: `model` is absent when an error makes it meaningless. */
export interface ReadResult {
  model?: AppModel;
  diagnostics: Diagnostic[];
}
