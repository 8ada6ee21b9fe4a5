import type { JsonValue } from "../../../shared/json.js";
import type { Schema } from "../document.js";
import { exampleTime, fieldValues } from "./field-values.js";

/** Decides whether a value is valid for a schema. */
export type IsValid = (schema: Schema, value: JsonValue) => boolean;

const DEEPEST = 6;

/** Makes example values for schemas of a document, from `fieldValues` and from what the schemas say. */
export class ExampleComposer {
  constructor(
    private readonly schemas: Record<string, Schema>,
    private readonly isValid: IsValid,
  ) {}

  /** An example of a schema. `name` is the field that holds it, `owner` the type that has the field. */
  compose(schema: Schema, name = "", owner = "", depth = 0): JsonValue {
    if (typeof schema.$ref === "string") {
      const type = schema.$ref.slice("#/components/schemas/".length);
      const { [type]: target = {} } = this.schemas;
      return this.compose(target, name, type.slice(type.lastIndexOf(".") + 1), depth);
    }
    const known = [...(fieldValues[`${owner}.${name}`] ?? []), ...(fieldValues[name] ?? [])];
    const fitting = known.find((value) => this.isValid(schema, value));
    if (fitting !== undefined) return fitting;
    const { properties } = schema as { properties?: Record<string, Schema> };
    if (properties) return this.object(schema, properties, owner, depth);
    if (schema.type === "array") {
      const item = this.compose(schema.items as Schema, singular(name), owner, depth + 1);
      return depth >= DEEPEST && !schema.minItems ? [] : [item];
    }
    return this.scalar(schema, name, owner, depth);
  }

  private object(
    schema: Schema,
    properties: Record<string, Schema>,
    owner: string,
    depth: number,
  ): JsonValue {
    const required = new Set((schema.required as string[] | undefined) ?? []);
    const shown = Object.entries(properties).filter(
      ([field]) => required.has(field) || (depth < 2 && !RARELY_SENT.has(field)),
    );
    return Object.fromEntries(
      shown.map(([field, value]) => [field, this.compose(value, field, owner, depth + 1)]),
    );
  }

  private scalar(schema: Schema, name: string, owner: string, depth: number): JsonValue {
    if (schema.const !== undefined) return schema.const as JsonValue;
    if (Array.isArray(schema.enum)) return schema.enum[0] as JsonValue;
    const alternatives = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
    if (alternatives) return this.compose(alternatives[0]!, name, owner, depth + 1);
    if (Array.isArray(schema.allOf)) {
      return this.compose(Object.assign({}, ...(schema.allOf as Schema[])), name, owner, depth + 1);
    }
    switch (schema.type) {
      case "string":
        return text(schema, name);
      case "number":
      case "integer":
        return Number(schema.minimum ?? 1);
      case "boolean":
        return true;
      case "object":
        return schema.additionalProperties
          ? { example: this.compose(schema.additionalProperties as Schema, "value", owner, depth + 1) }
          : {};
      case "null":
        return null;
      default:
        return "example";
    }
  }
}

/** Optional fields that would contradict or clutter an example. */
const RARELY_SENT = new Set([
  "error",
  "problem",
  "position",
  "reason",
  "lookup",
  "constant",
  "onError",
  "stack",
]);

function text(schema: Schema, name: string): string {
  switch (schema.format) {
    case "date-time":
      return exampleTime;
    case "email":
      return "ada@example.com";
    case "uri":
      return "https://example.com/";
    case "decimal":
      return "19.90";
  }
  if (schema.pattern === "^-?[0-9]+$") return "42";
  const made = name === "" ? "example" : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const shortest = Number(schema.minLength ?? 0);
  return made.padEnd(shortest, "x").slice(0, Number(schema.maxLength ?? made.length + shortest));
}

function singular(name: string): string {
  return name.replace(/ies$/, "y").replace(/s$/, "");
}
