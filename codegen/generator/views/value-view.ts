import type { EntityField, Value } from "../model/fields.js";
import { quoted } from "./casing.js";
import { commentText } from "./comment-text.js";

/** A value as TypeScript and valibot write it. */
export interface ValueView {
  name: string;
  /** Empty where it has none. */
  description: string;
  /** Type on the wire: dates, decimals and 64-bit integers are texts. */
  type: string;
  /** Schema that checks it, without what makes it optional. */
  schema: string;
  required: boolean;
}

type AnyValue = Value | EntityField;

/** TypeScript type of one value on the wire. */
function wireType(value: AnyValue): string {
  switch (value.type) {
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "json":
      return "Json";
    case "enum":
      return value.values!.map(quoted).join(" | ");
    case "object":
      return `{ ${(value as Value).fields!.map(valueView).map(memberText).join("; ")} }`;
    default:
      return "string";
  }
}

function schemaOf(value: AnyValue): string {
  switch (value.type) {
    case "string":
      return piped("v.string()", `v.maxLength(${value.maxLength ?? 255})`, "plainText");
    case "text":
      return piped("v.string()", `v.maxLength(${value.maxLength ?? 1_000_000})`, "plainText");
    case "integer":
      return piped(
        "v.number()",
        "v.integer()",
        `v.minValue(${value.minimum ?? -2_147_483_648})`,
        `v.maxValue(${value.maximum ?? 2_147_483_647})`,
      );
    case "number":
      return piped("v.number()", "v.finite()", ...range(value));
    case "bigint":
      return call("int64", value.minimum, value.maximum);
    case "decimal":
      return call("decimal", value.precision ?? 18, value.scale ?? 2, value.minimum, value.maximum);
    case "boolean":
      return "v.boolean()";
    case "uuid":
    case "reference":
      return piped("v.string()", "v.uuid()");
    case "date":
      return piped("v.string()", "v.isoDate()");
    case "timestamp":
      return "instant";
    case "json":
      return "json";
    case "enum":
      return `v.picklist([${value.values!.map(quoted).join(", ")}])`;
    case "object":
      return `v.strictObject({ ${(value as Value).fields!.map((field) => `${field.name}: ${optionalSchema(valueView(field))}`).join(", ")} })`;
  }
}

/** A value of an operation, an event or an entity. */
export function valueView(value: AnyValue): ValueView {
  const list = "list" in value && value.list;
  const type = wireType(value);
  return {
    name: value.name,
    description: commentText(value.description ?? ""),
    type: list ? `${type.includes(" ") ? `(${type})` : type}[]` : type,
    schema: list ? `v.pipe(v.array(${schemaOf(value)}), v.maxLength(1000))` : schemaOf(value),
    required: value.required,
  };
}

/** The schema of a value that may be left out or null where it is not required. */
export function optionalSchema({ schema, required }: ValueView): string {
  return required ? schema : `v.optional(v.nullable(${schema}))`;
}

/** A member of an interface: `title: string`, `price?: string | null`. */
export function memberText({ name, type, required }: ValueView): string {
  return required ? `${name}: ${type}` : `${name}?: ${type} | null`;
}

function range({ minimum, maximum }: AnyValue): string[] {
  return [
    ...(minimum === undefined ? [] : [`v.minValue(${minimum})`]),
    ...(maximum === undefined ? [] : [`v.maxValue(${maximum})`]),
  ];
}

function piped(first: string, ...rest: string[]): string {
  return rest.length === 0 ? first : `v.pipe(${[first, ...rest].join(", ")})`;
}

function call(name: string, ...options: (number | undefined)[]): string {
  const last = options.findLastIndex((option) => option !== undefined);
  return `${name}(${options
    .slice(0, last + 1)
    .map(String)
    .join(", ")})`;
}
