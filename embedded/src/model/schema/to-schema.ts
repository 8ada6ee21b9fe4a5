import type TS from "typescript";
import type { Field, NamedType as ModelType, TypeSchema } from "../app-model.js";
import { docComment } from "../source/doc-comment.js";
import type { Declaration } from "../source/scope.js";
import { type Resolver, typeParameters } from "../types/resolver.js";
import {
  FAILED,
  isBasic,
  type NamedType,
  type ObjectField,
  type ObjectType,
  type Type,
} from "../types/type.js";
import { ts } from "../typescript.js";

/** Turns types into wire schemas, and collects the named types they refer to. */
export class SchemaBuilder {
  /** Named types by their key, for `AppModel.types`. */
  readonly types: Record<string, ModelType> = {};
  readonly #keys = new Map<Declaration, string>();
  /** Field names from the type being turned down to the one at hand, for messages. */
  readonly #path: string[] = [];

  constructor(readonly resolver: Resolver) {}

  /** The schema of a type; what cannot travel is reported where the type is used. */
  schema(type: Type): TypeSchema {
    return this.resolver.guard(() => this.#schema(type), ANY) as TypeSchema;
  }

  #schema(type: Type): TypeSchema {
    switch (type.kind) {
      case "basic":
        return this.#basic(type);
      case "literal":
        return { kind: "literal", value: typeof type.value === "object" ? type.value.bigint : type.value };
      case "array":
        return { kind: "array", element: this.#step("[]", type.element) };
      case "object":
        return this.#object(type);
      case "enum":
        return { kind: "union", members: type.members.map((m) => ({ kind: "literal", value: m.value })) };
      case "union":
        if (type.members.length === 0) this.#warnOfNothing();
        return { kind: "union", members: type.members.map((m) => this.schema(m)) };
      case "named":
        return this.#named(type);
      case "validated":
        return { ...this.schema(type.of), validation: type.rules };
      case "wire":
        return this.schema(type.of);
      case "decimal":
        return { kind: "basic", type: "decimal" };
      default:
        return this.#unsupported(DESCRIPTIONS[type.kind] ?? "a type that waits for type arguments");
    }
  }

  #basic(type: Type & { kind: "basic" }): TypeSchema {
    if (type === FAILED) return ANY;
    switch (type.name) {
      case "any":
      case "unknown":
        return ANY;
      case "string":
      case "number":
      case "boolean":
      case "null":
      case "bigint":
      case "date":
        return { kind: "basic", type: type.name };
      default:
        return this.#unsupported(`\`${type.name}\``);
    }
  }

  #object(type: ObjectType): TypeSchema {
    if (type.index) {
      if (type.fields.length > 0) return this.#unsupported("an object with fields beside an index signature");
      this.#step("[key]", type.index.key);
      return { kind: "map", value: this.#step("[key]", type.index.value) };
    }
    if (type.calls) {
      this.resolver.warn(
        "type-callable",
        `${this.#shown()} has a call signature, which is dropped: callables cannot be sent.`,
        "Remove the call signature from the type.",
      );
    }
    return { kind: "object", fields: type.fields.map((f) => this.#field(f)) };
  }

  #field(field: ObjectField): Field {
    const { type, hadUndefined } = withoutUndefined(field.type);
    const doc = field.spot && docComment(field.spot.module, field.spot.node);
    const wire = wireOf(type);
    if (field.spot && isNamedByIdentifier(field.spot.node)) {
      this.resolver.diagnostics.warn(field.spot, {
        code: "field-computed",
        message: `The field is named \`${field.name}\`, after the identifier in the brackets, not after its value.`,
        fix: "Write the name itself, in quotes if need be.",
      });
    }
    return {
      name: field.name,
      type: this.#step(field.name, type),
      optional: field.optional || hadUndefined,
      ...(wire && wire.at !== "attribute" && { wire: { in: wire.at, name: wireName(wire, field.name) } }),
      ...(wire?.at === "attribute" && { attribute: true }),
      ...(doc !== undefined && { doc }),
    };
  }

  #named(type: NamedType): TypeSchema {
    const { declaration } = type;
    if (this.resolver.isGlobal(declaration) || typeParameters(declaration).length > 0) {
      return this.schema(this.resolver.expand(type));
    }
    return { kind: "ref", type: this.#key(declaration, type) };
  }

  #key(declaration: Declaration, type: NamedType): string {
    const known = this.#keys.get(declaration);
    if (known !== undefined) return known;
    const name = declaration.name ?? "default";
    const base = `${declaration.module.file.replace(/\.ts$/, "")}.${name}`;
    let key = base;
    for (let n = 2; key in this.types; n++) key = `${base}${n}`;
    this.#keys.set(declaration, key);
    const doc = docComment(declaration.module, declaration.node);
    const entry: ModelType = {
      id: key,
      name,
      file: declaration.module.file,
      type: ANY,
      ...(doc !== undefined && { doc }),
    };
    this.types[key] = entry;
    const path = this.#path.splice(0, this.#path.length, name);
    entry.type = this.schema(this.resolver.expand(type));
    this.#path.splice(0, this.#path.length, ...path);
    return key;
  }

  #step(name: string, type: Type): TypeSchema {
    this.#path.push(name);
    const schema = this.schema(type);
    this.#path.pop();
    return schema;
  }

  #warnOfNothing(): void {
    this.resolver.warn(
      "type-empty",
      `${this.#shown()} is a union of nothing: every value is refused.`,
      "Write the values out as a union of literals.",
    );
  }

  /** The type at hand, for a message. */
  #shown(): string {
    const at = this.#path.join(".").replaceAll(".[", "[");
    return at === "" ? "This" : `\`${at}\``;
  }

  #unsupported(what: string): TypeSchema {
    this.resolver.report(
      "type-unsupported",
      `${this.#shown()} is ${what}, which cannot be sent.`,
      "Use interfaces, arrays, records, unions of literals, `Date`, `bigint`, `Decimal` and plain values.",
    );
    return ANY;
  }
}

const ANY: TypeSchema = { kind: "basic", type: "any" };

const DESCRIPTIONS: Partial<Record<Type["kind"], string>> = {
  tuple: "a tuple",
  class: "a class",
  optional: "taken from an optional field (it may be undefined)",
  this: "`this`",
  function: "a function",
  rules: "a validation rule without a type",
  intersection: "an intersection that has no values",
};

/** A type without `| undefined`, and whether it had it. */
export function withoutUndefined(type: Type): { type: Type; hadUndefined: boolean } {
  const at = type.kind === "union" ? type.members.findIndex((m) => isBasic(m, "undefined")) : -1;
  if (type.kind !== "union" || at < 0) return { type, hadUndefined: false };
  const members = type.members.toSpliced(at, 1);
  return { type: members.length === 1 ? members[0]! : { kind: "union", members }, hadUndefined: true };
}

/** The wire place that a field's type states, if any. */
export function wireOf(type: Type): (Type & { kind: "wire" }) | undefined {
  if (type.kind === "wire") return type;
  return type.kind === "validated" || type.kind === "optional" ? wireOf(type.of) : undefined;
}

/** A key in brackets counts by the identifier in them. */
function isNamedByIdentifier(node: TS.Node): boolean {
  return (
    ts.isPropertySignature(node) &&
    ts.isComputedPropertyName(node.name) &&
    ts.isIdentifier(node.name.expression)
  );
}

/** Only headers and cookies can be renamed: the run time reads a query parameter by its field's name. */
function wireName(wire: Type & { kind: "wire" }, field: string): string {
  return (wire.at === "header" || wire.at === "cookie" ? wire.rename : undefined) ?? field;
}
