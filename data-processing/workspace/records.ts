import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { schemaCache } from "../schema-discovery/cache.js";
import { discoverEntity } from "../schema-discovery/domain/discover.js";
import type { DiscoveredEntity } from "../schema-discovery/domain/entity.js";
import type { DataSource } from "../sources/data-source.js";
import { openWorkspace } from "../sources/open-source.js";
import * as loading from "./domain/load-records.js";
import * as reading from "./domain/read-records.js";
import type {
  GetRecordRequest,
  ListRecordsRequest,
  ListRecordsResponse,
  LoadRecordsRequest,
  LoadRecordsResponse,
  WorkspaceRecord,
} from "./types.js";

/** Writes up to 5,000 records by their keys, all or none. */
export const loadRecords = api(
  {
    method: "POST",
    path: "/workspace/entities/:entity/records",
    expose: false,
    auth: true,
    bodyLimit: 8 * 1024 * 1024,
  },
  async (request: LoadRecordsRequest): Promise<LoadRecordsResponse> =>
    await loading.loadRecords(openWorkspace(requireIdentity().tenantId), request),
);

/** Records in the order of their keys. */
export const listRecords = api(
  { method: "GET", path: "/workspace/entities/:entity/records", expose: false, auth: true },
  async (request: ListRecordsRequest): Promise<ListRecordsResponse> => {
    const { workspace, entity } = await openEntity(request.entity);
    return await reading.listRecords(workspace, entity, request);
  },
);

/** One record, by its id. */
export const getRecord = api(
  { method: "GET", path: "/workspace/entities/:entity/records/:recordId", expose: false, auth: true },
  async (request: GetRecordRequest): Promise<WorkspaceRecord> => {
    const { workspace, entity } = await openEntity(request.entity);
    return await reading.getRecord(workspace, entity, request);
  },
);

async function openEntity(name: string): Promise<{ workspace: DataSource; entity: DiscoveredEntity }> {
  const { tenantId, userID } = requireIdentity();
  const workspace = openWorkspace(tenantId);
  const context = { db, cache: schemaCache, source: workspace, userId: userID };
  return { workspace, entity: await discoverEntity(context, name) };
}
