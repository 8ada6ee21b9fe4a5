import type { DataSource, SourceTransaction } from "../../../sources/data-source.js";
import type { WriteBackJournal } from "../convert-batch.js";
import { applyRestores, type RestorePlace } from "./queued-restores.js";
import type { UndoOutcome } from "./undo-candidates.js";
import { type UndoWork, undoRecords } from "./undo-records.js";

/** Ends a transaction whose work is not to be kept. */
class RollBack extends Error {}

/** The databases of a rule, open for undoing. */
export interface OpenUndo {
  target: DataSource;
  work: UndoWork;
  /** Where the source is in another database: what is restored there after the target's transaction. */
  restores?: { place: RestorePlace; journal: WriteBackJournal; ruleVersion: number };
}

/**
 * Undoes conversions of records in one transaction of the target's database, and then what they wrote back to a source
 * in another one. With `dryRun` nothing of it stays.
 */
export async function undoBatch(
  { target, work, restores }: OpenUndo,
  keysOf: (tx: SourceTransaction) => Promise<readonly string[]>,
  dryRun: boolean,
): Promise<UndoOutcome[]> {
  let outcomes: UndoOutcome[] = [];
  const { ruleId } = work.scope;
  const entry =
    restores && !dryRun
      ? await restores.journal.begin({ ruleId, ruleVersion: restores.ruleVersion })
      : undefined;
  try {
    await target.begin(async (tx) => {
      outcomes = await undoRecords(tx, work, await keysOf(tx));
      if (dryRun) throw new RollBack("nothing of this is kept");
    });
  } catch (error) {
    if (!(error instanceof RollBack)) throw error;
  }
  if (!restores || entry === undefined) return outcomes;
  const refused = await applyRestores(restores.place);
  await restores.journal.end(entry);
  return outcomes.map((outcome) => {
    const reason = outcome.outcome === "undone" ? refused.get(outcome.sourceRecordId) : undefined;
    return reason ? { ...outcome, outcome: "failed", reason } : outcome;
  });
}
