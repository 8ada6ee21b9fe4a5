import { access, keysOf } from "./access.js";
import { assignable, extendsType, inferredList } from "./assignable.js";
import type { Frame } from "./evaluate.js";
import { intersect } from "./intersect.js";
import type { Resolver } from "./resolver.js";
import {
  type ConditionalType,
  isBasic,
  isOpen,
  membersOf,
  type ObjectField,
  type ObjectType,
  type OpenType,
  type Type,
} from "./type.js";
import { unionOf } from "./union.js";

/** Fills in the frame's type arguments, and works out what was waiting for them. */
export function instantiate(r: Resolver, frame: Frame, type: Type): Type {
  return r.guard(() => close(r, frame, type));
}

function close(r: Resolver, frame: Frame, type: Type): Type {
  const inner = (part: Type) => instantiate(r, frame, part);
  switch (type.kind) {
    case "array":
      return { kind: "array", element: inner(type.element) };
    case "tuple":
      return { kind: "tuple", elements: type.elements.map(inner) };
    case "union":
      return { kind: "union", members: type.members.map(inner) };
    case "optional":
    case "validated":
    case "wire":
      return { ...type, of: inner(type.of) };
    case "named":
      return type.args.length === 0 ? type : { ...type, args: type.args.map(inner) };
    case "function":
      return { kind: "function", result: inner(type.result) };
    case "object":
      return closeObject(type, inner);
    default:
      return isOpen(type) ? closeOpen(r, frame, type, inner) : type;
  }
}

function closeObject(type: ObjectType, inner: (part: Type) => Type): Type {
  return {
    kind: "object",
    fields: type.fields.map((f) => ({ ...f, type: inner(f.type) })),
    ...(type.index && { index: { key: inner(type.index.key), value: inner(type.index.value) } }),
    ...(type.calls && { calls: type.calls.map(inner) }),
  };
}

function closeOpen(r: Resolver, frame: Frame, type: OpenType, inner: (part: Type) => Type): Type {
  switch (type.kind) {
    case "parameter":
      return frame.args[type.index] ?? type;
    case "inferred":
      return frame.inferred?.[type.index] ?? type;
    case "key":
      return frame.key ?? type;
    case "keyof":
      return keysOf(r, inner(type.of));
    case "access":
      return access(r, inner(type.object), inner(type.index));
    case "intersection": {
      const [left, right] = [inner(type.left), inner(type.right)];
      const waits = isOpen(left) || isOpen(right) || left.kind === "class";
      return waits && left === type.left && right === type.right ? type : intersect(r, left, right);
    }
    case "conditional":
      return closeConditional(r, frame, type, inner);
    case "mapped":
      return closeMapped(r, frame, type, inner);
  }
}

function closeConditional(
  r: Resolver,
  frame: Frame,
  type: ConditionalType,
  inner: (part: Type) => Type,
): Type {
  const check = inner(type.check);
  const extended = inner(type.extends);
  if (type.check.kind === "parameter" && check.kind === "union") {
    return distribute(r, frame, type, type.check.index, check.members, extended);
  }
  const verdict = extendsType(r, check, extended);
  if (verdict === false) return inner(type.no);
  if (verdict) return instantiate(r, { ...frame, inferred: inferredList(verdict) }, type.yes);
  return { kind: "conditional", check, extends: extended, yes: inner(type.yes), no: inner(type.no) };
}

/** A conditional type on a bare type parameter holds for each member of a union by itself. */
function distribute(
  r: Resolver,
  frame: Frame,
  type: ConditionalType,
  index: number,
  members: Type[],
  extended: Type,
): Type {
  const results = members.flatMap((member) => {
    const nested: Frame = { ...frame, args: frame.args.with(index, member) };
    const fits = assignable(r, member, extended);
    return fits === undefined ? [] : [instantiate(r, nested, fits ? type.yes : type.no)];
  });
  return unionOf(results);
}

function closeMapped(
  r: Resolver,
  frame: Frame,
  type: OpenType & { kind: "mapped" },
  inner: (part: Type) => Type,
): Type {
  const fields: ObjectField[] = [];
  let index: ObjectType["index"];
  for (const key of membersOf(r.underlying(inner(type.keys)))) {
    const nested: Frame = { ...frame, key };
    const value = instantiate(r, nested, type.value);
    if (isBasic(value, "never")) continue;
    const name = type.rename ? r.underlying(instantiate(r, nested, type.rename)) : key;
    if (isBasic(name, "never")) continue;
    if (isOpen(name)) {
      const rename = type.rename && inner(type.rename);
      return { ...type, keys: inner(type.keys), value: inner(type.value), ...(rename && { rename }) };
    }
    if (isBasic(name, "string", "number", "symbol")) index = { key: name, value };
    else if (name.kind === "literal" && typeof name.value === "string") {
      const optional = value.kind === "optional";
      fields.push({ name: name.value, type: optional ? value.of : value, optional });
    } else {
      r.report(
        "type-unsupported",
        "The keys of a mapped type or `Record` must be string literals or `string`.",
        "List the keys as a union of string literals.",
      );
    }
  }
  return modified({ kind: "object", fields, ...(index && { index }) }, type.optional);
}

/** Applies `?` or `-?` of a mapped type. */
function modified(type: ObjectType, optional: boolean | undefined): ObjectType {
  if (optional === undefined) return type;
  const index = type.index && { ...type.index, value: withOptional(type.index.value, optional) };
  return { ...type, fields: type.fields.map((f) => ({ ...f, optional })), ...(index && { index }) };
}

function withOptional(type: Type, optional: boolean): Type {
  if (type.kind === "optional") return optional ? type : type.of;
  return optional ? { kind: "optional", of: type } : type;
}
