import type TS from "typescript";
import type * as Model from "../app-model.js";
import type { Diagnostics } from "../diagnostics.js";
import type { Declaration } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";
import type { Resolver } from "../types/resolver.js";
import type { Type } from "../types/type.js";
import type { ParsedPath } from "./path.js";

/** A type with the syntax that states it. */
export interface TypedAt {
  type: Type;
  node: TS.Node;
}

interface Common {
  module: SourceModule;
  /** The expression that makes the resource. */
  node: TS.Expression;
  doc?: string;
}

export interface ServiceResource extends Common {
  kind: "service";
  name: string;
}

export interface EndpointResource extends Common {
  kind: "endpoint";
  name: string;
  nameNode: TS.Identifier;
  /** The service the file was taken to belong to when it was read. */
  serviceName: string;
  endpointKind: Model.Endpoint["kind"];
  methods: string[];
  path: ParsedPath;
  pathNode: TS.Node;
  options: Pick<Model.Endpoint, "expose" | "auth" | "sensitive" | "tags" | "bodyLimit" | "static">;
  request?: TypedAt;
  response?: TypedAt;
  handshake?: TypedAt;
  segments: Model.PathSegment[];
}

interface AuthHandlerResource extends Common {
  kind: "auth-handler";
  name: string;
  params: TypedAt;
  authData: TypedAt;
}

interface GatewayResource extends Common {
  kind: "gateway";
  authHandler?: { declaration: Declaration; node: TS.Expression };
}

export interface TopicResource extends Common {
  kind: "topic";
  name: string;
  message: TypedAt;
  deliveryGuarantee: Model.Topic["deliveryGuarantee"];
  orderingAttribute?: { value: string; node: TS.Node };
}

interface SubscriptionResource extends Common {
  kind: "subscription";
  name: string;
  topic: { declaration: Declaration; node: TS.Expression };
  options: Omit<Model.Subscription, "topic" | "name" | "service" | "place">;
}

export interface DatabaseResource extends Common {
  kind: "database";
  name: string;
  migrations?: Model.Database["migrations"];
}

export interface BucketResource extends Common {
  kind: "bucket";
  name: string;
  public: boolean;
  versioned: boolean;
}

export interface CacheResource extends Common {
  kind: "cache";
  name: string;
  evictionPolicy: string;
}

interface KeyspaceResource extends Common {
  kind: "keyspace";
}

interface CronResource extends Common {
  kind: "cron";
  name: string;
  title?: string;
  schedule: Model.CronJob["schedule"];
  endpoint: { declaration: Declaration; node: TS.Expression };
}

interface SecretResource extends Common {
  kind: "secret";
  name: string;
}

export interface MetricResource extends Common {
  kind: "metric";
  name: string;
  metricKind: Model.Metric["kind"];
  labels: string[];
}

/** The generated client of a service. */
export interface ClientResource {
  kind: "client";
  service: string;
}

export type Resource =
  | ServiceResource
  | EndpointResource
  | AuthHandlerResource
  | GatewayResource
  | TopicResource
  | SubscriptionResource
  | DatabaseResource
  | BucketResource
  | CacheResource
  | KeyspaceResource
  | CronResource
  | SecretResource
  | MetricResource;

/** A resource known by its name only, from `SQLDatabase.named("x")` and the like. */
export interface NamedReference {
  kind: "database" | "bucket" | "cache";
  name: string;
}

/** A name in a module that stands for a resource. */
export interface Bind<R> {
  /** Whether the resource is made here, or looked up by name. */
  created: boolean;
  resource: R;
  module: SourceModule;
  /** The expression that makes it or looks it up. */
  node: TS.Node;
  /** The name it is exported under: a variable's, `default`; unset when it has none. */
  name?: string;
  /** The variable, where there is one. */
  variable?: TS.Identifier;
  declaration?: Declaration;
}

/** What a reader of one kind of resource works with: one module, and where to put what it finds. */
export interface Pass {
  root: string;
  module: SourceModule;
  resolver: Resolver;
  diagnostics: Diagnostics;
  /** Set once the module's service is known. */
  serviceName: string | undefined;
  binds: Bind<Resource | NamedReference>[];
}
