import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  ConversionJob,
  UndoConversionRequest,
  UndoConversionResponse,
  UndoJobRequest,
} from "../data-processing/entity-conversion/types.js";

/**
 * Undoes the latest conversion of a record by a rule: its target records get back what they were.
 * `failed_precondition` where a later change would be lost, unless forced.
 */
export const undoConversion = api(
  { method: "POST", path: "/api/v1/conversion/undo", expose: true, auth: true },
  async (request: UndoConversionRequest): Promise<UndoConversionResponse> =>
    data_processing.undoConversion(request),
);

/** Starts a job that takes back what another one did. Records that were changed since are left and listed as failures. */
export const undoJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs/:jobId/undo", expose: true, auth: true },
  async (request: UndoJobRequest): Promise<ConversionJob> => data_processing.undoJob(request),
);
