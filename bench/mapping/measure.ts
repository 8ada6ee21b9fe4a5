import type { LabelledPair } from "./pairs.ts";

/** A pair of fields and how well a matcher thinks they fit. */
export interface RankedPair {
  sourceField: string;
  targetField: string;
  score: number;
}

/** What a matcher makes of two tables: every pair with its score, and the pairs that it would choose. */
export interface Match {
  ranked: RankedPair[];
  chosen: RankedPair[];
}

export interface Quality {
  recallAtGroundTruth: number;
  mrr: number;
  f1: number;
}

/**
 * The quality of a matcher, as the mean over pairs of tables:
 * - recall at ground truth, as in Valentine (Koutras et al., ICDE 2021): the share of the true pairs among the k best
 *   ranked of all pairs of both tables, k being the number of true pairs;
 * - the mean reciprocal rank of a true source field among the candidates of its target field;
 * - F1 of the chosen pairs against the true ones.
 */
export function measureQuality(pairs: LabelledPair[], match: (pair: LabelledPair) => Match): Quality {
  const each = pairs.map((pair) => qualityOf(pair, match(pair)));
  const mean = (key: keyof Quality): number => each.reduce((sum, one) => sum + one[key], 0) / each.length;
  return { recallAtGroundTruth: mean("recallAtGroundTruth"), mrr: mean("mrr"), f1: mean("f1") };
}

export function qualityOf({ truth }: LabelledPair, { ranked, chosen }: Match): Quality {
  const key = (source: string, target: string): string => JSON.stringify([source, target]);
  const isTrue = new Set(truth.map(([source, target]) => key(source, target)));
  const found = (pairs: RankedPair[]): number =>
    pairs.filter((pair) => isTrue.has(key(pair.sourceField, pair.targetField))).length;
  const best = [...ranked].sort((a, b) => b.score - a.score);
  const targets = [...new Set(truth.map(([, target]) => target))];
  const reciprocalRanks = targets.map((target) => {
    const candidates = best.filter((pair) => pair.targetField === target && pair.score > 0);
    const rank = candidates.findIndex((pair) => isTrue.has(key(pair.sourceField, target)));
    return rank < 0 ? 0 : 1 / (rank + 1);
  });
  const right = found(chosen);
  return {
    recallAtGroundTruth: found(best.slice(0, truth.length)) / truth.length,
    mrr: reciprocalRanks.reduce((sum, rank) => sum + rank, 0) / targets.length,
    f1: chosen.length === 0 ? 0 : (2 * right) / (chosen.length + truth.length),
  };
}
