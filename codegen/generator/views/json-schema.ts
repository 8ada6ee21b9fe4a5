import type { EntityField, Value } from "../model/fields.js";

/** A schema in OpenAPI 3.1, which is JSON Schema 2020-12. */
export type JsonSchema = Record<string, unknown>;

type AnyValue = Value | EntityField;

function plainSchema(value: AnyValue): JsonSchema {
  switch (value.type) {
    case "string":
    case "text":
      return { type: "string", maxLength: value.maxLength ?? (value.type === "text" ? 1_000_000 : 255) };
    case "integer":
      return {
        type: "integer",
        minimum: value.minimum ?? -2_147_483_648,
        maximum: value.maximum ?? 2_147_483_647,
      };
    case "number":
      return {
        type: "number",
        ...(value.minimum === undefined ? {} : { minimum: value.minimum }),
        ...(value.maximum === undefined ? {} : { maximum: value.maximum }),
      };
    case "bigint":
      return { type: "string", pattern: "^-?\\d{1,19}$" };
    case "decimal":
      return { type: "string", pattern: decimalPattern(value.precision ?? 18, value.scale ?? 2) };
    case "boolean":
      return { type: "boolean" };
    case "uuid":
    case "reference":
      return { type: "string", format: "uuid" };
    case "date":
      return { type: "string", format: "date" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "json":
      return {};
    case "enum":
      return { type: "string", enum: value.values! };
    case "object":
      return objectSchema((value as Value).fields!);
  }
}

function decimalPattern(precision: number, scale: number): string {
  return `^-?\\d{1,${precision - scale || 1}}${scale > 0 ? `(\\.\\d{1,${scale}})?` : ""}$`;
}

/** The schema of a value, without null. */
export function valueSchema(value: AnyValue): JsonSchema {
  const schema = plainSchema(value);
  return {
    ...(value.description === undefined ? {} : { description: value.description }),
    ...("list" in value && value.list ? { type: "array", items: schema, maxItems: 1000 } : schema),
  };
}

/** The schema of a value that may be null. */
export function nullable(schema: JsonSchema): JsonSchema {
  if (schema.type === undefined) return schema;
  return {
    ...schema,
    type: [schema.type, "null"],
    ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}),
  };
}

/** An object of these values and no others; those that are not required may be left out or null. */
export function objectSchema(values: readonly AnyValue[]): JsonSchema {
  return closed(
    values.map((value) => [value.name, value.required ? valueSchema(value) : nullable(valueSchema(value))]),
    values.filter(({ required }) => required).map(({ name }) => name),
  );
}

/** An object with these members and no others. */
export function closed(members: [string, JsonSchema][], required: string[]): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(members),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}
