import type { AppModel, BasicType, Field, TypeSchema, Validation } from "../../model/app-model.js";
import type { TypeName } from "../type-names.js";

/** A JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 uses as it is. */
export type JsonSchema = { [keyword: string]: unknown };

/** Writes types of the model as JSON Schema; named ones become components when they are first mentioned. */
export class SchemaWriter {
  readonly components: Record<string, JsonSchema> = {};

  constructor(
    private readonly model: AppModel,
    private readonly names: Map<string, TypeName>,
  ) {}

  schema(type: TypeSchema): JsonSchema {
    const base = this.plain(type);
    if (!type.validation) return base;
    const rule = validationSchema(type.validation, type.kind === "array");
    const overlaps = Object.keys(rule).some((keyword) => keyword in base);
    return overlaps || "$ref" in base ? { allOf: [base, rule] } : { ...base, ...rule };
  }

  /** An object with these fields. */
  object(fields: Field[]): JsonSchema {
    const required = fields.filter((field) => !field.optional).map((field) => field.name);
    return {
      type: "object",
      properties: Object.fromEntries(fields.map((field) => [field.name, this.field(field)])),
      ...(required.length > 0 ? { required } : {}),
    };
  }

  field(field: Field): JsonSchema {
    const schema = this.schema(field.type);
    return field.doc ? { ...schema, description: field.doc } : schema;
  }

  private plain(type: TypeSchema): JsonSchema {
    switch (type.kind) {
      case "basic":
        return BASIC[type.type];
      case "literal":
        return { const: type.value };
      case "array":
        return { type: "array", items: this.schema(type.element) };
      case "map":
        return { type: "object", additionalProperties: this.schema(type.value) };
      case "object":
        return this.object(type.fields);
      case "union":
        return this.union(type.members);
      case "ref":
        return { $ref: `#/components/schemas/${this.component(type.type)}` };
    }
  }

  private union(members: TypeSchema[]): JsonSchema {
    const literals = members.filter((member) => member.kind === "literal" && !member.validation);
    const values = literals.map((member) => (member.kind === "literal" ? member.value : undefined));
    const others = members
      .filter((member) => !literals.includes(member))
      .map((member) => this.schema(member));
    const alternatives =
      values.length > 1
        ? [{ enum: values }, ...others]
        : [...values.map((value) => ({ const: value })), ...others];
    return alternatives.length === 1 ? alternatives[0]! : { anyOf: alternatives };
  }

  /** The component of a named type; entered before it is written, since it may mention itself. */
  private component(id: string): string {
    const { namespace, name } = this.names.get(id)!;
    const key = `${namespace}.${name}`.replace(/[^A-Za-z0-9._-]/g, "_");
    if (!(key in this.components)) {
      const type = this.model.types[id]!;
      this.components[key] = {};
      this.components[key] = { ...this.schema(type.type), ...(type.doc ? { description: type.doc } : {}) };
    }
    return key;
  }
}

const BASIC: Record<BasicType, JsonSchema> = {
  any: {},
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  null: { type: "null" },
  bigint: { type: "string", pattern: "^-?[0-9]+$" },
  decimal: { type: "string", format: "decimal" },
  date: { type: "string", format: "date-time" },
};

/** A validation rule as JSON Schema keywords. */
function validationSchema(validation: Validation, isList: boolean): JsonSchema {
  switch (validation.rule) {
    case "min":
      return { minimum: validation.value };
    case "max":
      return { maximum: validation.value };
    case "minLen":
      return { [isList ? "minItems" : "minLength"]: validation.value };
    case "maxLen":
      return { [isList ? "maxItems" : "maxLength"]: validation.value };
    case "startsWith":
      return { pattern: `^${escapePattern(validation.value)}` };
    case "endsWith":
      return { pattern: `${escapePattern(validation.value)}$` };
    case "matchesRegexp":
      return { pattern: validation.value };
    case "isEmail":
      return { format: "email" };
    case "isURL":
      return { format: "uri" };
    case "and":
      return allOf(validation.of.map((rule) => validationSchema(rule, isList)));
    case "or":
      return { anyOf: validation.of.map((rule) => validationSchema(rule, isList)) };
  }
}

/** Rules merged into one schema where their keywords differ. */
function allOf(rules: JsonSchema[]): JsonSchema {
  const keywords = rules.flatMap((rule) => Object.keys(rule));
  return new Set(keywords).size === keywords.length ? Object.assign({}, ...rules) : { allOf: rules };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
