import { setImmediate as nextTurn } from "node:timers/promises";
import log from "encore.dev/log";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import {
  type GenerationStep,
  generateSteps,
  type Previous,
  sortedByPath,
} from "../../generator/generate-project.js";
import type { GeneratedFile } from "../../generator/generated-file.js";
import { stateFiles } from "../../generator/merge/project-state.js";
import type { ProjectModel } from "../../generator/model/schema.js";
import { type ArchiveOwner, readArchiveFiles, removeArchive, writeArchive } from "../../result-files.js";
import { isDiskFull } from "../disk-full.js";
import type { GenerationRow, ProjectEventBody } from "../fold-events.js";
import { findGeneration, newestGeneration } from "../generations.js";
import { readStoredModel } from "../project-model.js";
import { findVersion } from "../project-versions.js";
import { actorOf, recordEvent } from "../record-event.js";
import {
  enqueueWork,
  finishWork,
  requireClaim,
  tellProgress,
  type WorkClaim,
  WorkLostError,
} from "../work/work-queue.js";
import { packArchive } from "./archive.js";

const mostAttempts = 3;
const mostMilliseconds = 300_000;
const mostFiles = 20_000;
const mostBytes = 100 * 1024 * 1024;
const progressEveryMs = 500;
/** How long it works before others have their turn. */
const sliceMs = 5;
const keptDays = 30;

/** Why a generation comes to nothing, as it is told. */
class GenerationFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "GenerationFailure";
  }
}

/** What a generation works from. */
interface Task {
  row: GenerationRow;
  model: ProjectModel;
  previous: (Previous & { id: string }) | undefined;
}

/**
 * Generates a project, file by file, so that the process answers others between two of them. The archive is kept
 * before the outcome is recorded: a generation that died in between is done again and replaces it; what was generated
 * before stays as it is.
 */
export async function runGeneration(db: Db, claim: WorkClaim, signal: AbortSignal): Promise<void> {
  const { tenantId, projectId, id } = claim;
  const began = performance.now();
  const owner: ArchiveOwner = { tenantId, projectId, id };
  try {
    if (claim.attempts > mostAttempts) {
      throw new GenerationFailure("interrupted", `It was interrupted ${mostAttempts} times.`);
    }
    const task = await begin(db, claim);
    const files = await generate(db, claim, task, signal);
    const { content, sha256 } = await packArchive(task.model.name, files);
    await keepArchive(claim, owner, content);
    await end(db, claim, {
      type: "generation-completed",
      generationId: id,
      modelVersion: task.row.modelVersion,
      files: files.length,
      bytes: bytesOf(files),
      archiveBytes: content.length,
      archiveSha256: sha256,
      durationMs: Math.round(performance.now() - began),
    });
  } catch (error) {
    if (!(error instanceof GenerationFailure)) throw error;
    if (error.cause !== undefined) log.error(error.cause, "generation failed", { generationId: id });
    const row = await withTenant(db, tenantId, (tx) => findGeneration(tx, tenantId, id));
    const failed = { generationId: id, modelVersion: row.modelVersion };
    const cancelledBy = row.requestedBy;
    await end(
      db,
      claim,
      error.code === "cancelled"
        ? { type: "generation-cancelled", ...failed, cancelledBy }
        : { type: "generation-failed", ...failed, errorCode: error.code, error: error.message },
    );
  }
}

/** Keeps the archive. Fails for good where the disk is full, or where it could not be kept again and again. */
async function keepArchive(claim: WorkClaim, owner: ArchiveOwner, content: Buffer): Promise<void> {
  try {
    await writeArchive(owner, content);
  } catch (cause) {
    if (isDiskFull(cause)) {
      throw new GenerationFailure("disk_full", "The disk is full: the archive could not be kept.", { cause });
    }
    if (claim.attempts < mostAttempts) throw cause;
    throw new GenerationFailure("not_kept", "The archive could not be kept; generate again later.", {
      cause,
    });
  }
}

