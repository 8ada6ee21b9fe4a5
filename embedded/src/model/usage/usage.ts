import type TS from "typescript";
import type { Diagnostics, Finding } from "../diagnostics.js";
import { visitIdentifiers } from "../resources/references.js";
import type {
  BucketResource,
  CacheResource,
  ClientResource,
  DatabaseResource,
  EndpointResource,
  MetricResource,
  TopicResource,
} from "../resources/resource.js";
import { isShadowed } from "../source/shadowing.js";
import type { SourceModule } from "../source/source-module.js";
import type { Resolver } from "../types/resolver.js";
import type { UsableBind } from "./bound-names.js";
import { classifyUse, type Use } from "./classify.js";
import { BUCKET_OPERATIONS, bucketPermissions, topicPermissions } from "./permissions.js";

/** A use of a resource that its service must be allowed. */
export type Usage = { module: SourceModule; node: TS.Node } & (
  | { kind: "publish"; topic: TopicResource }
  | { kind: "database"; database: DatabaseResource; use: Use }
  | { kind: "bucket"; bucket: BucketResource }
  | { kind: "metric"; metric: MetricResource }
  | { kind: "cache"; cache: CacheResource }
  | { kind: "direct-call"; endpoint: EndpointResource }
  /** `endpoint` is unset for `client.ref()`. */
  | { kind: "call"; service: string; endpoint?: string }
);

/** Finds the uses of resources in a module; a use that cannot be followed is reported. */
export function findUsages(
  module: SourceModule,
  names: Map<string, UsableBind>,
  resolver: Resolver,
  diagnostics: Diagnostics,
): Usage[] {
  const usages: Usage[] = [];
  if (names.size === 0) return usages;
  visitIdentifiers(module.source, (node) => {
    const bind = names.get(node.text);
    if (!bind || isShadowed(node, node.text) || isDefinition(bind, module, node)) return;
    const usage = usageAt({ module, node, resolver, diagnostics }, bind);
    if (usage) usages.push(usage);
  });
  return usages;
}

/** The use of a resource at an expression that stands for it. */
export function usageAt(context: UsageContext, bind: UsableBind): Usage | undefined {
  const use = classifyUse(context.node);
  return use && usageOf(context, bind, use);
}

/** Whether the name stands in the expression that makes the resource. */
function isDefinition(bind: UsableBind, module: SourceModule, node: TS.Node): boolean {
  return bind.module === module && node.pos >= bind.node.pos && node.end <= bind.node.end;
}

interface UsageContext {
  module: SourceModule;
  node: TS.Expression;
  resolver: Resolver;
  diagnostics: Diagnostics;
}

function usageOf(context: UsageContext, bind: UsableBind, use: Use): Usage | undefined {
  const { resource } = bind;
  switch (resource.kind) {
    case "client":
      return clientUsage(context, resource, use);
    case "endpoint":
      return use.kind === "callee" ? { ...at(context), kind: "direct-call", endpoint: resource } : undefined;
    case "topic":
      return topicUsage(context, resource, use);
    case "database":
      return databaseUsage(context, resource, use);
    case "bucket":
      return bucketUsage(context, resource, use);
    case "metric":
      return metricUsage(context, resource, use);
    case "cache":
      return use.kind === "constructor-argument"
        ? { ...at(context), kind: "cache", cache: resource }
        : undefined;
    default:
      return undefined;
  }
}

function at({ module, node }: UsageContext): { module: SourceModule; node: TS.Node } {
  return { module, node };
}

function refuse(context: UsageContext, node: TS.Node, finding: Finding): undefined {
  context.diagnostics.error({ module: context.module, node }, finding);
  return undefined;
}

function clientUsage(context: UsageContext, client: ClientResource, use: Use): Usage | undefined {
  if (use.kind === "method") {
    const endpoint = use.name.text === "ref" ? undefined : use.name.text;
    return {
      ...at(context),
      kind: "call",
      service: client.service,
      ...(endpoint !== undefined && { endpoint }),
    };
  }
  if (use.kind === "field" && use.name.text === "Client") return undefined;
  return refuse(context, context.node, {
    code: "client-usage",
    message: "A service client can only be called: it is not a value.",
    fix: "Write `service.endpoint(…)`, or take `service.ref()`.",
  });
}

