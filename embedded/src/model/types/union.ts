import type { Validation } from "../app-model.js";
import { identical } from "./identical.js";
import { isBasic, literalName, NEVER, type Type } from "./type.js";

/** The union of types, without `never` and with members merged where one contains the other. */
export function unionOf(types: Type[]): Type {
  const members: Type[] = [];
  for (const type of types) {
    if (isBasic(type, "never")) continue;
    let merged = false;
    for (let i = 0; i < members.length && !merged; i++) {
      const both = merge(members[i]!, type);
      if (both) {
        members[i] = both;
        merged = true;
      }
    }
    if (!merged) members.push(type);
  }
  return members.length === 0 ? NEVER : members.length === 1 ? members[0]! : { kind: "union", members };
}

/** One type that stands for both, if there is one. */
export function merge(a: Type, b: Type): Type | undefined {
  if (isBasic(a, "any") || isBasic(b, "any")) return { kind: "basic", name: "any" };
  if (a.kind === "basic" && b.kind === "literal" && a.name === literalName(b.value)) return a;
  if (b.kind === "basic" && a.kind === "literal" && b.name === literalName(a.value)) return b;
  if (a.kind === "rules" && b.kind === "rules") return { kind: "rules", rules: either(a.rules, b.rules) };
  if (a.kind === "validated" && b.kind === "rules") return { ...a, rules: either(a.rules, b.rules) };
  if (a.kind === "rules" && b.kind === "validated") return { ...b, rules: either(b.rules, a.rules) };
  if (a.kind === "function" && b.kind === "function") return undefined;
  return identical(a, b) ? a : undefined;
}

/** `a | b` of validation rules. */
export function either(a: Validation, b: Validation): Validation {
  return { rule: "or", of: [...parts(a, "or"), ...parts(b, "or")] };
}

/** `a & b` of validation rules. */
export function both(a: Validation, b: Validation): Validation {
  return { rule: "and", of: [...parts(a, "and"), ...parts(b, "and")] };
}

function parts(rules: Validation, by: "and" | "or"): Validation[] {
  return rules.rule === by ? rules.of : [rules];
}
