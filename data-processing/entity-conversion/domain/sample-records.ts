import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { compileRecordEvaluator } from "./evaluate-records.js";
import { estimateRecords } from "./explain-conversion.js";
import { resolveRecordIds, withMissing } from "./job-selection.js";
import type { ConversionPlan, EvaluatedRecord, RecordResult, SourceRecord } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { readRecords } from "./read-records.js";
import { parseRecordId } from "./record-id.js";

/** Records that are looked at before the search for those of a filter ends. */
const mostScanned = 20_000;
const pageSize = 1_000;

/** Which records a sample takes. */
export interface SampleChoice {
  recordIds?: string[];
  sampling?: "first" | "random";
  limit: number;
}

/** The records of a sample, by their keys. */
export interface Sample {
  keys: string[][];
  /** Ids that were asked for and that the source does not hold. */
  missing: RecordResult[];
  /** Records that the plan's filter left out. */
  filtered: number;
}

/** Chooses records of a plan's source: listed ones, or those that its filter takes, by key or at random. */
export async function chooseSample(
  world: RuleWorld,
  plan: ConversionPlan,
  choice: SampleChoice,
): Promise<Sample> {
  const source = await world.open(plan.definition.source.dataSource);
  if (choice.recordIds) return await listedSample(source, plan, choice.recordIds);
  const pages =
    choice.sampling === "random" ? randomPage(source, plan, choice.limit) : pagesByKey(source, plan);
  const sample: Sample = { keys: [], missing: [], filtered: 0 };
  let scanned = 0;
  for await (const records of pages) {
    const evaluated = await compileRecordEvaluator(plan).evaluate(records, world.open);
    for (const record of evaluated) {
      if (sample.keys.length === choice.limit) break;
      if (record.filtered) sample.filtered++;
      else sample.keys.push(record.key);
    }
    scanned += records.length;
    if (sample.keys.length === choice.limit || scanned >= mostScanned) break;
  }
  return sample;
}

/** Reads and evaluates the records of a sample. */
export async function evaluateSample(
  world: RuleWorld,
  plan: ConversionPlan,
  { keys }: Sample,
): Promise<EvaluatedRecord[]> {
  const source = await world.open(plan.definition.source.dataSource);
  return await compileRecordEvaluator(plan).evaluate(await readRecords(source, plan, { keys }), world.open);
}

async function listedSample(source: DataSource, plan: ConversionPlan, recordIds: string[]): Promise<Sample> {
  const ids = await resolveRecordIds(source, plan, recordIds);
  const keys = ids.map((id) => parseRecordId(id, plan.source.recordKey.length));
  const found = (await readRecords(source, plan, { keys })).map(
    ({ key, sourceRecordId }): RecordResult => ({
      key,
      sourceRecordId,
      outcome: "unchanged",
      action: "none",
    }),
  );
  const missing = withMissing(plan, ids, found).filter((result) => result.outcome === "failed");
  return { keys: found.map((record) => record.key), missing, filtered: 0 };
}

async function* pagesByKey(source: DataSource, plan: ConversionPlan): AsyncGenerator<SourceRecord[]> {
  let after: string[] | undefined;
  for (;;) {
    const page = await readRecords(source, plan, { after, limit: pageSize });
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page.at(-1)!.key;
  }
}

/** Records of pages of the table that the database picks at random; of a view, the first ones. */
async function* randomPage(
  source: DataSource,
  plan: ConversionPlan,
  limit: number,
): AsyncGenerator<SourceRecord[]> {
  if (plan.source.schema.kind !== "table") return yield* pagesByKey(source, plan);
  const wanted = Math.min(limit * 4, mostScanned);
  const estimated = Math.max(await estimateRecords(source, plan), 1);
  const percent = Math.min(100, Math.max(0.001, (wanted * 200) / estimated));
  const keys = plan.source.recordKey.map((name) => `(s.${quoteIdentifier(name)})::text`);
  const pick = (share: number) =>
    source.begin(
      (tx) =>
        tx
          .unsafe(
            `SELECT ${keys.join(", ")} FROM ${quoteTable(plan.source.table)} s TABLESAMPLE SYSTEM (${share}) ORDER BY random() LIMIT ${wanted}`,
          )
          .values(),
      { readOnly: true },
    );
  let rows = await pick(percent);
  // Fewer than asked for: the table is much smaller than estimated, so that all of it can be read.
  if (rows.length < limit && percent < 100) rows = await pick(100);
  for (let start = 0; start < rows.length; start += pageSize) {
    const page = rows.slice(start, start + pageSize) as string[][];
    yield await readRecords(source, plan, { keys: page });
  }
}
