import type { Db } from "../../db.js";
import type { ExecutorName } from "./convert-batch.js";
import type { JobRow } from "./job-rows.js";
import type { RecordResult } from "./plan.js";

/** A batch of a job: what became of its records, and the place behind the last of them. */
export interface JobBatch {
  results: RecordResult[];
  position: string[];
  /** Records that were looked at, where that is not the number of results. */
  processed?: number;
  /** Keeps more of the batch, in the transaction that records it. */
  record?(tx: Db): Promise<void>;
}

/** What a job does, ready to run: databases open, plan compiled. Every batch can be done again. */
export interface JobWork {
  executor?: ExecutorName;
  /** How many records there are to look at. */
  count(): Promise<number>;
  /** Works on the next records behind the job's position; undefined where there are none. */
  next(row: JobRow, limit: number): Promise<JobBatch | undefined>;
  /** Gives up what was begun ahead. */
  close?(): void;
}
