import { runForTenant } from "../../../shared/tenancy/one-message.js";
import type { Db } from "../../db.js";
import { workspaceSource } from "../../sources/data-source.js";
import type { Conversion } from "./convert-batch.js";
import { forgetExecution, type JournalEntry, noteIfUnchanged } from "./execution-journal.js";
import { openedLast } from "./opened-rules.js";
import type { ConversionPlan, SourceRecord } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { readSourceRecord } from "./read-records.js";
import type { RuleRow } from "./rule-rows.js";

/** An execution that is begun by a rule as it was known before, while it is found out whether it still is so. */
export interface Ahead {
  entry: JournalEntry;
  /** Whether it is: then the execution is in the journal. */
  noted: Promise<boolean>;
  /** The source record, as it is read by a plan that may not hold any more. */
  read?: { by: ConversionPlan; record: Promise<SourceRecord | undefined> };
}

/** The rule is not any more as it was known, and nothing was done by it. */
export class RuleChanged extends Error {}

/** Begins an execution: notes it in the journal, and reads its record. */
export function beginAhead(
  db: Db,
  world: RuleWorld,
  { entry, known }: { entry: JournalEntry; known: RuleRow },
): Ahead {
  const { dataSource } = known.version.definition.target;
  const sameServer = dataSource === workspaceSource && world.workspaceBeside === true;
  const noted = noteIfUnchanged(db, { entry, revision: known.rule.revision, sameServer });
  // What became of it is asked later, if at all.
  noted.catch(() => {});
  const last = openedLast(entry);
  if (!last) return { entry, noted };
  const record = readSourceRecord(last, last.plan, entry.sourceRecordId).then(([only]) => only);
  record.catch(() => {});
  return { entry, noted, read: { by: last.plan, record } };
}

/** Throws `RuleChanged` where the rule is not as it was known. */
export async function requireUnchanged({ noted }: Ahead): Promise<void> {
  if (!(await noted)) throw new RuleChanged();
}

/** The source record: as it was read ahead, where the plan that it was read by has turned out to hold. */
export async function recordOf(
  conversion: Conversion,
  recordId: string,
  ahead: Ahead | undefined,
): Promise<SourceRecord | undefined> {
  const { plan } = conversion;
  const known = ahead?.read?.by === plan ? await ahead.read.record.catch(() => undefined) : undefined;
  return known ?? (await readSourceRecord(conversion, plan, recordId))[0];
}

/** Takes an execution out of the journal that has come to its end before anything was written. */
export async function endAhead(db: Db, { entry, noted }: Ahead): Promise<void> {
  if (await noted) await runForTenant(db, entry.tenantId, [forgetExecution(db, entry)]);
}