function topicUsage(context: UsageContext, topic: TopicResource, use: Use): Usage | undefined {
  if (use.kind === "constructor-argument") return undefined;
  if (use.kind !== "method") {
    return refuse(context, context.node, {
      code: "topic-usage",
      message: "A topic is not a value: it can only be published to, subscribed to, or referred to by `ref`.",
      fix: "Pass `topic.ref<Publisher<T>>()`, made inside the service that publishes, or a callback.",
    });
  }
  if (use.name.text === "publish") return { ...at(context), kind: "publish", topic };
  if (use.name.text !== "ref") return undefined;
  const type = refType(context, use, "Write `topic.ref<Publisher<T>>()`.");
  if (!type) return undefined;
  const operations = topicPermissions(context.resolver, type.type);
  if (!operations) return refuse(context, type.node, refFinding("Publisher"));
  return operations.includes("publish") ? { ...at(context), kind: "publish", topic } : undefined;
}

function databaseUsage(context: UsageContext, database: DatabaseResource, use: Use): Usage | undefined {
  if (use.kind !== "other" && use.kind !== "callee")
    return { ...at(context), kind: "database", database, use };
  return refuse(context, context.node, {
    code: "database-usage",
    message: "A database handle cannot be used like this: the service that uses it could not be told.",
    fix: "Call its methods, read `connectionString`, or pass it as an argument of a function.",
  });
}

function bucketUsage(context: UsageContext, bucket: BucketResource, use: Use): Usage | undefined {
  if (use.kind !== "method") {
    return refuse(context, context.node, {
      code: "bucket-usage",
      message: "A bucket is not a value: only its methods can be called.",
      fix: "Pass `bucket.ref<Uploader>()`, made inside the service, or a callback.",
    });
  }
  const method = use.name.text;
  let operations: string[] | undefined = [method];
  if (method === "ref") {
    const type = refType(context, use, "Write `bucket.ref<Uploader & Downloader>()`.");
    if (!type) return undefined;
    operations = bucketPermissions(context.resolver, type.type);
    if (!operations) return refuse(context, type.node, refFinding("Uploader"));
  } else if (!BUCKET_OPERATIONS.has(method)) {
    return refuse(context, use.name, {
      code: "bucket-operation",
      message: `Buckets have no operation \`${method}\`.`,
      fix: `Use one of ${[...BUCKET_OPERATIONS].join(", ")}.`,
    });
  }
  if (operations.includes("publicUrl") && !bucket.public) {
    refuse(context, use.call, {
      code: "bucket-not-public",
      message: `The bucket \`${bucket.name}\` is not public: it has no public addresses.`,
      fix: "Declare it with `public: true`, or use `signedDownloadUrl`.",
    });
  }
  return { ...at(context), kind: "bucket", bucket };
}

function metricUsage(context: UsageContext, metric: MetricResource, use: Use): Usage | undefined {
  if (use.kind === "constructor-argument") return undefined;
  if (use.kind !== "method") {
    return refuse(context, context.node, {
      code: "metric-usage",
      message: "A metric is not a value: only its methods can be called.",
      fix: "Call `increment`, `set` or `with` on it.",
    });
  }
  const known = ["ref", "with", "increment", "set"].includes(use.name.text);
  return known ? { ...at(context), kind: "metric", metric } : undefined;
}

function refType(context: UsageContext, use: Use & { kind: "method" }, fix: string) {
  const node = use.call.typeArguments?.[0];
  if (node) return { node, type: context.resolver.resolve(context.module, node) };
  return refuse(context, use.call, { code: "ref-untyped", message: "`ref` needs a type argument.", fix });
}

function refFinding(example: string): Finding {
  return {
    code: "ref-permissions",
    message: "The type argument of `ref` names no permissions.",
    fix: `Use the interfaces of encore.dev, such as \`${example}\`, joined by \`&\`.`,
  };
}
