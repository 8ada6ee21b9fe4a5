import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { Benchmark } from "../run.ts";
import { matchByJaroWinkler } from "./baseline.ts";
import { type Match, measureQuality, qualityOf } from "./measure.ts";
import { type LabelledPair, makeSide, readPairs } from "./pairs.ts";
import { readValentine } from "./valentine.ts";

export const benchmark: Benchmark = {
  description: "mapping suggestions: recall on labelled pairs of public schemas, tuned on and held out",
  async run({ quick }) {
    resolveTypescriptImports();
    const { rankPairs, suggestMapping } = await import(
      "../../data-processing/schema-discovery/domain/suggest-mapping/suggest-mapping.ts"
    );
    const match = ({ source, target }: LabelledPair): Match => {
      const { targets, pairs } = rankPairs(source, target);
      const ranked = pairs.flatMap((row, at) =>
        row.map(({ sourceField, score }) => ({
          sourceField,
          targetField: targets[at]!.column.field.name,
          score,
        })),
      );
      const chosen = suggestMapping(source, target, { candidates: 1 }).suggestions.flatMap((each) =>
        (each.sourceField ? [each.sourceField] : (each.sourceFields ?? [])).map((sourceField) => ({
          sourceField,
          targetField: each.targetField,
          score: each.score,
        })),
      );
      return { ranked, chosen };
    };
    const byNames = (pair: LabelledPair): Match => match(withoutValues(pair));

    const tuned = readPairs("tuned");
    const remembered = readPairs("held-out");
    const fetched = readPairs("fetched");
    const heldOut = [...remembered, ...fetched];
    for (const pair of [...tuned, ...heldOut]) {
      const [withValues, names] = [qualityOf(pair, match(pair)), qualityOf(pair, byNames(pair))];
      console.log(
        `${pair.name.padEnd(58)} recall ${withValues.recallAtGroundTruth.toFixed(2)}, by names ${names.recallAtGroundTruth.toFixed(2)}, f1 ${withValues.f1.toFixed(2)}`,
      );
    }
    const seen = measureQuality(tuned, match);
    const unseen = measureQuality(heldOut, match);
    return {
      recallAtGroundTruth: round(unseen.recallAtGroundTruth),
      recallNamesOnly: round(measureQuality(heldOut, byNames).recallAtGroundTruth),
      mrr: round(unseen.mrr),
      f1: round(unseen.f1),
      ms50x50: measureTime(match, quick ? 5 : 20),
      tunedRecallAtGroundTruth: round(seen.recallAtGroundTruth),
      tunedRecallNamesOnly: round(measureQuality(tuned, byNames).recallAtGroundTruth),
      tunedMrr: round(seen.mrr),
      tunedF1: round(seen.f1),
      fetchedRecallAtGroundTruth: round(measureQuality(fetched, match).recallAtGroundTruth),
      fetchedRecallNamesOnly: round(measureQuality(fetched, byNames).recallAtGroundTruth),
      rememberedRecallAtGroundTruth: round(measureQuality(remembered, match).recallAtGroundTruth),
      rememberedRecallNamesOnly: round(measureQuality(remembered, byNames).recallAtGroundTruth),
      heldOutPairs: heldOut.length,
      tunedPairs: tuned.length,
      baselineRecallNamesOnly: round(measureQuality(heldOut, matchByJaroWinkler).recallAtGroundTruth),
      baselineF1: round(measureQuality(heldOut, matchByJaroWinkler).f1),
      ...measureValentine(match, byNames),
    };
  },
};

/** Figures on Valentine's own datasets, where a folder with them is given. */
function measureValentine(
  match: (pair: LabelledPair) => Match,
  byNames: (pair: LabelledPair) => Match,
): Record<string, number> {
  const folder = process.env.VALENTINE_DATASETS;
  if (!folder) return {};
  const pairs = readValentine(folder);
  for (const pair of pairs) {
    const recall = (how: (pair: LabelledPair) => Match): string =>
      qualityOf(pair, how(pair)).recallAtGroundTruth.toFixed(2);
    console.log(
      `${pair.name.padEnd(58)} recall ${recall(match)}, by names ${recall(byNames)}, Jaro-Winkler ${recall(matchByJaroWinkler)}`,
    );
  }
  return {
    valentinePairs: pairs.length,
    valentineRecallAtGroundTruth: round(measureQuality(pairs, match).recallAtGroundTruth),
    valentineRecallNamesOnly: round(measureQuality(pairs, byNames).recallAtGroundTruth),
    valentineBaselineRecall: round(measureQuality(pairs, matchByJaroWinkler).recallAtGroundTruth),
  };
}

function withoutValues(pair: LabelledPair): LabelledPair {
  return {
    ...pair,
    source: { ...pair.source, samples: [] },
    target: { ...pair.target, samples: [] },
  };
}

/** The median time of a suggestion between two tables of 50 columns with 200 sampled records each, in ms. */
function measureTime(match: (pair: LabelledPair) => Match, times: number): number {
  const side = (part: "source" | "target") => {
    const columns = readPairs("tuned").flatMap(({ [part]: { entity, samples } }, at) =>
      entity.schema.fields.map((field) => ({
        name: `${field.name}_${at}`,
        dataType: field.dataType,
        primaryKey: field.primaryKey,
        values: Array.from({ length: 200 }, (_, row) => samples[row % samples.length]![field.name] ?? null),
      })),
    );
    return makeSide(part, columns.slice(0, 50));
  };
  const pair: LabelledPair = { name: "50 × 50", source: side("source"), target: side("target"), truth: [] };
  const taken = Array.from({ length: times }, () => {
    const start = performance.now();
    match(pair);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  // `match` ranks twice: for the ranking, and within the suggestion.
  return round(taken[Math.floor(taken.length / 2)]! / 2);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
