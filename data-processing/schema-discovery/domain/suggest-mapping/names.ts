import { concept, fillers } from "./vocabulary.js";

/** The words of a column's or table's name, as concepts. */
export function nameConcepts(name: string): string[] {
  const words = name
    .normalize("NFKC")
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  const meaningful = words.filter((word) => !fillers.has(word));
  return (meaningful.length > 0 ? meaningful : words).map(concept);
}

/**
 * How alike two names are, 0 to 1: each word is held against its best counterpart (the soft Dice coefficient over
 * concepts, words compared by their trigrams), longer words counting more. A name that repeats its own table's
 * name (`city_id` in `cities`) also counts without it, and one that leaves it out (`id`) also with it.
 */
export function nameSimilarity(source: NameInTable, target: NameInTable): number {
  let best = softDice(source.concepts, target.concepts);
  for (const other of [withTable(source), withoutTable(source)]) {
    if (other) best = Math.max(best, 0.98 * softDice(other, target.concepts));
  }
  for (const other of [withTable(target), withoutTable(target)]) {
    if (other) best = Math.max(best, 0.9 * softDice(source.concepts, other));
  }
  return best;
}

export interface NameInTable {
  concepts: string[];
  /** The table's name. */
  table: string[];
}

function withTable({ concepts, table }: NameInTable): string[] | undefined {
  return table.length === 0 || table.some((word) => concepts.includes(word))
    ? undefined
    : [...table, ...concepts];
}

function withoutTable({ concepts, table }: NameInTable): string[] | undefined {
  const rest = concepts.filter((word) => !table.includes(word));
  return rest.length === 0 || rest.length === concepts.length ? undefined : rest;
}

function softDice(left: string[], right: string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  const one = matchedWeight(left, right);
  const other = matchedWeight(right, left);
  return (one.matched + other.matched) / (one.total + other.total);
}

function matchedWeight(words: string[], others: string[]): { matched: number; total: number } {
  let matched = 0;
  let total = 0;
  for (const word of words) {
    const weight = weightOf(word);
    total += weight;
    matched += weight * Math.max(...others.map((other) => wordSimilarity(word, other)));
  }
  return { matched, total };
}

/** Words that stand in many names say less: `code`, `identifier`, `name`. */
const common = new Set(["identifier", "name", "code", "number", "type", "value", "date", "status", "time"]);

function weightOf(word: string): number {
  return (common.has(word) ? 0.7 : 1) * Math.min(1, 0.4 + word.length * 0.1);
}

function wordSimilarity(left: string, right: string): number {
  if (left === right) return 1;
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (short.length >= 3 && long.startsWith(short)) return 0.6 + 0.3 * (short.length / long.length);
  if (short.length >= 4 && long.includes(short)) return 0.5 + 0.3 * (short.length / long.length);
  const alike = trigramDice(left, right);
  return alike < 0.4 ? 0 : alike;
}

function trigramDice(left: string, right: string): number {
  const a = trigrams(left);
  const b = trigrams(right);
  let shared = 0;
  for (const gram of a) if (b.has(gram)) shared++;
  return (2 * shared) / (a.size + b.size);
}

function trigrams(word: string): Set<string> {
  const padded = `  ${word} `;
  const grams = new Set<string>();
  for (let at = 0; at + 3 <= padded.length; at++) grams.add(padded.slice(at, at + 3));
  return grams;
}
