import { z } from "zod";

export type Environment = Record<string, string | undefined>;

/**
 * Encore's infra config file (the self-hosting format,
 * https://encore.dev/schemas/infra.schema.json), with the additions of this
 * host: Pub/Sub on Kafka or on a Postgres of your choice, and a database's
 * `migrations`. `{"$env": "NAME"}` is replaced by the variable's value.
 * Providers that this host does not have are refused with what to use instead.
 */
export function infraSchema(env: Environment) {
  const text = z.unknown().transform((value, context): string => {
    if (typeof value === "string") return value;
    const name = typeof value === "object" && value !== null ? (value as { $env?: unknown }).$env : undefined;
    if (typeof name !== "string") {
      context.addIssue('expected a text, or {"$env": "NAME"} for an environment variable');
      return z.NEVER;
    }
    const found = env[name];
    if (found !== undefined) return found;
    context.addIssue(`the environment variable ${name} is not set`);
    return z.NEVER;
  });

  const host = z.string().min(1);
  const seconds = z.number().int().min(0);
  const connections = z.number().int().min(0).optional();
  const clientCert = z.strictObject({ cert: z.string(), key: text });
  const tls = z.strictObject({
    disabled: z.boolean().default(false),
    ca: z.string().optional(),
    client_cert: clientCert.optional(),
    disable_tls_hostname_verification: z.boolean().default(false),
    disable_ca_validation: z.boolean().default(false),
  });
  const auth = z.array(z.strictObject({ type: z.literal("key"), id: z.number().int().min(0), key: text }));

  const sqlServer = z.strictObject({
    host,
    tls_config: tls.optional(),
    databases: z.record(
      z.string(),
      z.strictObject({
        name: z.string().optional(),
        max_connections: connections,
        min_connections: connections,
        username: z.string(),
        password: text,
        client_cert: clientCert.optional(),
        /** `false`: migrations are run elsewhere. An object: the owner that runs them. */
        migrations: z
          .union([z.boolean(), z.strictObject({ username: z.string(), password: text })])
          .default(true),
      }),
    ),
  });

  const redis = z.strictObject({
    host: host.default("localhost"),
    database_index: z.number().int().min(0).default(0),
    auth: z
      .discriminatedUnion("type", [
        z.strictObject({ type: z.literal("acl"), username: z.string(), password: text }),
        z.strictObject({ type: z.literal("auth_string"), auth_string: text }),
      ])
      .optional(),
    key_prefix: z.string().optional(),
    tls_config: tls.optional(),
    max_connections: connections,
    min_connections: connections,
    in_memory: z.boolean().default(false),
  });

  const unsupported = (what: string, instead: string) =>
    z.unknown().transform((_value, context): never => {
      context.addIssue(`${what} is not available on this host: ${instead}`);
      return z.NEVER;
    });
  const otherBroker =
    'leave "pubsub" out for the queue in Postgres, or use {"type": "kafka", "brokers": [...]}';
  const broker = z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("postgres"), url: text }),
    z.strictObject({
      type: z.literal("kafka"),
      brokers: z.array(z.string().min(1)).min(1),
      partitions: z.int().min(1).max(1_000).default(12),
      replicas: z.int().min(1).max(32_767).optional(),
      tls_config: tls.optional(),
      sasl: z
        .strictObject({
          mechanism: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
          username: z.string(),
          password: text,
        })
        .optional(),
    }),
    ...(["gcp_pubsub", "aws_sns_sqs", "nsq"] as const).map((type) =>
      z.looseObject({ type: z.literal(type), topics: unsupported(type, otherBroker).optional() }),
    ),
  ]);

  const bucket = z.strictObject({
    name: z.string().min(1),
    key_prefix: z.string().optional(),
    public_base_url: z.url().optional(),
  });
  const storage = z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("s3"),
      region: z.string(),
      endpoint: z.url().optional(),
      access_key_id: z.string().optional(),
      secret_access_key: text.optional(),
      buckets: z.record(z.string(), bucket).default({}),
    }),
    z.looseObject({
      type: z.literal("gcs"),
      buckets: unsupported(
        "gcs",
        'use {"type": "s3", "endpoint": "https://storage.googleapis.com", ...} with an HMAC key',
      ).optional(),
    }),
  ]);

  return z.strictObject({
    $schema: z.string().optional(),
    metadata: z
      .strictObject({
        app_id: z.string().optional(),
        env_name: z.string().optional(),
        env_type: z.enum(["production", "development", "ephemeral", "test"]).optional(),
        cloud: z.enum(["aws", "gcp", "azure", "encore", "local"]).optional(),
        base_url: z.url().optional(),
      })
      .optional(),
    graceful_shutdown: z
      .strictObject({
        total: seconds.optional(),
        shutdown_hooks: seconds.optional(),
        handlers: seconds.optional(),
      })
      .optional(),
    auth: auth.optional(),
    service_discovery: z
      .record(z.string(), z.strictObject({ base_url: z.url(), auth: auth.optional() }))
      .optional(),
    metrics: z
      .looseObject({ type: z.enum(["prometheus", "datadog", "gcp_cloud_monitoring", "aws_cloudwatch"]) })
      .optional(),
    used_metrics: z.unknown().optional(),
    sql_servers: z.array(sqlServer).optional(),
    redis: z.record(z.string(), redis).optional(),
    pubsub: z.array(broker).max(1, "one Pub/Sub provider serves all topics on this host").optional(),
    cron_database: text.optional(),
    secrets: z.union([z.strictObject({ $env: z.string() }), z.record(z.string(), text)]).optional(),
    hosted_services: z.array(z.string()).optional(),
    hosted_gateways: z.array(z.string()).optional(),
    cors: z
      .strictObject({
        debug: z.boolean().optional(),
        allow_headers: z.array(z.string()).optional(),
        expose_headers: z.array(z.string()).optional(),
        allow_origins_without_credentials: z.array(z.string()).optional(),
        allow_origins_with_credentials: z.array(z.string()).optional(),
      })
      .optional(),
    object_storage: z.array(storage).optional(),
    worker_threads: z.number().int().min(0).optional(),
    log_config: z.string().optional(),
  });
}

export type InfraConfig = z.output<ReturnType<typeof infraSchema>>;
