import type TS from "typescript";
import type { Validation } from "../app-model.js";
import type { Declaration } from "../source/scope.js";
import type { SourceModule } from "../source/source-module.js";

export type BasicName =
  | "any"
  | "string"
  | "boolean"
  | "number"
  | "object"
  | "bigint"
  | "date"
  | "symbol"
  | "undefined"
  | "null"
  | "void"
  | "unknown"
  | "never";

export type LiteralValue = string | number | boolean | { bigint: string };

export interface ObjectField {
  name: string;
  type: Type;
  optional: boolean;
  /** Where the field is written; unset for fields that a mapped type makes. */
  spot?: { module: SourceModule; node: TS.Node };
}

export interface ObjectType {
  kind: "object";
  fields: ObjectField[];
  /** `[key: K]: V` */
  index?: { key: Type; value: Type };
  /** Results of call signatures. */
  calls?: Type[];
}

export interface NamedType {
  kind: "named";
  declaration: Declaration;
  args: Type[];
}

export interface EnumMember {
  name: string;
  value: string | number;
}

/** Where a field travels, by `Header<>`, `Query<>`, `Cookie<>`, `HttpStatus` or `Attribute<>`. */
export type WirePlace = "header" | "query" | "cookie" | "status" | "attribute";

/**
 * A type as the reader sees it. The last group is *open*: it waits for type
 * arguments, and `instantiate` closes it.
 */
export type Type =
  | { kind: "basic"; name: BasicName }
  | { kind: "literal"; value: LiteralValue }
  | { kind: "array"; element: Type }
  | { kind: "tuple"; elements: Type[] }
  | { kind: "union"; members: Type[] }
  | ObjectType
  | { kind: "class"; declaration: Declaration; methods: string[] }
  | { kind: "enum"; members: EnumMember[] }
  | NamedType
  | { kind: "optional"; of: Type }
  | { kind: "this" }
  | { kind: "function"; result: Type }
  | { kind: "rules"; rules: Validation }
  | { kind: "validated"; of: Type; rules: Validation }
  | { kind: "wire"; at: WirePlace; of: Type; rename?: string }
  | { kind: "decimal" }
  | OpenType;

export type OpenType =
  | { kind: "parameter"; index: number }
  | { kind: "access"; object: Type; index: Type }
  | { kind: "mapped"; keys: Type; value: Type; optional?: boolean; rename?: Type }
  | { kind: "key" }
  | { kind: "keyof"; of: Type }
  | ConditionalType
  | { kind: "intersection"; left: Type; right: Type }
  | { kind: "inferred"; index: number };

export interface ConditionalType {
  kind: "conditional";
  check: Type;
  extends: Type;
  yes: Type;
  no: Type;
}

export function basic(name: BasicName): Type {
  return { kind: "basic", name };
}

export const NEVER = basic("never");

/** `never` where a type could not be worked out, which has been reported: nothing more is said of it. */
export const FAILED = basic("never");

export function isBasic(type: Type, ...names: BasicName[]): boolean {
  return type.kind === "basic" && names.includes(type.name);
}

const OPEN = new Set([
  "parameter",
  "access",
  "mapped",
  "key",
  "keyof",
  "conditional",
  "intersection",
  "inferred",
]);

/** Whether a type itself waits for type arguments (its parts may, even where it does not). */
export function isOpen(type: Type): type is OpenType {
  return OPEN.has(type.kind);
}

/** The members of a union, nested unions flattened; an optional type counts `undefined`. */
export function membersOf(type: Type): Type[] {
  if (type.kind === "union") return type.members.flatMap(membersOf);
  if (type.kind === "optional") return [...membersOf(type.of), basic("undefined")];
  if (type.kind === "validated") return membersOf(type.of);
  return [type];
}

export function literalName(value: LiteralValue): BasicName {
  return typeof value === "object" ? "bigint" : (typeof value as "string" | "number" | "boolean");
}
