import type { ConfigEntry } from "../emit/features/feature.js";
import { type CallerKind, knownCallers, permittedCallers } from "../model/access.js";
import type { EntityField } from "../model/fields.js";
import { operationPath } from "../model/plural.js";
import type { EntityModel, ProjectModel, ServiceModel } from "../model/schema.js";
import { quoted } from "./casing.js";
import { type EntityView, entityView } from "./entity-view.js";

/** An entity's tests. */
export interface EntityTestView {
  words: string;
  word: string;
  path: string;
  /** Who may call, as `running-service.ts` has their headers; empty where anyone may. */
  caller: string;
  /** Options of a call, up to the body. */
  headers: string;
  isAsync: boolean;
  /** Function of `samples.ts` that makes a body; empty where none can be made through the service. */
  sample: string;
  many: string;
  list: boolean;
  get: boolean;
  create: boolean;
  update: boolean;
  delete: boolean;
  /** A request that only known callers may make. */
  method: string;
  target: string;
}

/** A sample of an entity: an object literal with a number in it, so that no two are the same. */
interface SampleView {
  name: string;
  word: string;
  path: string;
  caller: string;
  members: string[];
  /** Samples that it refers to are made before it. */
  isAsync: boolean;
}

export interface TestView {
  settings: { name: string; value: string }[];
  callers: CallerKind[];
  users: boolean;
  apiKeys: boolean;
  services: boolean;
  ready: boolean;
  database: boolean;
  guarded: { name: string; method: string; path: string }[];
  samples: SampleView[];
  entities: EntityTestView[];
}

/** The tests of a service; `needs` are what `/ready` asks. */
export function testView(
  project: ProjectModel,
  service: ServiceModel,
  config: readonly ConfigEntry[],
  needs: readonly string[],
): TestView {
  const known = knownCallers(project, service);
  const callerOf = (auth: ServiceModel["auth"] | undefined) =>
    callerNames[permittedCallers(project, service, auth)[0] ?? "none"];
  const samples = new Map<string, SampleView>();
  for (const entity of service.entities) sampleOf(entity, service, samples, callerOf, []);
  return {
    settings: [
      ...config.flatMap(({ name, development }) =>
        development === undefined ? [] : [{ name, value: quoted(development) }],
      ),
      ...(service.limits.requestsPerMinute === undefined
        ? []
        : [{ name: "REQUESTS_PER_MINUTE", value: quoted("1000000") }]),
    ],
    callers: [...known],
    users: known.has("user"),
    apiKeys: known.has("api-key"),
    services: known.has("service"),
    ready: needs.every((what) => what === "the database"),
    database: config.some(({ name }) => name === "DATABASE_URL"),
    guarded: service.operations
      .filter(({ auth }) => callerOf(auth) !== "")
      .map((operation) => ({
        name: operation.name,
        method: operation.method,
        path: operationPath(operation).replaceAll(/:[A-Za-z0-9]+/g, "1"),
      })),
    samples: [...samples.values()],
    entities: service.entities
      .filter(({ operations }) => operations.length > 0)
      .map((entity) => entityTest(entityView(entity, service), callerOf(entity.auth), samples)),
  };
}

const callerNames = { user: "user", "api-key": "program", service: "anotherService", none: "" };

function entityTest(
  { name, path, file, many, operations }: EntityView,
  caller: string,
  samples: ReadonlyMap<string, SampleView>,
): EntityTestView {
  const all = operations.list || operations.create;
  const sample = operations.create && samples.has(name) ? `new${name}` : "";
  return {
    words: path.replaceAll("-", " "),
    word: file.replaceAll("-", " "),
    path,
    caller,
    headers: caller === "" ? "" : "headers, ",
    isAsync: samples.get(name)?.isAsync ?? false,
    sample,
    many,
    ...operations,
    method:
      operations.list || operations.get
        ? "GET"
        : operations.create
          ? "POST"
          : operations.update
            ? "PATCH"
            : "DELETE",
    target: all ? `/${path}` : `/${path}/1`,
  };
}

/** Makes the sample of an entity and of those that it needs; notes nothing where one of them cannot be made. */
function sampleOf(
  entity: EntityModel,
  service: ServiceModel,
  samples: Map<string, SampleView>,
  callerOf: (auth: ServiceModel["auth"] | undefined) => string,
  under: readonly string[],
): boolean {
  if (samples.has(entity.name)) return true;
  if (under.includes(entity.name) || !entity.operations.includes("create")) return false;
  const given = entity.fields.filter((field) => field.required && field.default === undefined);
  const wanted =
    given.length > 0 ? given : entity.fields.filter(({ type }) => type !== "reference").slice(0, 1);
  for (const { entity: target } of wanted) {
    const needed = service.entities.find(({ name }) => name === target);
    if (needed && !sampleOf(needed, service, samples, callerOf, [...under, entity.name])) return false;
  }
  const { name, path, file } = entityView(entity, service);
  samples.set(name, {
    name,
    word: file.replaceAll("-", " "),
    path,
    caller: callerOf(entity.auth),
    members: wanted.map((field) => `${field.name}: ${sampleValue(field)}`),
    isAsync: wanted.some(({ type }) => type === "reference"),
  });
  return true;
}

function sampleValue(field: EntityField): string {
  const { minimum = -Infinity, maximum = Infinity, unique } = field;
  const within = Math.max(minimum, Math.min(maximum, 1));
  switch (field.type) {
    case "string":
    case "text": {
      const longest = `${field.name} 1000000000`.length;
      const text = `\`${field.name} \${number}\``;
      return (field.maxLength ?? 255) < longest ? `${text}.slice(-${field.maxLength})` : text;
    }
    case "integer":
      return unique && maximum > 1_000_000 ? "number" : String(Math.ceil(within));
    case "number":
      return unique && maximum > 1_000_000 ? "number" : String(within);
    case "bigint":
      return unique && maximum > 1_000_000 ? "String(number)" : quoted(String(Math.ceil(within)));
    case "decimal":
      return quoted(within.toFixed(field.scale ?? 2));
    case "boolean":
      return "true";
    case "uuid":
      return "randomUUID()";
    case "date":
      return quoted("2026-01-31");
    case "timestamp":
      return unique ? "new Date(number).toISOString()" : quoted("2026-01-31T12:00:00.000Z");
    case "json":
      return '{ any: "value" }';
    case "enum":
      return quoted(field.values![0]!);
    case "reference":
      return `await create${field.entity}(service)`;
  }
}
