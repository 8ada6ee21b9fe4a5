import { newEvent } from "../events/envelope.js";
import type { ConversionEvent, ConvertedRecord } from "../events/types.js";

const rule = {
  ruleVersion: 1,
  sourceEntity: "leads",
  targetEntity: "customers",
  conversionType: "manual" as const,
};

interface Author {
  tenantId: string;
  userID: string;
}

/** A batch of a job, as data-processing publishes it. */
export function recordsConverted(
  author: Author,
  job: { ruleId: string; jobId: string; batch: number; records: ConvertedRecord[] },
): ConversionEvent {
  const { tenantId, userID } = author;
  return newEvent(
    { type: "records-converted", ...rule, ...job, performedBy: userID },
    { tenantId, userId: userID, orderedBy: `${job.jobId}:${job.batch}` },
  );
}

/** A single execution that failed. */
export function conversionFailed(author: Author, ruleId: string, sourceRecordId: string): ConversionEvent {
  const { tenantId, userID } = author;
  return newEvent(
    {
      type: "conversion-failed",
      ...rule,
      ruleId,
      sourceRecordId,
      performedBy: userID,
      error: "no such country",
      errorCode: "lookup_missed",
    },
    { tenantId, userId: userID, orderedBy: sourceRecordId },
  );
}

/** `count` converted records with ids that start with `prefix`. */
export function convertedRecords(prefix: string, count: number): ConvertedRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    sourceRecordId: `${prefix}-${index}`,
    targetRecordId: `${prefix}-target-${index}`,
    outcome: "converted" as const,
  }));
}
