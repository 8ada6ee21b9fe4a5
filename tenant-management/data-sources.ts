import { api } from "encore.dev/api";
import { requireIdentity, requireOwnTenant } from "../shared/tenancy/identity.js";
import { dataSourceKey } from "./data-source-key.js";
import { db } from "./db.js";
import * as sources from "./domain/data-sources.js";
import { testDataSource as testConnection } from "./domain/test-data-source.js";
import type {
  CreateDataSourceRequest,
  DataSource,
  DataSourcePathRequest,
  ListDataSourcesResponse,
  ResolveDataSourceRequest,
  ResolvedDataSource,
  TenantPathRequest,
  TestDataSourceResponse,
  UpdateDataSourceRequest,
} from "./types.js";

/** Adds a Postgres database to convert from or to. Its connection string is kept encrypted. */
export const createDataSource = api(
  { method: "POST", path: "/tenants/:tenantId/data-sources", expose: false, auth: true, sensitive: true },
  async (request: CreateDataSourceRequest): Promise<DataSource> => {
    const { userID } = requireOwnTenant(request.tenantId);
    return await sources.createDataSource(db, await dataSourceKey(), { ...request, userID });
  },
);

/** The tenant's data sources, by name. */
export const listDataSources = api(
  { method: "GET", path: "/tenants/:tenantId/data-sources", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<ListDataSourcesResponse> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return { dataSources: await sources.listDataSources(db, tenantId) };
  },
);

/** One data source, by id or name. */
export const getDataSource = api(
  { method: "GET", path: "/tenants/:tenantId/data-sources/:source", expose: false, auth: true },
  async (request: DataSourcePathRequest): Promise<DataSource> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await sources.getDataSource(db, tenantId, request.source);
  },
);

/** Renames a data source or points it to another database. */
export const updateDataSource = api(
  {
    method: "PUT",
    path: "/tenants/:tenantId/data-sources/:source",
    expose: false,
    auth: true,
    sensitive: true,
  },
  async (request: UpdateDataSourceRequest): Promise<DataSource> => {
    const { userID } = requireOwnTenant(request.tenantId);
    return await sources.updateDataSource(db, await dataSourceKey(), { ...request, userID });
  },
);

/** Removes a data source. */
export const deleteDataSource = api(
  { method: "DELETE", path: "/tenants/:tenantId/data-sources/:source", expose: false, auth: true },
  async (request: DataSourcePathRequest): Promise<void> => {
    const { userID } = requireOwnTenant(request.tenantId);
    await sources.deleteDataSource(db, { ...request, userID });
  },
);

/** Tries to connect to a data source, for 5 s at most. */
export const testDataSource = api(
  { method: "POST", path: "/tenants/:tenantId/data-sources/:source/test", expose: false, auth: true },
  async (request: DataSourcePathRequest): Promise<TestDataSourceResponse> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    const { url } = await sources.resolveDataSource(db, await dataSourceKey(), tenantId, request.source);
    return await testConnection(url);
  },
);

/** A data source of the caller's tenant with its connection string, for services that read and write it. */
export const resolveDataSource = api(
  { method: "POST", path: "/data-sources/resolve", expose: false, auth: true, sensitive: true },
  async (request: ResolveDataSourceRequest): Promise<ResolvedDataSource> => {
    const { tenantId } = requireIdentity();
    return await sources.resolveDataSource(db, await dataSourceKey(), tenantId, request.source);
  },
);
