import { identical } from "./identical.js";
import type { Resolver } from "./resolver.js";
import { basic, type EnumMember, isBasic, isOpen, literalName, membersOf, type Type } from "./type.js";
import { unionOf } from "./union.js";

/** What `infer` positions stand for: index → type. */
type Inferred = [index: number, type: Type][];

/** The types inferred where `a` extends `b`; false where it does not; undefined where type arguments decide. */
type Verdict = Inferred | false | undefined;

/** Whether `a` is assignable to `b`; undefined where an open type leaves it undecided. */
export function assignable(r: Resolver, a: Type, b: Type): boolean | undefined {
  const verdict = relate(r, a, b, false);
  return verdict === undefined ? undefined : verdict !== false;
}

/** Whether `a extends b` in a conditional type, and what it infers. */
export function extendsType(r: Resolver, a: Type, b: Type): Verdict {
  return relate(r, a, b, true);
}

function relate(r: Resolver, a: Type, b: Type, infer: boolean): Verdict {
  if (infer && b.kind === "inferred") return [[b.index, a]];
  if (isBasic(b, "any")) return [];
  if (isBasic(b, "never")) return false;
  if (isOpen(a) || isOpen(b)) return undefined;
  if (a.kind === "named") return r.guard(() => relate(r, r.expand(a), b, infer), false);
  if (b.kind === "named") return r.guard(() => relate(r, a, r.expand(b), infer), false);
  if (a.kind === "basic" && b.kind === "basic") return a.name === b.name && [];
  if (a.kind === "literal" && b.kind === "basic") return b.name === literalName(a.value) && [];
  if (a.kind === "validated") return relate(r, a.of, b, infer);
  if (b.kind === "validated") return relate(r, a, b.of, infer);
  if (b.kind === "optional") return isBasic(a, "undefined") ? [] : relate(r, a, b.of, infer);
  if (a.kind === "tuple") return relateTuple(r, a.elements, b, infer);
  if (a.kind === "enum") return relateEnum(r, a.members, b);
  if (a.kind === "object") return relateObject(r, a, b, infer);
  if (b.kind === "union") return infer ? inferUnion(r, a, b.members) : everyMember(r, a, b.members);
  return identical(a, b) && [];
}

function relateTuple(r: Resolver, elements: Type[], b: Type, infer: boolean): Verdict {
  if (b.kind === "tuple") {
    if (elements.length !== b.elements.length) return false;
    return combine(elements.map((e, i) => relate(r, e, b.elements[i]!, infer)));
  }
  if (b.kind !== "array") return false;
  const found = combine(elements.map((e) => relate(r, e, b.element, infer)));
  if (!found) return found;
  const byIndex = new Map<number, Type[]>();
  for (const [index, type] of found) byIndex.set(index, [...(byIndex.get(index) ?? []), type]);
  return [...byIndex].map(([index, types]) => [index, unionOf(types)]);
}

function relateEnum(r: Resolver, members: EnumMember[], b: Type): Verdict {
  const values = new Map(members.map((m) => [m.name, m.value]));
  if (b.kind === "enum") return b.members.every((m) => values.get(m.name) === m.value) && [];
  if (b.kind !== "object") return false;
  const known = b.fields.filter((f) => values.has(f.name));
  return combine(known.map((f) => relate(r, { kind: "literal", value: values.get(f.name)! }, f.type, false)));
}

function relateObject(r: Resolver, a: Type & { kind: "object" }, b: Type, infer: boolean): Verdict {
  if (b.kind !== "object") return false;
  const own = new Map(a.fields.map((f) => [f.name, f.type]));
  const verdicts: Verdict[] = [];
  for (const field of b.fields) {
    const type = own.get(field.name);
    verdicts.push(type === undefined ? false : relate(r, type, field.type, infer));
  }
  return combine(verdicts);
}

/** Every member of `a` fits one of the members. */
function everyMember(r: Resolver, a: Type, members: Type[]): Verdict {
  for (const part of membersOf(a)) {
    const verdicts = members.map((m) => relate(r, part, m, false));
    if (verdicts.some((v) => v)) continue;
    return verdicts.includes(undefined) ? undefined : false;
  }
  return [];
}

/** Some member of `a` extends one of the members; `infer` takes from all that match. */
function inferUnion(r: Resolver, a: Type, members: Type[]): Verdict {
  const verdicts = membersOf(a).flatMap((part) => members.map((m) => relate(r, part, m, true)));
  const matched = verdicts.filter((v): v is Inferred => Array.isArray(v));
  if (matched.length > 0) return matched.flat();
  return verdicts.includes(undefined) ? undefined : false;
}

function combine(verdicts: Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  if (verdicts.includes(undefined)) return undefined;
  return verdicts.flatMap((v) => v || []);
}

/** Inferred types by index, with `unknown` where nothing was inferred. */
export function inferredList(found: Inferred): Type[] {
  const list: Type[] = [];
  for (const [index, type] of found) list[index] ??= type;
  return Array.from(list, (t) => t ?? basic("unknown"));
}
