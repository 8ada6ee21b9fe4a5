import { identical, sameLiteral } from "./identical.js";
import type { Resolver } from "./resolver.js";
import {
  basic,
  FAILED,
  isBasic,
  isOpen,
  literalName,
  membersOf,
  NEVER,
  type ObjectType,
  type Type,
} from "./type.js";
import { both, unionOf } from "./union.js";

/** `a & b`; stays open where a part waits for type arguments. */
export function intersect(r: Resolver, a: Type, b: Type): Type {
  if (isBasic(a, "unknown")) return b;
  if (isBasic(b, "unknown")) return a;
  if (isBasic(a, "any") || isBasic(b, "any")) return basic("any");
  if (a === FAILED || b === FAILED) return FAILED;
  if (isBasic(a, "never") || isBasic(b, "never")) return NEVER;
  if (a.kind === "basic" && b.kind === "basic") return a.name === b.name ? a : NEVER;
  if (a.kind === "union" && b.kind === "union") {
    return unionOf(a.members.flatMap((x) => b.members.map((y) => intersect(r, x, y))));
  }
  if (a.kind === "union") return distribute(r, a, b);
  if (b.kind === "union") return distribute(r, b, a);
  if (a.kind === "literal" && b.kind === "literal" && sameLiteral(a.value, b.value)) return a;
  if (a.kind === "literal" && b.kind === "basic") return b.name === literalName(a.value) ? a : NEVER;
  if (a.kind === "basic" && b.kind === "literal") return a.name === literalName(b.value) ? b : NEVER;
  const list = intersectLists(r, a, b);
  if (list) return list;
  if (a.kind === "optional" && b.kind === "optional")
    return { kind: "optional", of: intersect(r, a.of, b.of) };
  if (a.kind === "optional") return distribute(r, a.of, b);
  if (b.kind === "optional") return distribute(r, b.of, a);
  if (a.kind === "this" && b.kind === "this") return a;
  const ruled = intersectRules(a, b);
  if (ruled) return ruled;
  if (isOpen(a) || isOpen(b) || (a.kind === "class" && b.kind === "class")) {
    return { kind: "intersection", left: a, right: b };
  }
  if (a.kind === "named") return r.guard(() => intersect(r, r.expand(a), b));
  if (b.kind === "named") return r.guard(() => intersect(r, a, r.expand(b)));
  if (a.kind === "object" && b.kind === "object") return intersectObjects(r, a, b);
  if (a.kind === "object" || b.kind === "object") return { kind: "intersection", left: a, right: b };
  return NEVER;
}

function distribute(r: Resolver, union: Type, other: Type): Type {
  return unionOf(membersOf(union).map((m) => intersect(r, m, other)));
}

function intersectLists(r: Resolver, a: Type, b: Type): Type | undefined {
  if (a.kind === "array" && b.kind === "array") {
    return { kind: "array", element: intersect(r, a.element, b.element) };
  }
  if (a.kind === "tuple" && b.kind === "tuple") {
    const length = Math.min(a.elements.length, b.elements.length);
    const elements = Array.from({ length }, (_, i) => intersect(r, a.elements[i]!, b.elements[i]!));
    return { kind: "tuple", elements };
  }
  const [array, tuple] = a.kind === "array" ? [a, b] : [b, a];
  if (array.kind !== "array" || tuple.kind !== "tuple") return undefined;
  const first = tuple.elements[0];
  return { kind: "array", element: first ? intersect(r, array.element, first) : NEVER };
}

function intersectRules(a: Type, b: Type): Type | undefined {
  if (a.kind === "validated" && b.kind === "rules") return { ...a, rules: both(a.rules, b.rules) };
  if (a.kind === "rules" && b.kind === "validated") return { ...b, rules: both(a.rules, b.rules) };
  if (a.kind === "rules" && b.kind === "rules") return { kind: "rules", rules: both(a.rules, b.rules) };
  if (b.kind === "rules") return { kind: "validated", of: a, rules: b.rules };
  if (a.kind === "rules") return { kind: "validated", of: b, rules: a.rules };
  return undefined;
}

/** Fields of both; a field of both has the intersection of its types. */
function intersectObjects(r: Resolver, a: ObjectType, b: ObjectType): Type {
  const others = new Map(b.fields.map((f) => [f.name, f]));
  const fields = a.fields.map((field) => {
    const other = others.get(field.name);
    if (!other) return field;
    others.delete(field.name);
    const type = identical(field.type, other.type) ? field.type : intersect(r, field.type, other.type);
    return { ...field, type, optional: field.optional && other.optional };
  });
  fields.push(...others.values());
  if (a.calls || b.calls) {
    r.report("type-unsupported", "An intersection of types with call signatures is not supported.");
  }
  // The official parser keeps an index signature beside fields only, where it is refused later.
  if (fields.length === 0) return { kind: "object", fields };
  const index =
    a.index && b.index
      ? { key: intersect(r, a.index.key, b.index.key), value: intersect(r, a.index.value, b.index.value) }
      : (a.index ?? b.index);
  return { kind: "object", fields, ...(index && { index }) };
}
