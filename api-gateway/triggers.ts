import { api } from "encore.dev/api";
import { data_processing, event_management } from "~encore/clients";
import type {
  ListTriggerRunsRequest,
  ListTriggerRunsResponse,
  ListTriggerSourcesRequest,
  ListTriggerSourcesResponse,
  TriggerRun,
  TriggerRunRequest,
  TriggerSource,
  TriggerSourceRequest,
} from "../data-processing/triggers/types.js";
import type { CheckTriggersRequest, CheckTriggersResponse } from "../event-management/processing/types.js";

/** Starts the automatic conversions of a record that was made or changed. */
export const checkTriggers = api(
  { method: "POST", path: "/api/v1/triggers/check", expose: true, auth: true },
  async (request: CheckTriggersRequest): Promise<CheckTriggersResponse> =>
    event_management.checkTriggers(request),
);

/** How changes of the tenant's data sources are noticed: of those that active automatic rules stand on. */
export const listTriggerSources = api(
  { method: "GET", path: "/api/v1/triggers/sources", expose: true, auth: true },
  async (request: ListTriggerSourcesRequest): Promise<ListTriggerSourcesResponse> =>
    data_processing.listTriggerSources(request),
);

/** How changes of one data source are noticed: mode, slot, publication, lag, last change, error. */
export const getTriggerSource = api(
  { method: "GET", path: "/api/v1/triggers/sources/:dataSource", expose: true, auth: true },
  async (request: TriggerSourceRequest): Promise<TriggerSource> => data_processing.getTriggerSource(request),
);

/** Stops noticing changes of a data source, and removes the replication slot and the publication made there. */
export const stopTriggerSource = api(
  { method: "POST", path: "/api/v1/triggers/sources/:dataSource/stop", expose: true, auth: true },
  async (request: TriggerSourceRequest): Promise<TriggerSource> => data_processing.stopTriggerSource(request),
);

/** Notices changes of a data source again, from now on. */
export const startTriggerSource = api(
  { method: "POST", path: "/api/v1/triggers/sources/:dataSource/start", expose: true, auth: true },
  async (request: TriggerSourceRequest): Promise<TriggerSource> =>
    data_processing.startTriggerSource(request),
);

/** Conversions that changes have started, those of the last changes first. */
export const listTriggerRuns = api(
  { method: "GET", path: "/api/v1/triggers/runs", expose: true, auth: true },
  async (request: ListTriggerRunsRequest): Promise<ListTriggerRunsResponse> =>
    data_processing.listTriggerRuns(request),
);

/** Runs a triggered conversion that failed, or was stopped as a loop, again. */
export const retryTriggerRun = api(
  { method: "POST", path: "/api/v1/triggers/runs/:runId/retry", expose: true, auth: true },
  async (request: TriggerRunRequest): Promise<TriggerRun> => data_processing.retryTriggerRun(request),
);

/** Gives up a triggered conversion that failed or was stopped. */
export const discardTriggerRun = api(
  { method: "POST", path: "/api/v1/triggers/runs/:runId/discard", expose: true, auth: true },
  async (request: TriggerRunRequest): Promise<TriggerRun> => data_processing.discardTriggerRun(request),
);
