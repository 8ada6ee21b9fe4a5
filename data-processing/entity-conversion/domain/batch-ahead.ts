import { quoteTable } from "../../sources/identifiers.js";
import { Parameters } from "./column-sql.js";
import type { BatchContext, Conversion } from "./convert-batch.js";
import { beforeHeld, HeldBatch } from "./held-batch.js";
import { canInsertFresh, insertRows } from "./insert-fresh.js";
import { toResult } from "./load-records.js";
import type { EvaluatedRecord, RecordResult } from "./plan.js";
import { lastKey } from "./read-records.js";
import { parseRecordId } from "./record-id.js";
import { type BatchRange, computedInDatabase, plannerSettings } from "./set-based.js";

/** What is made of the batch behind the one that is due. */
export interface Ahead {
  after: string[];
  limit: number;
  /** Of the streaming executor. */
  evaluated?: Promise<EvaluatedRecord[]>;
  /** Where records are most likely new to the target: the batch is written already. */
  held?: HeldBatch;
}

/**
 * Whether the next batch may be written before this one is committed: its records are expected to be new to the target,
 * so that all that it can meet is a unique key, which refuses it or makes it wait.
 */
export function mayWriteAhead({ plan, source, target, writeBack, expected, oneByOne }: Conversion): boolean {
  const [{ entity }] = plan.parts;
  const ontoItself =
    source.database === target.database && quoteTable(plan.source.table) === quoteTable(entity.table);
  return (
    expected.proven === true &&
    !oneByOne &&
    !ontoItself &&
    canInsertFresh(plan, { writeBack }) &&
    target.hasSpare()
  );
}

/** Begins to write the batch behind a range, inside the database. */
export async function writeAhead(
  conversion: Conversion,
  range: { after: string[] | undefined; limit: number },
  context: BatchContext,
): Promise<void> {
  const { plan, source, target, unicodeCase } = conversion;
  const after = await lastKey(source, plan, range);
  if (!after) return;
  const next = { after, limit: range.limit };
  const held = new HeldBatch(target, async (tx) => {
    const set = tx.unsafe(plannerSettings).execute();
    const params = new Parameters(unicodeCase);
    const computed = computedInDatabase(plan, next, params);
    const rows = await insertRows(tx, plan, { ...context, jobId: context.jobId, computed, params });
    await set;
    return rows.map((row) => toResult(plan, row, parseRecordId(row.key, plan.source.recordKey.length)));
  });
  conversion.ahead = { ...next, held };
}

/** What was made ahead for a range. What was made for another one is given up. */
export function takeAhead(conversion: Conversion, range: BatchRange): Ahead | undefined {
  const { ahead } = conversion;
  conversion.ahead = undefined;
  if (ahead && "limit" in range && range.limit === ahead.limit)
    if (JSON.stringify(range.after) === JSON.stringify(ahead.after)) return ahead;
  ahead?.held?.drop();
  return undefined;
}

/** Commits a batch that was written ahead. Undefined where there is none: then it is written in its turn. */
export async function takeHeld(
  conversion: Conversion,
  due: Ahead | undefined,
): Promise<RecordResult[] | undefined> {
  const held = due?.held;
  const results = held && (await inTurn(conversion, held.results));
  if (!held || !results) return undefined;
  // A batch whose commit is in doubt is written again: it finds its links where it was committed.
  const committed = await held.commit().then(
    () => true,
    () => false,
  );
  return committed ? results : undefined;
}

/** Waits for a batch that is due, and sees to it that the one behind does not hold it up. */
export async function inTurn<T>(conversion: Conversion, due: Promise<T>): Promise<T> {
  return await beforeHeld(due, conversion.ahead?.held, () => {
    conversion.oneByOne = true;
  });
}

/** Gives up what was made ahead. Called when no further batch follows. */
export function closeConversion(conversion: Conversion): void {
  conversion.ahead?.held?.drop();
  conversion.ahead = undefined;
}
