import type { JsonValue } from "../../shared/json.js";

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Parses JSON from a database. Numbers that a double cannot hold, such as long decimals and integers beyond 2^53,
 * become texts instead of losing digits.
 */
export function parseExactJson(text: string): JsonValue {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && !isExact(value, source) ? source : value;
  return JSON.parse(text, reviver as (this: unknown, key: string, value: unknown) => unknown) as JsonValue;
}

function isExact(value: number, source: string): boolean {
  if (Number.isInteger(value) && /^-?[0-9]+$/.test(source)) return Number.isSafeInteger(value);
  return significantDigits(source) <= 15 || significantDigits(String(value)) >= significantDigits(source);
}

function significantDigits(number: string): number {
  const [mantissa = ""] = number.toLowerCase().split("e");
  return mantissa.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;
}
