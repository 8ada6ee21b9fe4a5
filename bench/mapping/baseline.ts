import type { Match, RankedPair } from "./measure.ts";
import type { LabelledPair } from "./pairs.ts";

const leastScore = 0.75;

/** The matcher that is written in an afternoon: Jaro-Winkler over lower-case names, best first, each field once. */
export function matchByJaroWinkler({ source, target }: LabelledPair): Match {
  const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const ranked: RankedPair[] = source.entity.schema.fields.flatMap((from) =>
    target.entity.schema.fields.map((to) => ({
      sourceField: from.name,
      targetField: to.name,
      score: jaroWinkler(plain(from.name), plain(to.name)),
    })),
  );
  const chosen: RankedPair[] = [];
  for (const pair of [...ranked].sort((a, b) => b.score - a.score)) {
    const taken = chosen.some(
      (other) => other.sourceField === pair.sourceField || other.targetField === pair.targetField,
    );
    if (pair.score >= leastScore && !taken) chosen.push(pair);
  }
  return { ranked, chosen };
}

/** Similarity of two texts, 0 to 1 (Winkler, 1990). */
export function jaroWinkler(left: string, right: string): number {
  if (left === right) return 1;
  const reach = Math.max(0, Math.floor(Math.max(left.length, right.length) / 2) - 1);
  const taken = new Array<boolean>(right.length).fill(false);
  const fromLeft: string[] = [];
  for (const [at, letter] of [...left].entries()) {
    for (let other = Math.max(0, at - reach); other <= Math.min(right.length - 1, at + reach); other++) {
      if (taken[other] || right[other] !== letter) continue;
      taken[other] = true;
      fromLeft.push(letter);
      break;
    }
  }
  const common = fromLeft.length;
  if (common === 0) return 0;
  const fromRight = [...right].filter((_, at) => taken[at]);
  const swapped = fromLeft.filter((letter, at) => letter !== fromRight[at]).length / 2;
  const jaro = (common / left.length + common / right.length + (common - swapped) / common) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < left.length && left[prefix] === right[prefix]) prefix++;
  return jaro + 0.1 * prefix * (1 - jaro);
}
