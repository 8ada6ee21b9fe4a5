/** What happened to a record. */
export type ChangeOperation = "insert" | "update";

/**
 * How changes of a data source are noticed: `capture` by a trigger in the database (the built-in workspace),
 * `replication` from the database's write-ahead log, `polling` by a field that grows with each change.
 */
export type CaptureMode = "capture" | "replication" | "polling";

/** `failing`: an error keeps changes from being read; they are caught up later. `stopped`: by an operator. */
export type CaptureState = "starting" | "running" | "failing" | "stopped";

/** `failed`: it can be retried. `stopped`: it would have closed a loop between rules. */
export type TriggerRunState = "queued" | "completed" | "failed" | "stopped" | "discarded";

/** An entity whose changes start rules. */
export interface CapturedEntity {
  entity: string;
  mode: CaptureMode;
  /** For replication: its REPLICA IDENTITY was made FULL for conditions on old values; the end of the capture undoes that. */
  identityMadeFull?: boolean;
  /** For polling: the field that grows with each change. */
  watermark?: string;
  /** Why it is this mode and not a better one. */
  reason?: string;
  /** Why its changes cannot be read. */
  error?: string;
}

/** How the changes of a data source reach the automatic rules on it. */
export interface TriggerSource {
  dataSource: string;
  state: CaptureState;
  /** Absent until it is chosen. */
  mode?: CaptureMode;
  /** Why it is this mode and not a better one. */
  reason?: string;
  /** Entities of active automatic rules. */
  entities: CapturedEntity[];
  /** Replication slot and publication that Axion made in the data source. */
  slot?: string;
  publication?: string;
  /** For replication: bytes of the write-ahead log that the slot keeps from being removed. */
  lagBytes?: number;
  /** Age of the oldest change that is not read yet; 0 where all are. */
  lagSeconds?: number;
  /** Since when changes are noticed: earlier ones start nothing. */
  since?: Date;
  lastChangeAt?: Date;
  /** What keeps changes from being read, and since when. */
  error?: string;
  failingSince?: Date;
  /** Conversions that wait. */
  queued: number;
  /** Conversions that failed and are neither retried nor discarded. */
  failed: number;
}

export interface ListTriggerSourcesRequest {
  /** `dataSource`, with \`-\` before it for falling order; \`dataSource\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListTriggerSourcesResponse {
  /** False where the tenant has switched automatic conversion off: changes start nothing. */
  automaticConversion: boolean;
  sources: TriggerSource[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface TriggerSourceRequest {
  dataSource: string;
}

/** A conversion that a change has started. */
export interface TriggerRun {
  id: string;
  ruleId: string;
  dataSource: string;
  entity: string;
  sourceRecordId: string;
  operation: ChangeOperation;
  state: TriggerRunState;
  /** `converted`, `unchanged` or `skipped`, of a run that completed. */
  outcome?: string;
  targetRecordId?: string;
  /** Why it failed or was stopped: `trigger_loop`, or the reason of the conversion. */
  reason?: string;
  message?: string;
  /** Rules whose writes led to the change, first cause first; empty where none did. */
  chain: string[];
  attempts: number;
  changedAt: Date;
  queuedAt: Date;
  finishedAt?: Date;
}

export interface ListTriggerRunsRequest {
  state?: TriggerRunState;
  ruleId?: string;
  dataSource?: string;
  sourceRecordId?: string;
  /** `id`, with \`-\` before it for falling order; \`-id\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListTriggerRunsResponse {
  runs: TriggerRun[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface TriggerRunRequest {
  runId: string;
}
