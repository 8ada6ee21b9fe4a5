import { eventIdOf, newEvent } from "../../../shared/events/envelope.js";
import type {
  ConversionEvent,
  ConversionUndone,
  RecordsConverted,
  UndoneRecord,
} from "../../../shared/events/types.js";
import type { JobRow } from "./job-rows.js";
import type { RecordResult } from "./plan.js";

/** Most records that one event tells of. */
const recordsPerEvent = 500;

/**
 * Puts an event of a job into its envelope. The id is made of what the event tells, so that telling it again makes
 * the same event.
 */
export function jobEvent(row: JobRow, event: ConversionEvent["event"], what: string): ConversionEvent {
  const { job } = row;
  const context = {
    tenantId: job.tenantId,
    userId: job.createdBy,
    orderedBy: job.id,
    correlationId: job.correlationId,
  };
  return { ...newEvent(event, context), eventId: eventIdOf(`${job.id}/${what}`) };
}

/** What events of a job have in common. */
export function jobFacts({ job, version }: JobRow) {
  return {
    jobId: job.id,
    ruleId: job.ruleId,
    ruleVersion: job.ruleVersion,
    sourceEntity: version.definition.source.entity,
    targetEntity: version.definition.target.entity,
    conversionType: "manual" as const,
    performedBy: job.createdBy,
  };
}

/** The events of a batch. Records that were left unchanged or out are not told of: nothing happened to them. */
export function batchEvents(row: JobRow, batch: number, results: readonly RecordResult[]): ConversionEvent[] {
  if (row.job.kind === "undo") return undoEvents(row, batch, results);
  const told = results.filter((result) => result.outcome !== "unchanged" && !result.filtered);
  const events: ConversionEvent[] = [];
  for (let start = 0; start < told.length; start += recordsPerEvent) {
    const event: RecordsConverted = {
      type: "records-converted",
      ...jobFacts(row),
      batch,
      records: told
        .slice(start, start + recordsPerEvent)
        .map(({ sourceRecordId, targetRecordId, outcome, reason }) => ({
          sourceRecordId,
          targetRecordId,
          outcome,
          errorCode: reason?.code,
          error: reason?.message,
        })),
    };
    events.push(jobEvent(row, event, `batch/${batch}/${start / recordsPerEvent}`));
  }
  return events;
}

/** The events of a batch of undone records. Trying it out tells nobody. */
function undoEvents(row: JobRow, batch: number, results: readonly RecordResult[]): ConversionEvent[] {
  if (row.job.dryRun) return [];
  const told = results.filter((result) => result.outcome !== "unchanged");
  const { jobId, ruleId, sourceEntity, targetEntity, performedBy } = jobFacts(row);
  const events: ConversionEvent[] = [];
  for (let start = 0; start < told.length; start += recordsPerEvent) {
    const event: ConversionUndone = {
      type: "conversion-undone",
      ...{ jobId, ruleId, sourceEntity, targetEntity, performedBy },
      undoneJobId: row.job.undoOf ?? undefined,
      forced: row.job.force,
      records: told.slice(start, start + recordsPerEvent).map(undoneRecord),
    };
    events.push(jobEvent(row, event, `batch/${batch}/${start / recordsPerEvent}`));
  }
  return events;
}

const refusals = new Set(["target_changed", "target_shared", "source_field_changed", "converted_again"]);

function undoneRecord({ sourceRecordId, targetRecordId, outcome, reason }: RecordResult): UndoneRecord {
  const refused = reason !== undefined && refusals.has(reason.code);
  return {
    sourceRecordId,
    targetRecordId,
    outcome: outcome === "converted" ? "undone" : refused ? "refused" : "failed",
    errorCode: reason?.code,
    error: reason?.message,
  };
}
