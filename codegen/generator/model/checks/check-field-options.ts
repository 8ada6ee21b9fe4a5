import type { Report } from "../diagnostics.js";
import type { EntityField, Value } from "../fields.js";

/** Which types take which options. */
const takes = {
  maxLength: ["string", "text"],
  precision: ["decimal"],
  scale: ["decimal"],
  minimum: ["integer", "bigint", "decimal", "number"],
  maximum: ["integer", "bigint", "decimal", "number"],
} as const satisfies Record<string, readonly EntityField["type"][]>;

/** Options that do not go with the type, contradict each other, or are missing; and defaults that do not fit. */
export function checkFieldOptions(
  field: EntityField | Value,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const invalid = (key: string, message: string, fix: string) =>
    report({ code: "invalid_option", path: [...path, key], message, fix });
  for (const [option, types] of Object.entries(takes) as [keyof typeof takes, readonly string[]][]) {
    if (field[option] !== undefined && !types.includes(field.type))
      invalid(option, `given for ${types.join(", ")} only`, "Remove it, or change the type.");
  }
  if ((field.type === "enum") !== (field.values !== undefined)) {
    invalid(
      "values",
      "given for the type enum, and for no other",
      field.type === "enum" ? "List the values." : 'Remove them, or set "type": "enum".',
    );
  }
  if (new Set(field.values).size !== (field.values?.length ?? 0))
    invalid("values", "a value stands here twice", "List each value once.");
  if ((field.scale ?? 2) > (field.precision ?? 18))
    invalid("scale", "more digits after the point than in all", "Raise precision, or lower scale.");
  if (field.minimum !== undefined && field.maximum !== undefined && field.minimum > field.maximum)
    invalid("minimum", "greater than the maximum", "Swap them.");
  if ("default" in field && field.default !== undefined) {
    const problem = defaultProblem(field, field.default);
    if (problem !== undefined) invalid("default", problem, "Give a value of the field's type, or remove it.");
  }
}

function defaultProblem(field: EntityField, value: string | number | boolean): string | undefined {
  switch (field.type) {
    case "string":
    case "text":
      if (typeof value !== "string") return "not a text";
      return value.length > (field.maxLength ?? (field.type === "string" ? 255 : Infinity))
        ? "too long"
        : undefined;
    case "enum":
      return field.values?.includes(String(value)) ? undefined : "not one of the values";
    case "boolean":
      return typeof value === "boolean" ? undefined : "neither true nor false";
    case "integer":
    case "bigint":
      return Number.isSafeInteger(value) ? outOfRange(field, Number(value)) : "not a whole number";
    case "number":
      return typeof value === "number" ? outOfRange(field, value) : "not a number";
    case "decimal":
      return /^-?\d{1,38}(\.\d{1,18})?$/.test(String(value))
        ? outOfRange(field, Number(value))
        : "not a decimal number";
    default:
      return `a field of the type ${field.type} has no default`;
  }
}

function outOfRange(field: EntityField, value: number): string | undefined {
  const low = field.minimum !== undefined && value < field.minimum;
  const high = field.maximum !== undefined && value > field.maximum;
  return low || high ? "outside of minimum and maximum" : undefined;
}
