import type { BreakingModelChange } from "./types.js";

/** `expired`: it was completed, and its files were removed since, for their age. */
export type GenerationState = "queued" | "running" | "completed" | "failed" | "cancelled" | "expired";

export interface StartGenerationRequest {
  projectId: string;
  /** Version of the model; the newest by default. */
  version?: number;
  /** A second request with the same key answers with the first one's generation. At most 200 characters. */
  idempotencyKey?: string;
}

/** The making of a project's files from a version of its model. */
export interface Generation {
  id: string;
  projectId: string;
  modelVersion: number;
  state: GenerationState;
  /** The generation whose migrations this one goes on from; absent for the first. */
  previousId?: string;
  /** Services that are done, while it runs. */
  servicesDone?: number;
  /** Services to be done, while it runs. */
  servicesTotal?: number;
  /** Number of files. */
  files?: number;
  /** Of all files together. */
  bytes?: number;
  archiveBytes?: number;
  /** SHA-256 of the archive, hexadecimal. */
  archiveSha256?: string;
  /** Why it failed: `interrupted`, `too_large`, `too_slow`, `model_not_generated`. */
  errorCode?: string;
  error?: string;
  requestedBy: string;
  requestedAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
  /** When its files were removed. */
  expiredAt?: Date;
}

export interface GenerationPathRequest {
  generationId: string;
}

export interface ListGenerationsRequest {
  /** Only those of this project. */
  projectId?: string;
  state?: GenerationState;
  /** `requestedAt`, with \`-\` before it for falling order; \`-requestedAt\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListGenerationsResponse {
  generations: Generation[];
  /** Absent on the last page. */
  nextCursor?: string;
}

/** A file of a generated project. */
export interface ResultFile {
  /** From the project's folder, with `/` between segments. */
  path: string;
  bytes: number;
  /** SHA-256 of its content, hexadecimal. */
  sha256: string;
  executable: boolean;
}

/** A file of a generated project with its text. */
export interface ResultFileText extends ResultFile {
  text: string;
}

export interface ListGenerationFilesRequest {
  generationId: string;
  /** Only files below this folder, such as `services/orders`. */
  folder?: string;
  /** 1 to 1,000; 200 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListGenerationFilesResponse {
  /** By path. */
  files: ResultFile[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface GetGenerationFileRequest {
  generationId: string;
  /** Path of the file, such as `services/orders/src/main.ts`. */
  path: string;
}

/** The archive of a generation or of a bundle, in base64. */
export interface ArchiveContent {
  fileName: string;
  sha256: string;
  /** Where this part begins, and how long the whole is. */
  offset: number;
  totalBytes: number;
  base64: string;
}

export interface ReadArchiveRequest {
  generationId: string;
  /** Byte at which the part begins. */
  offset: number;
}

export interface DiffGenerationRequest {
  generationId: string;
  /** The generation to compare with; by default the one that this one goes on from. */
  from?: string;
  /** Only files below this folder. */
  folder?: string;
  /** Files on a page, 1 to 100; 20 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** How a file differs between two generations. */
export interface FileDifference {
  path: string;
  change: "added" | "removed" | "changed";
  /** Unified diff; cut after 100,000 characters. */
  diff: string;
  /** The diff was cut. */
  truncated: boolean;
}

export interface GenerationDiff {
  /** Absent where everything is new. */
  from?: string;
  to: string;
  added: number;
  removed: number;
  changed: number;
  /** By path. */
  files: FileDifference[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface DiffVersionsRequest {
  projectId: string;
  /** Version to compare with. */
  from: number;
  /** Version that is compared; the newest by default. */
  to?: number;
  /** `model`: the models. `files`: what is generated from them, each anew. `model` by default. */
  of?: "model" | "files";
  /** Files on a page, 1 to 100; 20 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** How two versions of a project differ. */
export interface VersionDiff {
  from: number;
  to: number;
  /** What breaks for callers and consumers. */
  breakingChanges: BreakingModelChange[];
  added: number;
  removed: number;
  changed: number;
  /** By path; `model.yaml` is the model itself. */
  files: FileDifference[];
  /** Absent on the last page. */
  nextCursor?: string;
}
