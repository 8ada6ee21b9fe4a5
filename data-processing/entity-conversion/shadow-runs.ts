import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as reading from "./domain/shadow/read-shadows.js";
import * as running from "./domain/shadow/run-shadow.js";
import type {
  GetShadowRunRequest,
  ListShadowDifferencesRequest,
  ListShadowDifferencesResponse,
  ListShadowRunsRequest,
  ListShadowRunsResponse,
  RunShadowRequest,
  RunShadowResponse,
  ShadowRun,
} from "./types.js";
import { ruleWorld } from "./world.js";

/** Tries two rules or versions on the same records and keeps where they differ. Converts nothing. */
export const runShadow = api(
  { method: "POST", path: "/conversion/shadow-runs", expose: false, auth: true },
  async (request: RunShadowRequest): Promise<RunShadowResponse> => {
    const actor = requireIdentity();
    return await running.runShadow(db, ruleWorld(actor, { fresh: true }), actor, request);
  },
);

/** The tenant's comparisons of rules, newest first. */
export const listShadowRuns = api(
  { method: "GET", path: "/conversion/shadow-runs", expose: false, auth: true },
  async (request: ListShadowRunsRequest): Promise<ListShadowRunsResponse> =>
    await reading.listShadowRuns(db, requireIdentity().tenantId, request),
);

/** A comparison with its progress. */
export const getShadowRun = api(
  { method: "GET", path: "/conversion/shadow-runs/:runId", expose: false, auth: true },
  async (request: GetShadowRunRequest): Promise<ShadowRun> =>
    await reading.getShadowRun(db, requireIdentity().tenantId, request.runId),
);

/** Records on which the two rules of a comparison differ. */
export const listShadowDifferences = api(
  { method: "GET", path: "/conversion/shadow-runs/:runId/differences", expose: false, auth: true },
  async (request: ListShadowDifferencesRequest): Promise<ListShadowDifferencesResponse> =>
    await reading.listShadowDifferences(db, requireIdentity().tenantId, request),
);
