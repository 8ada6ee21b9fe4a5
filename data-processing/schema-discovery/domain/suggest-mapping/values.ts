import type { JsonValue } from "../../../../shared/json.js";

/** What a column's sampled values look like. */
export interface ValueProfile {
  /** Distinct values as lower-case text. */
  distinct: Set<string>;
  /** Shares of letters, digits and other characters, and the mean length; of all sampled values. */
  letters: number;
  digits: number;
  other: number;
  meanLength: number;
  /** Share of values that read as numbers, and their mean. */
  numeric: number;
  mean: number;
}

/** The profile of a column's values; undefined where all of them are null or empty. */
export function profileValues(values: JsonValue[]): ValueProfile | undefined {
  const texts = values.filter((value) => value !== null && value !== "").map(toText);
  if (texts.length === 0) return undefined;
  const all = texts.join("");
  const letters = all.match(/\p{L}/gu)?.length ?? 0;
  const digits = all.match(/\p{N}/gu)?.length ?? 0;
  const numbers = texts.map(Number).filter(Number.isFinite);
  const length = Math.max(all.length, 1);
  return {
    distinct: new Set(texts.map((text) => text.trim().toLowerCase())),
    letters: letters / length,
    digits: digits / length,
    other: (length - letters - digits) / length,
    meanLength: all.length / texts.length,
    numeric: numbers.length / texts.length,
    mean: numbers.length === 0 ? 0 : numbers.reduce((sum, each) => sum + each, 0) / numbers.length,
  };
}

/**
 * How alike the values of two columns are, 0 to 1: the share of the smaller set that the other one holds, or, where
 * they share little, how much they look alike.
 */
export function valueSimilarity(left: ValueProfile, right: ValueProfile): number {
  return Math.max(containment(left, right), 0.7 * shapeSimilarity(left, right));
}

function containment(left: ValueProfile, right: ValueProfile): number {
  const [small, large] =
    left.distinct.size <= right.distinct.size
      ? [left.distinct, right.distinct]
      : [right.distinct, left.distinct];
  let shared = 0;
  for (const value of small) if (large.has(value)) shared++;
  // One or two shared values, such as yes and no, prove little.
  return (shared / small.size) * Math.min(1, (small.size + 1) / 5);
}

function shapeSimilarity(left: ValueProfile, right: ValueProfile): number {
  const classes =
    1 -
    (Math.abs(left.letters - right.letters) +
      Math.abs(left.digits - right.digits) +
      Math.abs(left.other - right.other)) /
      2;
  const lengths = ratio(left.meanLength, right.meanLength);
  const bothNumeric = left.numeric > 0.9 && right.numeric > 0.9;
  const size =
    bothNumeric && left.mean * right.mean > 0
      ? ratio(Math.abs(left.mean), Math.abs(right.mean))
      : bothNumeric
        ? 0.5
        : 1;
  return classes * (0.5 + 0.5 * lengths) * (0.4 + 0.6 * size);
}

function ratio(a: number, b: number): number {
  return a === 0 && b === 0 ? 1 : Math.min(a, b) / Math.max(a, b);
}

function toText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
