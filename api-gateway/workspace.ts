import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  CreateWorkspaceEntityRequest,
  CreateWorkspaceEntityResponse,
  GetRecordRequest,
  ListRecordsRequest,
  ListRecordsResponse,
  ListWorkspaceEntitiesRequest,
  ListWorkspaceEntitiesResponse,
  LoadRecordsRequest,
  LoadRecordsResponse,
  WorkspaceRecord,
} from "../data-processing/workspace/types.js";

/** Makes an entity in the built-in workspace database. */
export const createWorkspaceEntity = api(
  { method: "POST", path: "/api/v1/workspace/entities", expose: true, auth: true },
  async (request: CreateWorkspaceEntityRequest): Promise<CreateWorkspaceEntityResponse> =>
    data_processing.createWorkspaceEntity(request),
);

/** The entities of the built-in workspace database. */
export const listWorkspaceEntities = api(
  { method: "GET", path: "/api/v1/workspace/entities", expose: true, auth: true },
  async (request: ListWorkspaceEntitiesRequest): Promise<ListWorkspaceEntitiesResponse> =>
    data_processing.listWorkspaceEntities(request),
);

/** Loads up to 5,000 records into a workspace entity, in a body of up to 8 MiB. */
export const loadRecords = api(
  {
    method: "POST",
    path: "/api/v1/workspace/entities/:entity/records",
    expose: true,
    auth: true,
    bodyLimit: 8 * 1024 * 1024,
  },
  async (request: LoadRecordsRequest): Promise<LoadRecordsResponse> => data_processing.loadRecords(request),
);

/** Records of a workspace entity. */
export const listRecords = api(
  { method: "GET", path: "/api/v1/workspace/entities/:entity/records", expose: true, auth: true },
  async (request: ListRecordsRequest): Promise<ListRecordsResponse> => data_processing.listRecords(request),
);

/** One record of a workspace entity. */
export const getRecord = api(
  { method: "GET", path: "/api/v1/workspace/entities/:entity/records/:recordId", expose: true, auth: true },
  async (request: GetRecordRequest): Promise<WorkspaceRecord> => data_processing.getRecord(request),
);