async function begin(db: Db, claim: WorkClaim): Promise<Task> {
  const { tenantId, projectId, id } = claim;
  const { row, stored, before } = await withTenant(db, tenantId, async (tx) => {
    const { cancelRequested } = await requireClaim(tx, claim);
    if (cancelRequested) throw new GenerationFailure("cancelled", "It was cancelled.");
    const queued = await findGeneration(tx, tenantId, id);
    const { model } = await findVersion(tx, tenantId, { projectId, version: queued.modelVersion });
    const previousId =
      queued.state === "queued"
        ? ((await newestGeneration(tx, tenantId, projectId))?.id ?? null)
        : queued.previousId;
    if (queued.state === "queued") {
      await recordEvent(tx, await actorOf(tx, claim, { generationId: id }), projectId, {
        type: "generation-started",
        generationId: id,
        modelVersion: queued.modelVersion,
        services: readStoredModel(model).services.length,
        ...(previousId === null ? {} : { previousGenerationId: previousId }),
      });
    }
    const previous = previousId === null ? undefined : await findGeneration(tx, tenantId, previousId);
    return {
      row: queued,
      stored: model,
      before: previous && {
        id: previous.id,
        model: (await findVersion(tx, tenantId, { projectId, version: previous.modelVersion })).model,
      },
    };
  });
  const model = readStoredModel(stored);
  if (before === undefined) return { row, model, previous: undefined };
  const files = await readArchiveFiles({ tenantId, projectId, id: before.id });
  const read = (path: string) => files.get(path)?.text;
  return { row, model, previous: { id: before.id, model: readStoredModel(before.model), read } };
}

async function generate(
  db: Db,
  claim: WorkClaim,
  { model, previous }: Task,
  signal: AbortSignal,
): Promise<GeneratedFile[]> {
  const total = model.services.length;
  let sliceEnds = performance.now() + sliceMs;
  const deadline = performance.now() + mostMilliseconds;
  const files: GeneratedFile[] = [];
  let bytes = 0;
  let toldAt = 0;
  for (const { file, services } of stepsOf(model, previous)) {
    if (file !== undefined) {
      files.push(file);
      bytes += Buffer.byteLength(file.text);
    }
    if (files.length > mostFiles || bytes > mostBytes) {
      const limits = `${mostFiles} files and ${mostBytes / 1024 / 1024} MB`;
      throw new GenerationFailure("too_large", `The project is larger than ${limits}: make it several.`);
    }
    const now = performance.now();
    if (now > deadline) {
      throw new GenerationFailure("too_slow", `It took longer than ${mostMilliseconds / 1000} s.`);
    }
    if (now - toldAt > progressEveryMs) {
      toldAt = now;
      await tellProgress(db, claim, services, total);
    }
    if (now < sliceEnds) continue;
    await nextTurn();
    sliceEnds = performance.now() + sliceMs;
    if (signal.aborted) throw abortReason(signal, claim);
  }
  return sortedByPath([...files, ...stateFiles(model, files)]);
}

function abortReason(signal: AbortSignal, claim: WorkClaim): Error {
  return signal.reason === "cancelled"
    ? new GenerationFailure("cancelled", "It was cancelled.")
    : new WorkLostError(claim);
}

function* stepsOf(model: ProjectModel, previous: Previous | undefined): Generator<GenerationStep> {
  try {
    yield* generateSteps(model, previous);
  } catch (cause) {
    throw new GenerationFailure("not_generated", "The model could not be generated; this is our fault.", {
      cause,
    });
  }
}

function bytesOf(files: readonly GeneratedFile[]): number {
  return files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

async function end(db: Db, claim: WorkClaim, outcome: ProjectEventBody): Promise<void> {
  const { tenantId, projectId, id } = claim;
  await withTenant(db, tenantId, async (tx) => {
    const { cancelRequested } = await finishWork(tx, claim);
    const completed = outcome.type === "generation-completed";
    // Whoever cancelled it was told that it will come to nothing.
    if (completed && cancelRequested) throw new GenerationFailure("cancelled", "It was cancelled.");
    await recordEvent(tx, await actorOf(tx, claim, { generationId: id }), projectId, outcome);
    // Only now: a worker that lost its claim must not remove what another has completed.
    if (!completed) return await removeArchive({ tenantId, projectId, id });
    const dueAt = new Date(Date.now() + keptDays * 86_400_000);
    await enqueueWork(tx, { id, tenantId, projectId, kind: "expiry", dueAt });
  });
}
