import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  GetShadowRunRequest,
  ListShadowDifferencesRequest,
  ListShadowDifferencesResponse,
  ListShadowRunsRequest,
  ListShadowRunsResponse,
  RunShadowRequest,
  RunShadowResponse,
  ShadowRun,
} from "../data-processing/entity-conversion/types.js";

/** Tries two rules, or two versions of one, on the same records and keeps where they differ. Converts nothing. */
export const runShadow = api(
  { method: "POST", path: "/api/v1/conversion/shadow-runs", expose: true, auth: true },
  async (request: RunShadowRequest): Promise<RunShadowResponse> => data_processing.runShadow(request),
);

/** Comparisons of rules of the last 30 days, newest first. */
export const listShadowRuns = api(
  { method: "GET", path: "/api/v1/conversion/shadow-runs", expose: true, auth: true },
  async (request: ListShadowRunsRequest): Promise<ListShadowRunsResponse> =>
    data_processing.listShadowRuns(request),
);

/** A comparison of rules, with its progress where it runs in the background. */
export const getShadowRun = api(
  { method: "GET", path: "/api/v1/conversion/shadow-runs/:runId", expose: true, auth: true },
  async (request: GetShadowRunRequest): Promise<ShadowRun> => data_processing.getShadowRun(request),
);

/** Records on which the two rules of a comparison differ, by kind or by field. */
export const listShadowDifferences = api(
  { method: "GET", path: "/api/v1/conversion/shadow-runs/:runId/differences", expose: true, auth: true },
  async (request: ListShadowDifferencesRequest): Promise<ListShadowDifferencesResponse> =>
    data_processing.listShadowDifferences(request),
);
