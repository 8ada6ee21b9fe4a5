import type TS from "typescript";
import type { Frame } from "./evaluate.js";
import type { Resolver } from "./resolver.js";
import { basic, FAILED, isBasic, isOpen, NEVER, type ObjectType, type Type } from "./type.js";

/** `object[index]` of types. */
export function access(r: Resolver, object: Type, index: Type, frame?: Frame, node?: TS.Node): Type {
  if (isOpen(object) || isOpen(index)) return { kind: "access", object, index };
  if (object.kind === "named") return r.guard(() => access(r, r.expand(object), index, frame, node));
  if (index.kind === "named") return r.guard(() => access(r, object, r.expand(index), frame, node));
  if (object.kind === "validated") return { ...object, of: access(r, object.of, index, frame, node) };
  const found = object.kind === "object" ? accessObject(object, index) : undefined;
  if (found) return found;
  const message = "Only a field of an object type can be looked up by `T[…]`, by string literals.";
  const fix = "Write the type out, or give it a name of its own.";
  if (frame && node) r.reportAt(frame.module, node, "type-unsupported", message, fix);
  else r.report("type-unsupported", message, fix);
  return FAILED;
}

function accessObject(object: ObjectType, index: Type): Type | undefined {
  if (index.kind === "literal" && typeof index.value === "string") {
    const field = object.fields.find((f) => f.name === index.value);
    if (!field) return NEVER;
    return field.optional ? { kind: "optional", of: field.type } : field.type;
  }
  if (isBasic(index, "string", "number")) return object.index?.value ?? NEVER;
  if (index.kind !== "union") return undefined;
  const members: Type[] = [];
  for (const key of index.members) {
    if (key.kind !== "literal" || typeof key.value !== "string") return undefined;
    const field = object.fields.find((f) => f.name === key.value);
    if (field) members.push(field.type);
  }
  return { kind: "union", members };
}

/** `keyof` of a type. */
export function keysOf(r: Resolver, type: Type): Type {
  if (isOpen(type)) return { kind: "keyof", of: type };
  switch (type.kind) {
    case "named":
      return r.guard(() => keysOf(r, r.expand(type)));
    case "object":
      return union(type.fields.map((f) => ({ kind: "literal", value: f.name })));
    case "enum":
      return union(type.members.map((m) => ({ kind: "literal", value: m.name })));
    case "union":
      return union(type.members.map((m) => keysOf(r, m)));
    case "optional":
    case "validated":
    case "wire":
      return keysOf(r, type.of);
    case "array":
    case "tuple":
    case "literal":
      return union([]);
    case "basic":
      if (type.name === "any") return union([basic("string"), basic("number"), basic("symbol")]);
      return ["string", "boolean", "number", "bigint", "symbol"].includes(type.name) ? union([]) : NEVER;
    case "class":
    case "rules":
      r.report(
        "type-unsupported",
        "`keyof` of a class is not supported.",
        "List the keys as string literals.",
      );
      return FAILED;
    default:
      return NEVER;
  }
}

function union(members: Type[]): Type {
  return { kind: "union", members };
}
