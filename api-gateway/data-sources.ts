import { api } from "encore.dev/api";
import { tenant_management } from "~encore/clients";
import type {
  CreateDataSourceRequest,
  DataSource,
  DataSourcePathRequest,
  ListDataSourcesRequest,
  ListDataSourcesResponse,
  TestDataSourceResponse,
  TestDataSourceSettingsRequest,
  UpdateDataSourceRequest,
} from "../tenant-management/types.js";

/** Adds a Postgres database to convert from or to. Its connection string is kept encrypted. */
export const createDataSource = api(
  {
    method: "POST",
    path: "/api/v1/tenants/:tenantId/data-sources",
    expose: true,
    auth: true,
    sensitive: true,
  },
  async (request: CreateDataSourceRequest): Promise<DataSource> =>
    tenant_management.createDataSource(request),
);

/** The tenant's data sources, by name. */
export const listDataSources = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/data-sources", expose: true, auth: true },
  async (request: ListDataSourcesRequest): Promise<ListDataSourcesResponse> =>
    tenant_management.listDataSources(request),
);

/** One data source, by id or name. */
export const getDataSource = api(
  { method: "GET", path: "/api/v1/tenants/:tenantId/data-sources/:source", expose: true, auth: true },
  async (request: DataSourcePathRequest): Promise<DataSource> => tenant_management.getDataSource(request),
);

/** Renames a data source, points it to another database, or changes how it is reached. */
export const updateDataSource = api(
  {
    method: "PUT",
    path: "/api/v1/tenants/:tenantId/data-sources/:source",
    expose: true,
    auth: true,
    sensitive: true,
  },
  async (request: UpdateDataSourceRequest): Promise<DataSource> =>
    tenant_management.updateDataSource(request),
);

/** Removes a data source. */
export const deleteDataSource = api(
  { method: "DELETE", path: "/api/v1/tenants/:tenantId/data-sources/:source", expose: true, auth: true },
  async (request: DataSourcePathRequest): Promise<void> => tenant_management.deleteDataSource(request),
);

/** Tries to connect to a data source, for 10 s at most, and says what is wrong: host, TLS, password, database, privilege. */
export const testDataSource = api(
  { method: "POST", path: "/api/v1/tenants/:tenantId/data-sources/:source/test", expose: true, auth: true },
  async (request: DataSourcePathRequest): Promise<TestDataSourceResponse> =>
    tenant_management.testDataSource(request),
);

/** Tries a connection before it is kept, as `testDataSource` does. */
export const testDataSourceSettings = api(
  {
    method: "POST",
    path: "/api/v1/tenants/:tenantId/data-sources/test",
    expose: true,
    auth: true,
    sensitive: true,
  },
  async (request: TestDataSourceSettingsRequest): Promise<TestDataSourceResponse> =>
    tenant_management.testDataSourceSettings(request),
);
