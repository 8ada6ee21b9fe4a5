import { contactFunctions } from "./contact-functions.js";
import { dateFunctions, formatDateOverload, parseDateOverload } from "./date-functions.js";
import type { Expr, ExprType, Overload } from "./expression.js";
import { numberFunctions } from "./number-functions.js";
import { operators } from "./operators.js";
import { textFunctions } from "./text-functions.js";

const library = new Map<string, Overload[]>();
for (const { name, overload } of [
  ...operators,
  ...textFunctions,
  ...numberFunctions,
  ...dateFunctions,
  ...contactFunctions,
]) {
  library.set(name, [...(library.get(name) ?? []), overload]);
}

/** Functions whose second argument is a literal date pattern, fixed when the expression is checked. */
const patterned: Record<string, (pattern: string) => Overload | { problem: string }> = {
  formatDate: formatDateOverload,
  parseDate: (pattern) => parseDateOverload(pattern, true),
  tryParseDate: (pattern) => parseDateOverload(pattern, false),
};

/** Functions that the checker knows by itself. */
const builtIn = ["coalesce", "concat", "has", "joinText"];

/** Names that an expression may call. */
export function functionNames(): string[] {
  const named = [...library.keys()].filter((name) => /^[a-z]/i.test(name));
  return [...named, ...Object.keys(patterned), ...builtIn].sort();
}

/** All overloads of a function or operator. */
export function overloadsOf(name: string): Overload[] {
  const make = patterned[name];
  if (!make) return library.get(name) ?? [];
  const overload = make("YYYY");
  return "problem" in overload ? [] : [overload];
}

/**
 * The overload that takes arguments of these types: exactly, else with nulls of any type and an int for a double.
 * Undefined where there is none; a text where the arguments themselves are at fault.
 */
export function findOverload(
  name: string,
  types: readonly ExprType[],
  args: readonly Expr[] = [],
): Overload | string | undefined {
  const make = patterned[name];
  if (make) return patternedOverload(name, make, types, args);
  const candidates = library.get(name)?.filter((overload) => overload.params.length === types.length) ?? [];
  const fits = (overload: Overload, loose: boolean) =>
    overload.params.every((param, at) => {
      const type = types[at];
      return type === param || type === "null" || (loose && type === "int" && param === "double");
    });
  return (
    candidates.find((overload) => fits(overload, false)) ??
    candidates.find((overload) => fits(overload, true))
  );
}

function patternedOverload(
  name: string,
  make: (pattern: string) => Overload | { problem: string },
  types: readonly ExprType[],
  args: readonly Expr[],
): Overload | string | undefined {
  const pattern = args[1];
  if (types.length !== 2 || pattern?.op !== "literal" || typeof pattern.value !== "string") {
    return `The second argument of \`${name}\` is a date pattern, a literal text such as "YYYY-MM-DD".`;
  }
  const overload = make(pattern.value);
  if ("problem" in overload) return overload.problem;
  return types[0] === overload.params[0] || types[0] === "null" ? overload : undefined;
}
