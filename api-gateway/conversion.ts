import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  CancelJobRequest,
  ConversionJob,
  EvaluateExpressionRequest,
  EvaluateExpressionResponse,
  ExecuteConversionRequest,
  ExecuteConversionResponse,
  GetJobRequest,
  ListExpressionFunctionsResponse,
  ListJobFailuresRequest,
  ListJobFailuresResponse,
  ListJobsRequest,
  ListJobsResponse,
  PauseJobRequest,
  PreviewConversionRequest,
  PreviewConversionResponse,
  ResumeJobRequest,
  RetryJobRequest,
  StartJobRequest,
} from "../data-processing/entity-conversion/types.js";

/** What converting a record would change, field by field. Nothing is written. */
export const previewConversion = api(
  { method: "POST", path: "/api/v1/conversion/preview", expose: true, auth: true },
  async (request: PreviewConversionRequest): Promise<PreviewConversionResponse> =>
    data_processing.previewConversion(request),
);

/** Converts one record by a rule. */
export const executeConversion = api(
  { method: "POST", path: "/api/v1/conversion/execute", expose: true, auth: true },
  async (request: ExecuteConversionRequest): Promise<ExecuteConversionResponse> =>
    data_processing.executeConversion(request),
);

/** Starts the conversion of an entity by a rule: of all its records, of those that a filter holds for, or of listed ones. */
export const startJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs", expose: true, auth: true },
  async (request: StartJobRequest): Promise<ConversionJob> => data_processing.startJob(request),
);

/** The tenant's jobs, newest first. */
export const listJobs = api(
  { method: "GET", path: "/api/v1/conversion/jobs", expose: true, auth: true },
  async (request: ListJobsRequest): Promise<ListJobsResponse> => data_processing.listJobs(request),
);

/** A job and how far it is. */
export const getJob = api(
  { method: "GET", path: "/api/v1/conversion/jobs/:jobId", expose: true, auth: true },
  async (request: GetJobRequest): Promise<ConversionJob> => data_processing.getJob(request),
);

/** The records that a job could not convert, each with its reason. */
export const listJobFailures = api(
  { method: "GET", path: "/api/v1/conversion/jobs/:jobId/failures", expose: true, auth: true },
  async (request: ListJobFailuresRequest): Promise<ListJobFailuresResponse> =>
    data_processing.listJobFailures(request),
);

/** Stops a job after the batch it is working on. */
export const cancelJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs/:jobId/cancel", expose: true, auth: true },
  async (request: CancelJobRequest): Promise<ConversionJob> => data_processing.cancelJob(request),
);

/** Pauses a job after the batch it is working on. `failed_precondition` where it is paused or has ended. */
export const pauseJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs/:jobId/pause", expose: true, auth: true },
  async (request: PauseJobRequest): Promise<ConversionJob> => data_processing.pauseJob(request),
);

/** Queues a paused job again: it goes on where it was. `failed_precondition` where it is not paused. */
export const resumeJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs/:jobId/resume", expose: true, auth: true },
  async (request: ResumeJobRequest): Promise<ConversionJob> => data_processing.resumeJob(request),
);

/**
 * Starts a new job over the records of an ended one that failed, by the rule's latest version. `failed_precondition`
 * where the job has not ended or nothing failed.
 */
export const retryJob = api(
  { method: "POST", path: "/api/v1/conversion/jobs/:jobId/retry", expose: true, auth: true },
  async (request: RetryJobRequest): Promise<ConversionJob> => data_processing.retryJob(request),
);

/** Checks an expression and evaluates it on a record. */
export const evaluateExpression = api(
  { method: "POST", path: "/api/v1/conversion/expressions/evaluate", expose: true, auth: true },
  async (request: EvaluateExpressionRequest): Promise<EvaluateExpressionResponse> =>
    data_processing.evaluateExpression(request),
);

/** The functions that expressions may call, each with an example, and the bounds of expressions. */
export const listExpressionFunctions = api(
  { method: "GET", path: "/api/v1/conversion/expressions/functions", expose: true, auth: true },
  async (): Promise<ListExpressionFunctionsResponse> => data_processing.listExpressionFunctions(),
);
