import { opposites, relations, weights } from "./vocabulary/relations.js";
import type { Token } from "./vocabulary.js";
import { spellingSimilarity } from "./words.js";

/** A column's name, and that of its table. */
export interface NameInTable {
  tokens: Token[];
  table: Token[];
}

const near = new Map<string, number>();
for (const [left, right, score] of relations) {
  near.set(`${left} ${right}`, score);
  near.set(`${right} ${left}`, score);
}

const sidesOf = new Map<string, number[]>();
for (const [group, concepts] of opposites.entries()) {
  for (const concept of concepts) sidesOf.set(concept, [...(sidesOf.get(concept) ?? []), group]);
}

/** What a name keeps of its score against one that means the opposite (`billing_city`, `shipping_city`). */
const oppositeFactor = 0.45;
/** A word with less weight than this says little without its table's name. */
const weakWeight = 0.8;

/** One way to read a name: its words, what each is worth in its table, and what the reading itself is worth. */
interface Reading {
  tokens: Token[];
  weights: number[];
  total: number;
  /** Groups of opposites, with the concept that the name holds of each. */
  sides: [number, string][];
  factor: number;
}

/**
 * How alike the names of two tables' columns are, 0 to 1, a row for each target: a soft TF-IDF over concepts. Each
 * word is held against its best counterpart; a word that many columns of the table share (a prefix) or that tells
 * little anywhere (`id`) counts less. A name that repeats its own table's name (`city_id` in `cities`) also counts
 * without it, and one that tells little (`id`, `name`) also with it.
 */
export function compareNames(sources: NameInTable[], targets: NameInTable[]): number[][] {
  const similarity = memoize(tokenSimilarity);
  const sourceReadings = readingsOf(sources, 0.97);
  const targetReadings = readingsOf(targets, 0.94);
  const compare = (left: Reading, right: Reading): number => {
    if (left.total === 0 || right.total === 0) return 0;
    const one = matched(left, right, similarity);
    const other = matched(right, left, similarity);
    if (one === 0 && other === 0) return 0;
    const dice = (one + other) / (left.total + right.total);
    const covered = Math.max(one / left.total, other / right.total);
    const alike = 0.8 * dice + 0.2 * covered;
    return areOpposite(left, right) ? oppositeFactor * alike : alike;
  };
  return targetReadings.map((to) =>
    sourceReadings.map((from) => {
      let best = 0.8 * initialsSimilarity(from[0]!.tokens, to[0]!.tokens);
      for (const left of from) best = Math.max(best, left.factor * compare(left, to[0]!));
      for (const right of to.slice(1)) best = Math.max(best, right.factor * compare(from[0]!, right));
      return best;
    }),
  );
}

/** The readings of each name: as it is, then with or without its table's name, where that is another one. */
function readingsOf(names: NameInTable[], factor: number): Reading[][] {
  const counts = new Map<string, number>();
  for (const { tokens } of names) {
    for (const { concept } of tokens) counts.set(concept, (counts.get(concept) ?? 0) + 1);
  }
  const weigh = ({ concept }: Token): number => {
    const count = counts.get(concept) ?? 0;
    const share = count > 1 ? count / names.length : 0;
    return weightOf(concept) * (1 - 0.7 * Math.max(0, share - 0.08));
  };
  const read = (tokens: Token[], worth: number): Reading => {
    const own = tokens.map(weigh);
    return {
      tokens,
      weights: own,
      total: own.reduce((sum, weight) => sum + weight, 0),
      sides: tokens.flatMap(({ concept }) =>
        (sidesOf.get(concept) ?? []).map((group): [number, string] => [group, concept]),
      ),
      factor: worth,
    };
  };
  return names.map(({ tokens, table }) => {
    const rest = tokens.filter(({ concept }) => !table.some((word) => word.concept === concept));
    const readings = [read(tokens, 1)];
    if (rest.length > 0 && rest.length < tokens.length) readings.push(read(rest, factor));
    const saysLittle = tokens.every(({ concept }) => weightOf(concept) < weakWeight);
    if (saysLittle && rest.length === tokens.length && table.length > 0) {
      readings.push(read([...table, ...tokens], factor));
    }
    return readings;
  });
}

function weightOf(concept: string): number {
  return weights[concept] ?? (/^\d+$/.test(concept) ? 0.4 : 1);
}

function matched(words: Reading, others: Reading, similarity: (left: Token, right: Token) => number): number {
  let sum = 0;
  for (let at = 0; at < words.tokens.length; at++) {
    let best = 0;
    for (const other of others.tokens) best = Math.max(best, similarity(words.tokens[at]!, other));
    sum += words.weights[at]! * best;
  }
  return sum;
}

function tokenSimilarity(left: Token, right: Token): number {
  if (left.concept === right.concept) return 1;
  const related = near.get(`${left.concept} ${right.concept}`) ?? 0;
  // Known words of different meaning may look alike: `state` and `status`.
  if (left.known && right.known) return related;
  return Math.max(
    related,
    spellingSimilarity(left.written, right.written),
    0.95 * spellingSimilarity(left.concept, right.concept),
  );
}

/** `po` against `purchase order`: the initials of the other name's words. */
function initialsSimilarity(left: Token[], right: Token[]): number {
  const [one, many] = left.length === 1 ? [left[0]!, right] : [right[0], left];
  if (!one || many.length < 2 || one.known || one.written.length !== many.length) return 0;
  return many.every(({ written }, at) => written.startsWith(one.written[at]!)) ? 1 : 0;
}

function areOpposite(left: Reading, right: Reading): boolean {
  if (left.sides.length === 0 || right.sides.length === 0) return false;
  const holds = ({ tokens }: Reading, concept: string): boolean =>
    tokens.some((token) => token.concept === concept);
  return left.sides.some(
    ([group, concept]) =>
      !holds(right, concept) && right.sides.some(([other, its]) => other === group && !holds(left, its)),
  );
}

function memoize(compute: (left: Token, right: Token) => number): (left: Token, right: Token) => number {
  const known = new Map<Token, Map<Token, number>>();
  return (left, right) => {
    let of = known.get(left);
    if (!of) known.set(left, (of = new Map()));
    let score = of.get(right);
    if (score === undefined) of.set(right, (score = compute(left, right)));
    return score;
  };
}
