import { meaningOf, nameTokens } from "./name-tokens.js";

/** Words of a field's name; those that only repeat the entity's name weigh little. */
export interface NameWords {
  words: { text: string; weight: number }[];
  plain: string;
}

/** The words of a field of an entity. */
export function fieldWords(field: string, entity: string): NameWords {
  const entityWords = new Set(nameTokens(entity).map(meaningOf));
  const tokens = nameTokens(field);
  const words = tokens.map((token) => ({
    text: token,
    weight: entityWords.has(meaningOf(token)) && tokens.length > 1 ? 0.25 : 1,
  }));
  return { words, plain: tokens.join("") };
}

/** How alike two names are, 0 to 1: the weight of the words that have a partner, exact, of one meaning, or similar. */
export function nameSimilarity(a: NameWords, b: NameWords): number {
  if (a.plain === b.plain && a.plain !== "") return 1;
  const wordScore = (softCoverage(a, b) + softCoverage(b, a)) / 2;
  const textScore = trigramSimilarity(a.plain, b.plain);
  return Math.min(0.98, Math.max(wordScore, 0.6 * wordScore + 0.4 * textScore, textScore * 0.9));
}

function softCoverage(from: NameWords, to: NameWords): number {
  let covered = 0;
  let total = 0;
  for (const word of from.words) {
    total += word.weight;
    covered += word.weight * Math.max(0, ...to.words.map((other) => wordSimilarity(word.text, other.text)));
  }
  return total === 0 ? 0 : covered / total;
}

function wordSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  if (meaningOf(a) === meaningOf(b)) return 0.9;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= 3 && long.startsWith(short)) return 0.75;
  const similarity = trigramSimilarity(a, b);
  return similarity >= 0.5 ? similarity * 0.9 : 0;
}

/** Share of common three-letter sequences (Dice). */
export function trigramSimilarity(a: string, b: string): number {
  const left = trigrams(a);
  const right = trigrams(b);
  if (left.size === 0 || right.size === 0) return 0;
  let common = 0;
  for (const gram of left) if (right.has(gram)) common++;
  return (2 * common) / (left.size + right.size);
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  const grams = new Set<string>();
  if (text === "") return grams;
  for (let at = 0; at + 3 <= padded.length; at++) grams.add(padded.slice(at, at + 3));
  return grams;
}
