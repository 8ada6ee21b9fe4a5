import type { Validation } from "../app-model.js";
import type { Finding } from "../diagnostics.js";
import { isBasic, type Type } from "../types/type.js";

/** What is wrong with applying validation rules to a type; undefined when they fit. */
export function supportsRules(rules: Validation, type: Type): Finding | undefined {
  if (rules.rule === "and" || rules.rule === "or") {
    for (const part of rules.of) {
      const problem = supportsRules(part, type);
      if (problem) return problem;
    }
    return undefined;
  }
  const on = type.kind === "wire" ? type.of : type;
  return fits(rules.rule, on)
    ? undefined
    : {
        code: "rule-unsupported",
        message: `The validation rule \`${RULE_NAMES[rules.rule]}\` does not apply to this type.`,
        fix: "Lengths apply to strings and arrays, `Min` and `Max` to numbers, the rest to strings, each spelled directly.",
      };
}

type RuleName = Exclude<Validation["rule"], "and" | "or">;

const RULE_NAMES: Record<RuleName, string> = {
  min: "Min",
  max: "Max",
  minLen: "MinLen",
  maxLen: "MaxLen",
  startsWith: "StartsWith",
  endsWith: "EndsWith",
  matchesRegexp: "MatchesRegexp",
  isEmail: "IsEmail",
  isURL: "IsURL",
};

function fits(rule: RuleName, type: Type): boolean {
  switch (rule) {
    case "minLen":
    case "maxLen":
      return type.kind === "array" || isBasic(type, "string");
    case "min":
    case "max":
      return type.kind === "decimal" || isBasic(type, "number");
    default:
      return isBasic(type, "string");
  }
}
