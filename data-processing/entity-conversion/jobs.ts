import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as cancelling from "./domain/cancel-job.js";
import * as pausing from "./domain/pause-job.js";
import * as reading from "./domain/read-jobs.js";
import * as retrying from "./domain/retry-job.js";
import * as starting from "./domain/start-job.js";
import type {
  CancelJobRequest,
  ConversionJob,
  GetJobRequest,
  ListJobFailuresRequest,
  ListJobFailuresResponse,
  ListJobsRequest,
  ListJobsResponse,
  PauseJobRequest,
  ResumeJobRequest,
  RetryJobRequest,
  StartJobRequest,
} from "./types.js";
import { ruleWorld } from "./world.js";

/** Starts the conversion of a rule's source entity, of the records that a filter holds for, or of listed ones. */
export const startJob = api(
  { method: "POST", path: "/conversion/jobs", expose: false, auth: true },
  async (request: StartJobRequest): Promise<ConversionJob> => {
    const actor = requireIdentity();
    return await starting.startJob(db, ruleWorld(actor), actor, request);
  },
);

/** The tenant's jobs, newest first; without the reasons that `getJob` tells. */
export const listJobs = api(
  { method: "GET", path: "/conversion/jobs", expose: false, auth: true },
  async (request: ListJobsRequest): Promise<ListJobsResponse> =>
    await reading.listJobs(db, requireIdentity().tenantId, request),
);

/** A job with its progress, and the reasons for which records were skipped or failed. */
export const getJob = api(
  { method: "GET", path: "/conversion/jobs/:jobId", expose: false, auth: true },
  async (request: GetJobRequest): Promise<ConversionJob> =>
    await reading.getJob(db, requireIdentity().tenantId, request.jobId),
);

/** Records of a job that failed, each with its reason. */
export const listJobFailures = api(
  { method: "GET", path: "/conversion/jobs/:jobId/failures", expose: false, auth: true },
  async (request: ListJobFailuresRequest): Promise<ListJobFailuresResponse> =>
    await reading.listJobFailures(db, requireIdentity().tenantId, request),
);

/** Stops a job after the batch in hand. What was converted stays. */
export const cancelJob = api(
  { method: "POST", path: "/conversion/jobs/:jobId/cancel", expose: false, auth: true },
  async (request: CancelJobRequest): Promise<ConversionJob> =>
    await cancelling.cancelJob(db, requireIdentity().tenantId, request.jobId),
);

/** Starts a new job over the records of an ended one that failed, by the rule's latest version. */
export const retryJob = api(
  { method: "POST", path: "/conversion/jobs/:jobId/retry", expose: false, auth: true },
  async (request: RetryJobRequest): Promise<ConversionJob> => {
    const actor = requireIdentity();
    return await retrying.retryJob(db, ruleWorld(actor), actor, request);
  },
);

/** Pauses a job after the batch in hand. */
export const pauseJob = api(
  { method: "POST", path: "/conversion/jobs/:jobId/pause", expose: false, auth: true },
  async (request: PauseJobRequest): Promise<ConversionJob> =>
    await pausing.pauseJob(db, requireIdentity().tenantId, request.jobId),
);

/** Queues a paused job again; it goes on where it was. */
export const resumeJob = api(
  { method: "POST", path: "/conversion/jobs/:jobId/resume", expose: false, auth: true },
  async (request: ResumeJobRequest): Promise<ConversionJob> =>
    await pausing.resumeJob(db, requireIdentity().tenantId, request.jobId),
);
