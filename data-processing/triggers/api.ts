import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { openSource } from "../sources/open-source.js";
import { tenantPolicies } from "../tenants/policies.js";
import { triggerWorld } from "../trigger-worker.js";
import * as runs from "./domain/list-runs.js";
import * as sources from "./domain/list-sources.js";
import * as releasing from "./domain/release-source.js";
import * as stopping from "./domain/stop-source.js";
import type {
  ListTriggerRunsRequest,
  ListTriggerRunsResponse,
  ListTriggerSourcesRequest,
  ListTriggerSourcesResponse,
  TriggerRun,
  TriggerRunRequest,
  TriggerSource,
  TriggerSourceRequest,
} from "./types.js";

/** How changes of the tenant's data sources are noticed: of those that active automatic rules stand on. */
export const listTriggerSources = api(
  { method: "GET", path: "/conversion/trigger-sources", expose: false, auth: true },
  async (request: ListTriggerSourcesRequest): Promise<ListTriggerSourcesResponse> => {
    const { tenantId } = requireIdentity();
    const { status, conversion } = await tenantPolicies.get(tenantId);
    const automaticConversion = status === "active" && conversion.automaticConversion;
    return {
      automaticConversion,
      ...(await sources.listTriggerSources(db, openSource, tenantId, request)),
    };
  },
);

/** How changes of one data source are noticed: mode, slot, publication, lag, last change, error. */
export const getTriggerSource = api(
  { method: "GET", path: "/conversion/trigger-sources/:dataSource", expose: false, auth: true },
  async ({ dataSource }: TriggerSourceRequest): Promise<TriggerSource> =>
    await sources.getTriggerSource(db, openSource, requireIdentity().tenantId, dataSource),
);

/** Stops noticing changes of a data source, and removes what was made there for it: slot and publication. */
export const stopTriggerSource = api(
  { method: "POST", path: "/conversion/trigger-sources/:dataSource/stop", expose: false, auth: true },
  async ({ dataSource }: TriggerSourceRequest): Promise<TriggerSource> => {
    const actor = requireIdentity();
    await stopping.stopTriggerSource(db, actor, dataSource);
    return await sources.getTriggerSource(db, openSource, actor.tenantId, dataSource);
  },
);

/** Notices changes of a data source again, from now on. */
export const startTriggerSource = api(
  { method: "POST", path: "/conversion/trigger-sources/:dataSource/start", expose: false, auth: true },
  async ({ dataSource }: TriggerSourceRequest): Promise<TriggerSource> => {
    const actor = requireIdentity();
    await stopping.startTriggerSource(db, actor, dataSource);
    return await sources.getTriggerSource(db, openSource, actor.tenantId, dataSource);
  },
);

/** Removes what was made in a data source that is about to be deleted. */
export const releaseTriggerSource = api(
  { method: "POST", path: "/conversion/trigger-sources/:dataSource/release", expose: false, auth: true },
  async ({ dataSource }: TriggerSourceRequest): Promise<void> =>
    await releasing.releaseSource(triggerWorld, requireIdentity().tenantId, dataSource),
);

/** Conversions that changes have started, those of the last changes first. */
export const listTriggerRuns = api(
  { method: "GET", path: "/conversion/trigger-runs", expose: false, auth: true },
  async (request: ListTriggerRunsRequest): Promise<ListTriggerRunsResponse> =>
    await runs.listTriggerRuns(db, requireIdentity().tenantId, request),
);

/** Runs a triggered conversion that failed, or was stopped as a loop, again. */
export const retryTriggerRun = api(
  { method: "POST", path: "/conversion/trigger-runs/:runId/retry", expose: false, auth: true },
  async ({ runId }: TriggerRunRequest): Promise<TriggerRun> =>
    await runs.retryTriggerRun(db, requireIdentity().tenantId, runId),
);

/** Gives up a triggered conversion that failed or was stopped. */
export const discardTriggerRun = api(
  { method: "POST", path: "/conversion/trigger-runs/:runId/discard", expose: false, auth: true },
  async ({ runId }: TriggerRunRequest): Promise<TriggerRun> =>
    await runs.discardTriggerRun(db, requireIdentity().tenantId, runId),
);
