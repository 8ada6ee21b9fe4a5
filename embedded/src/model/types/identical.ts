import type { LiteralValue, Type } from "./type.js";

/** Whether two types are the same by structure (named types: by declaration and arguments). */
export function identical(a: Type, b: Type): boolean {
  switch (a.kind) {
    case "basic":
      return b.kind === "basic" && a.name === b.name;
    case "literal":
      return b.kind === "literal" && sameLiteral(a.value, b.value);
    case "array":
      return b.kind === "array" && identical(a.element, b.element);
    case "union":
      return b.kind === "union" && pairwise(a.members, b.members);
    case "tuple":
      return b.kind === "tuple" && pairwise(a.elements, b.elements);
    case "object":
      return b.kind === "object" && sameObject(a, b);
    case "class":
      return b.kind === "class" && a.declaration === b.declaration;
    case "enum":
      return b.kind === "enum" && JSON.stringify(a.members) === JSON.stringify(b.members);
    case "named":
      return (
        b.kind === "named" &&
        a.declaration === b.declaration &&
        a.args.length === b.args.length &&
        pairwise(a.args, b.args)
      );
    case "optional":
      return b.kind === "optional" && identical(a.of, b.of);
    case "this":
    case "decimal":
      return a.kind === b.kind;
    case "wire":
      return b.kind === "wire" && a.at === b.at && a.rename === b.rename && identical(a.of, b.of);
    case "function":
      return b.kind === "function" && identical(a.result, b.result);
    case "parameter":
      return b.kind === "parameter" && a.index === b.index;
    case "mapped":
      return b.kind === "mapped" && identical(a.keys, b.keys) && identical(a.value, b.value);
    default:
      return false;
  }
}

export function sameLiteral(a: LiteralValue, b: LiteralValue): boolean {
  return typeof a === "object" && typeof b === "object" ? a.bigint === b.bigint : a === b;
}

/** Compares as many as both lists have. */
function pairwise(a: Type[], b: Type[]): boolean {
  return a.every((type, i) => {
    const other = b[i];
    return other === undefined || identical(type, other);
  });
}

function sameObject(a: Type & { kind: "object" }, b: Type & { kind: "object" }): boolean {
  if (a.fields.length !== b.fields.length) return false;
  if ((a.index === undefined) !== (b.index === undefined)) return false;
  if ((a.calls?.length ?? 0) !== (b.calls?.length ?? 0)) return false;
  const byName = new Map(a.fields.map((f) => [f.name, f]));
  const sameFields = b.fields.every((f) => {
    const own = byName.get(f.name);
    return own !== undefined && own.optional === f.optional && identical(own.type, f.type);
  });
  if (!sameFields) return false;
  if (
    a.index &&
    b.index &&
    !(identical(a.index.key, b.index.key) && identical(a.index.value, b.index.value))
  ) {
    return false;
  }
  return pairwise(a.calls ?? [], b.calls ?? []);
}
