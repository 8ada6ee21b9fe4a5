import { z } from "zod";
import { entityFieldSchema, valueSchema } from "./fields.js";
import { camelName, kebabName, pascalName } from "./names.js";

const description = z.string().max(1_000).optional();
const permitted = z.enum(["public", "jwt", "api-key"]);

/** Operations that a service has for an entity without any code. */
export const crudOperations = ["list", "get", "create", "update", "delete"] as const;

const entitySchema = z.strictObject({
  name: pascalName,
  description,
  /** Path and table; the plural of the name in kebab case by default (`order-items`). */
  plural: kebabName.optional(),
  fields: z.array(entityFieldSchema).min(1).max(200),
  indexes: z
    .array(z.strictObject({ fields: z.array(z.string()).min(1).max(16), unique: z.boolean().default(false) }))
    .max(50)
    .default([]),
  operations: z
    .array(z.enum(crudOperations))
    .max(5)
    .default([...crudOperations]),
  /** Fields that lists can be narrowed by, and sorted by besides the time of creation. */
  filters: z.array(z.string()).max(50).default([]),
  sort: z.array(z.string()).max(50).default([]),
  auth: permitted.optional(),
  /** Name that this entity had in the version before: its data is kept. */
  renamedFrom: z.string().optional(),
});

const operationSchema = z.strictObject({
  name: camelName,
  description,
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
  /** Where it answers; `/operations/NAME` in kebab case by default. `:name` takes a value of the input. */
  path: z
    .string()
    .regex(
      /^(\/(:[a-z][A-Za-z0-9]*|[a-z0-9][a-z0-9-]*))+$/,
      "segments in kebab case or :parameters, e.g. /orders/:orderId/cancel",
    )
    .max(200)
    .optional(),
  input: z.array(valueSchema).max(100).default([]),
  output: z.array(valueSchema).max(100).default([]),
  auth: permitted.optional(),
  /** Longest time for a caller to wait, in milliseconds. */
  timeoutMs: z.int().min(10).max(120_000).default(5_000),
  /** Answering it twice does no harm, so that callers try again. GET, PUT and DELETE are so by themselves. */
  idempotent: z.boolean().optional(),
  renamedFrom: z.string().optional(),
});

const dependencySchema = z.union([
  kebabName.transform((service) => ({ service, operations: undefined })),
  z.strictObject({
    service: kebabName,
    /** Operations that may be called: `reserveStock`, `Product.get`. All of them by default. */
    operations: z.array(z.string().max(130)).min(1).max(200).optional(),
  }),
]);

const eventSchema = z.strictObject({
  name: kebabName,
  description,
  version: z.int().min(1).max(1_000).default(1),
  /** Field by which events keep their order. */
  key: z.string().optional(),
  fields: z.array(valueSchema).min(1).max(100),
  /**
   * Published whenever a record of this entity is changed by this operation. Its fields are those of the entity, besides
   * `id` (also as `productId`, for a `Product`), `createdAt` and `updatedAt`. Without it the service's own code publishes.
   */
  on: z.strictObject({ entity: z.string(), operation: z.enum(["create", "update", "delete"]) }).optional(),
});

const cacheSchema = z.strictObject({
  name: kebabName,
  store: z.enum(["redis", "memory"]).default("memory"),
  /** Entity whose records are cached by id. Without one the service's own code uses the cache. */
  entity: z.string().optional(),
  strategy: z.enum(["cache-aside", "write-through"]).default("cache-aside"),
  ttlSeconds: z.int().min(1).max(31_536_000).default(300),
  /** Most entries of a cache in memory. */
  maxEntries: z.int().min(1).max(1_000_000).default(10_000),
});

const jobSchema = z.strictObject({
  name: kebabName,
  description,
  /** Cron expression of five fields, in UTC. */
  schedule: z.string().min(9).max(100),
  timeoutMs: z.int().min(100).max(3_600_000).default(60_000),
});

const serviceSchema = z.strictObject({
  name: kebabName,
  description,
  runtime: z.enum(["node", "bun"]).default("node"),
  framework: z.enum(["hono", "elysia"]).default("hono"),
  port: z.int().min(1024).max(65_535),
  visibility: z.enum(["public", "internal"]).default("internal"),
  /** Host under which the edge routes to a public service; NAME.DOMAIN by default. */
  host: z
    .string()
    .regex(
      /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
      "a host name in lower case",
    )
    .optional(),
  /** The service answers WebSockets at this path. */
  websocketPath: z
    .string()
    .regex(/^(\/[a-z0-9][a-z0-9-]*)+$/, "segments in kebab case")
    .max(200)
    .optional(),
  /** Name of the service's database; from the service's name by default. A renamed service names its old one. */
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, "a lower-case letter, then letters, digits and _, at most 63 in all")
    .optional(),
  replicas: z.int().min(1).max(100).default(1),
  memoryMb: z.int().min(16).max(65_536).default(128),
  /** Who may call; an entity or an operation can say otherwise. Calls between services of the project carry the project's own token. */
  auth: permitted.default("public"),
  entities: z.array(entitySchema).max(200).default([]),
  operations: z.array(operationSchema).max(200).default([]),
  /** Services that this one may call. */
  dependsOn: z.array(dependencySchema).max(200).default([]),
  publishes: z.array(eventSchema).max(100).default([]),
  /** Events of any service that this one handles. */
  consumes: z.array(kebabName).max(200).default([]),
  caches: z.array(cacheSchema).max(50).default([]),
  jobs: z.array(jobSchema).max(50).default([]),
  limits: z
    .strictObject({
      /** Requests that one caller may make in a minute. */
      requestsPerMinute: z.int().min(1).max(1_000_000).optional(),
      bodyKb: z.int().min(1).max(102_400).default(1_024),
    })
    .prefault({}),
  renamedFrom: z.string().optional(),
});

/** A project model as it is written, without what only all of it together can tell (`checkModel`). */
export const projectModelSchema = z.strictObject({
  /** Schema of editors; ignored. */
  $schema: z.string().optional(),
  name: kebabName.default("project"),
  description,
  /** Domain of the hosts of public services. */
  domain: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, "a domain in lower case")
    .max(190)
    .default("localhost"),
  broker: z.enum(["kafka", "rabbitmq"]).default("kafka"),
  services: z.array(serviceSchema).min(1).max(200),
});

/** A checked project model with its defaults filled in. */
export type ProjectModel = z.infer<typeof projectModelSchema>;
export type ServiceModel = ProjectModel["services"][number];
export type EntityModel = ServiceModel["entities"][number];
export type OperationModel = ServiceModel["operations"][number];
export type EventModel = ServiceModel["publishes"][number];
export type CrudOperation = (typeof crudOperations)[number];
