import { APIError } from "encore.dev/api";
import { z } from "zod";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "a lower-case letter, then letters, digits and hyphens, at most 63");
const fieldName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, "a lower-case letter, then letters and digits, at most 63");

const fieldSchema = z.strictObject({
  name: fieldName,
  type: z.enum(["string", "integer", "decimal", "boolean", "uuid", "timestamp", "json", "enum", "reference"]),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  /** Values of an enum. */
  values: z.array(z.string().min(1)).min(1).max(100).optional(),
  /** Entity that a reference points to. */
  entity: z.string().optional(),
});

const entitySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]{0,62}$/, "an upper-case letter, then letters and digits, at most 63"),
  fields: z.array(fieldSchema).min(1).max(200),
});

const serviceSchema = z.strictObject({
  name,
  runtime: z.enum(["node", "bun"]).default("node"),
  framework: z.enum(["hono", "elysia"]).default("hono"),
  port: z.int().min(1024).max(65535),
  visibility: z.enum(["public", "internal"]).default("internal"),
  entities: z.array(entitySchema).max(200).default([]),
  /** Services that this one may call. */
  dependsOn: z.array(z.string()).max(200).default([]),
});

/** A project model: the services of a system, their entities, and who may call whom. */
export const projectModelSchema = z
  .strictObject({ services: z.array(serviceSchema).min(1).max(200) })
  .superRefine(({ services }, context) => {
    const problem = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const serviceNames = new Set(services.map((service) => service.name));
    for (const [index, service] of services.entries()) {
      const path = ["services", index];
      const earlier = services.slice(0, index);
      if (earlier.some((other) => other.name === service.name)) {
        problem([...path, "name"], `there is a service "${service.name}" already`);
      }
      if (earlier.some((other) => other.port === service.port)) {
        problem([...path, "port"], `port ${service.port} is taken by another service`);
      }
      for (const [at, dependency] of service.dependsOn.entries()) {
        if (dependency === service.name)
          problem([...path, "dependsOn", at], "a service cannot depend on itself");
        else if (!serviceNames.has(dependency))
          problem([...path, "dependsOn", at], `no service "${dependency}"`);
      }
      checkEntities(service.entities, [...path, "entities"], problem);
    }
  });

export type ProjectModel = z.infer<typeof projectModelSchema>;

function checkEntities(
  entities: z.infer<typeof entitySchema>[],
  path: PropertyKey[],
  problem: (path: PropertyKey[], message: string) => void,
): void {
  const names = entities.map((entity) => entity.name);
  for (const [index, entity] of entities.entries()) {
    if (names.indexOf(entity.name) < index)
      problem([...path, index, "name"], `there is an entity "${entity.name}" already`);
    const fieldNames = entity.fields.map((field) => field.name);
    for (const [at, field] of entity.fields.entries()) {
      const fieldPath = [...path, index, "fields", at];
      if (fieldNames.indexOf(field.name) < at)
        problem([...fieldPath, "name"], `there is a field "${field.name}" already`);
      if ((field.type === "enum") !== (field.values !== undefined)) {
        problem([...fieldPath, "values"], "given for the type enum, and for no other");
      }
      if ((field.type === "reference") !== (field.entity !== undefined)) {
        problem([...fieldPath, "entity"], "given for the type reference, and for no other");
      } else if (field.entity !== undefined && !names.includes(field.entity)) {
        problem([...fieldPath, "entity"], `no entity "${field.entity}" in this service`);
      }
    }
  }
}

/** Checks a project model; throws `invalidArgument` with all problems and their paths in the details. */
export function parseProjectModel(model: unknown): ProjectModel {
  const parsed = projectModelSchema.safeParse(model);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 100).map((issue) => ({
    path: `model${issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`,
    message: issue.message,
  }));
  const [first] = problems;
  throw APIError.invalidArgument(
    `${first!.path}: ${first!.message}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ""}`,
  ).withDetails({ reason: "invalid_project_model", problems });
}
