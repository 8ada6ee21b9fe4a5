import type TS from "typescript";
import type { Validation } from "../app-model.js";
import type { Declaration } from "../source/scope.js";
import type { Frame } from "./evaluate.js";
import type { Resolver } from "./resolver.js";
import { basic, NEVER, type Type, type WirePlace } from "./type.js";

const WIRE_TYPES: Record<string, WirePlace> = {
  Header: "header",
  Query: "query",
  Cookie: "cookie",
  HttpStatus: "status",
};

const NUMBER_RULES = { Min: "min", Max: "max" } as const;
const LENGTH_RULES = { MinLen: "minLen", MaxLen: "maxLen" } as const;
const TEXT_RULES = {
  StartsWith: "startsWith",
  EndsWith: "endsWith",
  MatchesRegexp: "matchesRegexp",
} as const;

/** A reference to a type that means something of its own: `Date`, `Header<…>`, `MinLen<…>` … */
export function specialType(
  r: Resolver,
  frame: Frame,
  node: TS.TypeReferenceNode,
  declaration: Declaration,
  args: Type[],
): Type | undefined {
  const name = declaration.name ?? "";
  if (r.isGlobal(declaration)) {
    if (name === "Date") return basic("date");
    return name === "Array" ? { kind: "array", element: args.at(-1) ?? NEVER } : undefined;
  }
  switch (declaration.module.packageEntry) {
    case "encore.dev/api":
      return Object.hasOwn(WIRE_TYPES, name) ? wireType(r, frame, node, WIRE_TYPES[name]!, args) : undefined;
    case "encore.dev/pubsub":
      return name === "Attribute" ? wireType(r, frame, node, "attribute", args) : undefined;
    case "encore.dev/types":
      return name === "Decimal" ? { kind: "decimal" } : undefined;
    case "encore.dev/validate":
      return ruleType(r, frame, node, name, args[0]);
    default:
      return undefined;
  }
}

function wireType(
  r: Resolver,
  frame: Frame,
  node: TS.TypeReferenceNode,
  at: WirePlace,
  args: Type[],
): Type | undefined {
  if (at === "status") {
    if (args.length === 0) return { kind: "wire", at, of: basic("number") };
    r.reportAt(
      frame.module,
      node,
      "wire-arguments",
      "`HttpStatus` takes no type arguments.",
      "Write `HttpStatus`.",
    );
    return undefined;
  }
  const [first, second] = args;
  if (!first) return { kind: "wire", at, of: basic("string") };
  if (!second) {
    if (first.kind === "literal" && typeof first.value === "string") {
      return { kind: "wire", at, of: basic("string"), rename: first.value };
    }
    return { kind: "wire", at, of: first };
  }
  if (second.kind === "literal" && typeof second.value === "string") {
    return { kind: "wire", at, of: first, rename: second.value };
  }
  r.reportAt(
    frame.module,
    node,
    "wire-arguments",
    "The second type argument must be a string literal.",
    'Write the name in quotes, as in `Header<string, "X-Name">`.',
  );
  return { kind: "wire", at, of: first };
}

function ruleType(
  r: Resolver,
  frame: Frame,
  node: TS.TypeReferenceNode,
  name: string,
  argument: Type | undefined,
): Type | undefined {
  const literal = argument?.kind === "literal" ? argument.value : undefined;
  const wrong = (what: string) => {
    r.reportAt(
      frame.module,
      node,
      "rule-argument",
      `\`${name}\` takes ${what} literal.`,
      `Write \`${name}<…>\` with one.`,
    );
    return undefined;
  };
  const rules = (validation: Validation): Type => ({ kind: "rules", rules: validation });
  if (name === "IsEmail") return rules({ rule: "isEmail" });
  if (name === "IsURL") return rules({ rule: "isURL" });
  if (name === "Min" || name === "Max") {
    return typeof literal === "number"
      ? rules({ rule: NUMBER_RULES[name], value: literal })
      : wrong("a number");
  }
  if (name === "MinLen" || name === "MaxLen") {
    const valid = typeof literal === "number" && Number.isInteger(literal) && literal >= 0;
    return valid
      ? rules({ rule: LENGTH_RULES[name], value: literal })
      : wrong("a whole, non-negative number");
  }
  if (name === "StartsWith" || name === "EndsWith" || name === "MatchesRegexp") {
    return typeof literal === "string"
      ? rules({ rule: TEXT_RULES[name], value: literal })
      : wrong("a string");
  }
  return undefined;
}
