import type { Validation } from "../../model/app-model.js";
import { isEmail } from "./email.js";
import { compilePattern } from "./pattern.js";

/** Checks a decoded value against a rule; answers why it breaks it. */
export type Check = (value: unknown) => string | undefined;

/** Compiles the validation rules of a type. Throws on a pattern that cannot be compiled. */
export function compileValidation(validation: Validation): Check {
  switch (validation.rule) {
    case "and":
      return allOf(validation.of.map(compileValidation));
    case "or":
      return anyOf(validation.of.map(compileValidation));
    case "min":
      return numberCheck((n) => n >= boundFor(n, validation.value), `at least ${validation.value}`);
    case "max":
      return numberCheck((n) => n <= boundFor(n, validation.value), `at most ${validation.value}`);
    case "minLen":
      return lengthCheck(
        (n) => n >= validation.value,
        `length too short, expected at least ${validation.value}`,
      );
    case "maxLen":
      return lengthCheck(
        (n) => n <= validation.value,
        `length too long, expected at most ${validation.value}`,
      );
    case "startsWith":
      return textCheck(
        (s) => s.startsWith(validation.value),
        `does not start with ${JSON.stringify(validation.value)}`,
      );
    case "endsWith":
      return textCheck(
        (s) => s.endsWith(validation.value),
        `does not end with ${JSON.stringify(validation.value)}`,
      );
    case "matchesRegexp": {
      const pattern = compilePattern(validation.value);
      return textCheck(
        (s) => pattern.test(s),
        `does not match the regexp ${JSON.stringify(validation.value)}`,
      );
    }
    case "isEmail":
      return textCheck(isEmail, "is not an email");
    case "isURL":
      return textCheck((s) => URL.canParse(s), "is not a url");
  }
}

function allOf(checks: Check[]): Check {
  return (value) => {
    for (const check of checks) {
      const problem = check(value);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

function anyOf(checks: Check[]): Check {
  return (value) => {
    let first: string | undefined;
    for (const check of checks) {
      const problem = check(value);
      if (problem === undefined) return undefined;
      first ??= problem;
    }
    return first;
  };
}

/** Whole numbers are compared with the whole part of the bound, as the official runtime does. */
function boundFor(value: number, bound: number): number {
  return Number.isInteger(value) ? Math.trunc(bound) : bound;
}

function numberCheck(holds: (n: number) => boolean, expected: string): Check {
  return (value) => {
    const number = toNumber(value);
    if (number === undefined) return "unexpected type (expected number)";
    return holds(number) ? undefined : `value must be ${expected} (got ${value})`;
  };
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null && "__encore_decimal" in value)
    return Number(String(value));
  return undefined;
}

function lengthCheck(holds: (n: number) => boolean, problem: string): Check {
  return (value) => {
    if (typeof value === "string") return holds(Buffer.byteLength(value)) ? undefined : problem;
    if (Array.isArray(value)) return holds(value.length) ? undefined : problem;
    return "unexpected type (expected string or array)";
  };
}

function textCheck(holds: (s: string) => boolean, problem: string): Check {
  return (value) => {
    if (typeof value !== "string") return "unexpected type (expected string)";
    return holds(value) ? undefined : `value ${problem}`;
  };
}
