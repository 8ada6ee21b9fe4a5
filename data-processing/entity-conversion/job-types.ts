import type { ConversionReason } from "./execution-types.js";
import type { EntityRef } from "./rule-types.js";

export interface StartJobRequest {
  ruleId: string;
  /** CEL expression on `record`: only the records for which it holds are converted. All of them by default. */
  filter?: string;
  /** Only these records, 1 to 10,000; not together with `filter`. */
  recordIds?: string[];
  /** A second request with the same key answers with the first one's job. At most 200 characters. */
  idempotencyKey?: string;
}

/** `convert`: converts records. `undo`: takes back what another job did. `shadow`: compares two rules, and writes nothing. */
export type JobKind = "convert" | "undo" | "shadow";

export type JobState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled";

export interface JobFailureGroup {
  code: string;
  /** Path in the rule, where one is to blame. */
  path?: string;
  count: number;
  /** Message of one of them. */
  example: string;
}

/** The conversion of an entity, or of some of its records. */
export interface ConversionJob {
  id: string;
  ruleId: string;
  ruleVersion: number;
  source: EntityRef;
  target: EntityRef;
  kind: JobKind;
  state: JobState;
  /** Why the job as a whole failed. */
  error?: string;
  /** `set-based`: inside the database that holds source and target. `streaming`: read, evaluated here, loaded. */
  executor?: "set-based" | "streaming";
  /** The job whose failed records this one converts. */
  retryOf?: string;
  /** The job that this one takes back. Its `converted` are records restored, its `failed` those it had to leave. */
  undoOf?: string;
  /** It takes back even what was changed since. */
  force?: boolean;
  /** It only finds out what it would do. */
  dryRun?: boolean;
  /** Condition on `record`: only the records for which it holds are converted. */
  filter?: string;
  /** How many records were listed, for a job over a list or the failed records of another job. */
  recordCount?: number;
  /** Records in the source when the job started, absent until then; those of the list where there is one. */
  total?: number;
  /** Records looked at: converted, unchanged, skipped, failed and filtered ones. */
  processed: number;
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  /** Records that the job's filter leaves out. */
  filtered: number;
  /** Over the time spent running. */
  recordsPerSecond?: number;
  /** Seconds left at this rate; only while running. */
  secondsLeft?: number;
  /** Why records were skipped or failed, most frequent first. */
  skipReasons: JobFailureGroup[];
  failureReasons: JobFailureGroup[];
  /** Fields that their error policy filled, in records that were converted all the same. */
  fallbackReasons: JobFailureGroup[];
  /** Cancelling was asked for and waits for the running batch. */
  cancelRequested: boolean;
  /** Pausing was asked for and waits for the running batch. */
  pauseRequested: boolean;
  createdBy: string;
  createdAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
}

export interface ListJobsRequest {
  ruleId?: string;
  state?: JobState;
  /** `createdAt`, with \`-\` before it for falling order; \`-createdAt\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListJobsResponse {
  jobs: ConversionJob[];
  nextCursor?: string;
}

export interface GetJobRequest {
  jobId: string;
}

export interface ListJobFailuresRequest {
  jobId: string;
  /** `id`, the order of failing, with `-` before it for falling order; `id` by default. */
  sort?: string;
  /** 1 to 1000; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface JobFailure {
  /** Greater than that of the failures before. */
  id: string;
  sourceRecordId: string;
  reason: ConversionReason;
}

export interface ListJobFailuresResponse {
  failures: JobFailure[];
  nextCursor?: string;
}

export interface CancelJobRequest {
  jobId: string;
}

export interface RetryJobRequest {
  jobId: string;
  /** A second request with the same key answers with the first one's job. At most 200 characters. */
  idempotencyKey?: string;
}

export interface PauseJobRequest {
  jobId: string;
}

export interface ResumeJobRequest {
  jobId: string;
}
