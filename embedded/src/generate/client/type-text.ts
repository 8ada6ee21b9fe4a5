import type { BasicType, Field, NamedType, TypeSchema } from "../../model/app-model.js";
import type { TypeName } from "../type-names.js";

/** How dates appear in the client: as they are sent (ISO text), or as `Date` objects. */
export type DateStyle = "string" | "date";

const BASIC: Record<Exclude<BasicType, "date">, string> = {
  any: "any",
  string: "string",
  number: "number",
  boolean: "boolean",
  null: "null",
  bigint: "string",
  decimal: "string",
};

/** Writes types of the model as TypeScript. */
export class TypeWriter {
  constructor(
    private readonly names: Map<string, TypeName>,
    private readonly dates: DateStyle,
  ) {}

  /** A type where a value of it stands. `indent` is that of the line it is on. */
  inline(schema: TypeSchema, indent = ""): string {
    switch (schema.kind) {
      case "basic":
        return schema.type === "date" ? (this.dates === "date" ? "Date" : "string") : BASIC[schema.type];
      case "literal":
        return JSON.stringify(schema.value);
      case "array":
        return schema.element.kind === "union"
          ? `(${this.inline(schema.element, indent)})[]`
          : `${this.inline(schema.element, indent)}[]`;
      case "map":
        return `{ [key: string]: ${this.inline(schema.value, indent)} }`;
      case "object":
        return this.object(schema.fields, indent);
      case "union":
        return (
          [...new Set(schema.members.map((member) => this.inline(member, indent)))].join(" | ") || "never"
        );
      case "ref":
        return this.reference(schema.type);
    }
  }

  /** An object type with the fields that a client states or reads; cookies and the status travel apart from it. */
  object(fields: Field[], indent = ""): string {
    const visible = fields.filter(isVisible);
    if (visible.length === 0) return "{}";
    return `{\n${this.fields(visible, `${indent}  `)}${indent}}`;
  }

  /** The declaration of a named type, as a member of its namespace. */
  declaration(type: NamedType, indent: string): string {
    const { name } = this.names.get(type.id)!;
    const doc = docComment(type.doc, indent);
    if (type.type.kind !== "object")
      return `${doc}${indent}export type ${name} = ${this.inline(type.type, indent)};\n`;
    return `${doc}${indent}export interface ${name} {\n${this.fields(type.type.fields.filter(isVisible), `${indent}  `)}${indent}}\n`;
  }

  reference(id: string): string {
    const { namespace, name } = this.names.get(id)!;
    return `${namespace}.${name}`;
  }

  private fields(fields: Field[], indent: string): string {
    return fields
      .map((field) => {
        const name = propertyName(field.name);
        return `${docComment(field.doc, indent)}${indent}${name}${field.optional ? "?" : ""}: ${this.inline(field.type, indent)};\n`;
      })
      .join("");
  }
}

/** Whether a field is part of what a client passes or gets: cookies are the browser's, the status is the response's. */
export function isVisible(field: Field): boolean {
  return field.wire?.in !== "cookie" && field.wire?.in !== "status";
}

/** A property's name, quoted where it has to be. */
export function propertyName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

/** The access to a property of an expression. */
export function member(expression: string, name: string): string {
  const property = propertyName(name);
  return property === name ? `${expression}.${name}` : `${expression}[${property}]`;
}

/** A documentation comment on lines of its own; nothing for an absent text. */
export function docComment(doc: string | undefined, indent: string): string {
  if (!doc?.trim()) return "";
  const lines = doc.trim().replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}
