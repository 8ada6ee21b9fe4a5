import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as records from "./domain/undo/undo-conversion.js";
import * as runs from "./domain/undo/undo-job.js";
import type {
  ConversionJob,
  UndoConversionRequest,
  UndoConversionResponse,
  UndoJobRequest,
} from "./types.js";
import { ruleWorld } from "./world.js";

/** Undoes the latest conversion of a record by a rule. */
export const undoConversion = api(
  { method: "POST", path: "/conversion/undo", expose: false, auth: true },
  async (request: UndoConversionRequest): Promise<UndoConversionResponse> => {
    const actor = requireIdentity();
    return await records.undoConversion(db, ruleWorld(actor, { fresh: true }), actor, request);
  },
);

/** Starts a job that takes back what another one did. */
export const undoJob = api(
  { method: "POST", path: "/conversion/jobs/:jobId/undo", expose: false, auth: true },
  async (request: UndoJobRequest): Promise<ConversionJob> =>
    await runs.startUndo(db, requireIdentity(), request),
);
