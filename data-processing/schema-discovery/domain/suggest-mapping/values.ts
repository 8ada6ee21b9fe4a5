import type { JsonValue } from "../../../../shared/json.js";
import { kindNearness, kindOfValue } from "./value-patterns.js";

/** Values of kinds that have less in common than this are not compared one by one. */
const leastKinds = 0.25;
const mostWords = 300;
const longestNumber = 40;
/** Characters of a value that are looked at. */
const longestText = 200;
/** Values of which the kind is looked at; the shares of kinds are known well enough then. */
const mostLookedAt = 80;

/** What a column's sampled values look like. */
export interface ValueProfile {
  /** Values that are not empty, as text. */
  texts: string[];
  /** Distinct values as lower-case text. */
  distinct: Set<string>;
  /** Distinct words of the values. */
  words: Set<string>;
  /** Share of each kind of value. */
  kinds: Map<string, number>;
  /** How alike two of its values are, by their kinds. */
  evenness: number;
  meanLength: number;
  /** Distinct values by values. */
  distinctness: number;
  /** Numbers in their order, where at least nine values of ten are one. */
  numbers: number[] | undefined;
  fractional: boolean;
}

/** The profile of a column's values; undefined where all of them are null or empty. */
export function profileValues(values: JsonValue[]): ValueProfile | undefined {
  const texts = values.filter((value) => value !== null && value !== "").map(toText);
  if (texts.length === 0) return undefined;
  const distinct = new Set(texts.map((text) => text.trim().toLowerCase()));
  const kinds = new Map<string, number>();
  const looked = texts.slice(0, mostLookedAt);
  for (const text of looked) {
    const kind = kindOfValue(text.trim());
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1 / looked.length);
  }
  const numbers = texts.map(toNumber).filter((value) => value !== undefined);
  const numeric = numbers.length >= 0.9 * texts.length;
  return {
    texts,
    distinct,
    words: new Set(
      [...distinct]
        .slice(0, mostLookedAt)
        .flatMap((text) => text.split(/[^\p{L}\p{N}]+/u))
        .filter((word) => word !== "")
        .slice(0, mostWords),
    ),
    kinds,
    evenness: evennessOf(kinds),
    meanLength: texts.reduce((sum, text) => sum + text.length, 0) / texts.length,
    distinctness: distinct.size / texts.length,
    numbers: numeric ? numbers.sort((a, b) => a - b) : undefined,
    fractional: numeric && numbers.some((value) => !Number.isInteger(value)),
  };
}

/** The number that a text is, also with spaces or commas in it; undefined where it is none. */
function toNumber(text: string): number | undefined {
  if (text.length > longestNumber || !/^-?\d[\d.,\s]*$/.test(text)) return undefined;
  const plain = Number(text);
  if (Number.isFinite(plain)) return plain;
  const compact = text.replace(/\s/g, "");
  const decimal = Number(
    /,\d{1,2}$/.test(compact) ? compact.replaceAll(".", "").replace(",", ".") : compact.replaceAll(",", ""),
  );
  return Number.isFinite(decimal) ? decimal : undefined;
}

/**
 * How alike the values of two columns are, 0 to 1: the share of the smaller set that the other one holds, or, where
 * they share little, how much they look alike: kinds, lengths, repetition, words, and the ranges of numbers.
 */
export function valueSimilarity(left: ValueProfile, right: ValueProfile): number {
  const kinds = kindSimilarity(left, right);
  if (kinds < leastKinds) return 0.75 * kinds;
  const looks = looksSimilarity(left, right, kinds);
  const shared = left.numbers && right.numbers ? 0 : containment(left.distinct, right.distinct);
  const words = left.numbers && right.numbers ? 0 : containment(left.words, right.words);
  return Math.max(0.75 * looks, 0.25 * looks + 0.75 * shared, 0.35 * looks + 0.55 * words);
}

/** How far the kinds of value of two columns coincide, 0 to 1. */
export function kindSimilarity(left: ValueProfile, right: ValueProfile): number {
  let alike = 0;
  for (const [kind, share] of left.kinds) {
    for (const [other, otherShare] of right.kinds) alike += share * otherShare * kindNearness(kind, other);
  }
  // Mixed columns would differ even from themselves.
  return Math.min(1, alike / Math.sqrt(left.evenness * right.evenness));
}

function evennessOf(kinds: Map<string, number>): number {
  let sum = 0;
  for (const [kind, share] of kinds) {
    for (const [other, otherShare] of kinds) sum += share * otherShare * kindNearness(kind, other);
  }
  return sum;
}

function looksSimilarity(left: ValueProfile, right: ValueProfile, kinds: number): number {
  const repetition = 1 - 0.5 * Math.abs(left.distinctness - right.distinctness);
  if (left.numbers && right.numbers) {
    const fractions = left.fractional === right.fractional ? 1 : 0.8;
    return kinds * repetition * fractions * (0.3 + 0.7 * rangeOverlap(left.numbers, right.numbers));
  }
  return kinds * repetition * (0.5 + 0.5 * ratio(left.meanLength, right.meanLength));
}

/** How far the middle 80 % of two sets of numbers overlap, on a logarithmic scale. */
function rangeOverlap(left: number[], right: number[]): number {
  const scale = (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value));
  const range = (sorted: number[]): [number, number] => [
    scale(sorted[Math.floor(0.1 * (sorted.length - 1))]!),
    scale(sorted[Math.ceil(0.9 * (sorted.length - 1))]!),
  ];
  const [a, b] = range(left);
  const [c, d] = range(right);
  const slack = 0.1;
  const overlap = Math.min(b, d) - Math.max(a, c) + slack;
  const union = Math.max(b, d) - Math.min(a, c) + slack;
  return Math.max(0, overlap) / union;
}

function containment(left: Set<string>, right: Set<string>): number {
  const [small, large] = left.size <= right.size ? [left, right] : [right, left];
  if (small.size === 0) return 0;
  let shared = 0;
  for (const value of small) if (large.has(value)) shared++;
  // One or two shared values, such as yes and no, prove little.
  return (shared / small.size) * Math.min(1, (small.size + 1) / 5);
}

function ratio(a: number, b: number): number {
  return a === 0 && b === 0 ? 1 : Math.min(a, b) / Math.max(a, b);
}

function toText(value: JsonValue): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, longestText);
}
