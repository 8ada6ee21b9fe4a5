export interface UndoConversionRequest {
  ruleId: string;
  sourceRecordId: string;
  /** Also where a later change would be lost. */
  force?: boolean;
  /** Only tells what would be done. */
  dryRun?: boolean;
}

/**
 * What undoing does to a target record: `deleted`, because the conversion had made it; `restored` to what it was;
 * `recreated`, because it was deleted since; `kept`, because others share it; `gone` already.
 */
export type UndoEffect = "deleted" | "restored" | "recreated" | "kept" | "gone";

export interface UndoneTarget {
  /** Name of the related record; absent for the rule's target. */
  related?: string;
  entity: string;
  targetRecordId: string;
  effect: UndoEffect;
}

/** Answer to undoing a record. Where that would lose a later change it is an error, whose details carry the `reason`. */
export interface UndoConversionResponse {
  ruleId: string;
  sourceRecordId: string;
  /** The rule's version and the job that are undone. */
  ruleVersion: number;
  jobId?: string;
  dryRun: boolean;
  targets: UndoneTarget[];
  /** Fields of the source record that were written back and get back what they were. */
  sourceFields?: string[];
}

export interface UndoJobRequest {
  jobId: string;
  /** Also where later changes would be lost. */
  force?: boolean;
  /** Only counts and lists what would be done. */
  dryRun?: boolean;
  /** A second request with the same key answers with the first one's job. At most 200 characters. */
  idempotencyKey?: string;
}
