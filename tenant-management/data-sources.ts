import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import log from "encore.dev/log";
import { data_processing } from "~encore/clients";
import { checkAllowedNetworks } from "../shared/network/address-guard.js";
import { requireIdentity, requireOwnTenant } from "../shared/tenancy/identity.js";
import { dataSourceKeys } from "./data-source-key.js";
import { db } from "./db.js";
import * as sources from "./domain/data-sources.js";
import { rotateSourceKeys } from "./domain/rotate-source-keys.js";
import { completeSettings } from "./domain/source-settings.js";
import { parseSourceUrl } from "./domain/source-url.js";
import { testDataSource as testConnection } from "./domain/test-data-source.js";
import type {
  CreateDataSourceRequest,
  DataSource,
  DataSourcePathRequest,
  ListDataSourcesRequest,
  ListDataSourcesResponse,
  ResolveDataSourceRequest,
  ResolvedDataSource,
  RotateDataSourceKeysResponse,
  TestDataSourceResponse,
  TestDataSourceSettingsRequest,
  UpdateDataSourceRequest,
} from "./types.js";

checkAllowedNetworks();

/** Adds a Postgres database to convert from or to. Its connection string is kept encrypted. */
export const createDataSource = api(
  { method: "POST", path: "/tenants/:tenantId/data-sources", expose: false, auth: true, sensitive: true },
  async (request: CreateDataSourceRequest): Promise<DataSource> => {
    const { userID } = requireOwnTenant(request.tenantId);
    return await sources.createDataSource(db, await dataSourceKeys(), { ...request, userID });
  },
);

/** The tenant's data sources, by name. */
export const listDataSources = api(
  { method: "GET", path: "/tenants/:tenantId/data-sources", expose: false, auth: true },
  async (request: ListDataSourcesRequest): Promise<ListDataSourcesResponse> => {
    requireOwnTenant(request.tenantId);
    return await sources.listDataSources(db, request);
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

/** Renames a data source, points it to another database, or changes how it is reached. */
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
    return await sources.updateDataSource(db, await dataSourceKeys(), { ...request, userID });
  },
);

/** Removes a data source, after what was made in it for automatic rules: a replication slot and its publication. */
export const deleteDataSource = api(
  { method: "DELETE", path: "/tenants/:tenantId/data-sources/:source", expose: false, auth: true },
  async (request: DataSourcePathRequest): Promise<void> => {
    const { userID, tenantId } = requireOwnTenant(request.tenantId);
    const { name } = await sources.getDataSource(db, tenantId, request.source);
    await data_processing.releaseTriggerSource({ dataSource: name });
    await sources.deleteDataSource(db, { ...request, userID });
  },
);

/** Tries to connect to a data source, for 10 s at most, and says what is wrong. */
export const testDataSource = api(
  { method: "POST", path: "/tenants/:tenantId/data-sources/:source/test", expose: false, auth: true },
  async (request: DataSourcePathRequest): Promise<TestDataSourceResponse> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await testConnection(
      await sources.resolveDataSource(db, await dataSourceKeys(), tenantId, request.source),
    );
  },
);

/** The same for a connection that is not kept yet. */
export const testDataSourceSettings = api(
  {
    method: "POST",
    path: "/tenants/:tenantId/data-sources/test",
    expose: false,
    auth: true,
    sensitive: true,
  },
  async (request: TestDataSourceSettingsRequest): Promise<TestDataSourceResponse> => {
    requireOwnTenant(request.tenantId);
    const address = parseSourceUrl(request.url);
    const { caCertificate, ...settings } = completeSettings(request, address);
    return await testConnection({
      ...settings,
      url: address.url,
      caCertificate: caCertificate ?? undefined,
    });
  },
);

/** A data source of the caller's tenant with its connection string, for services that read and write it. */
export const resolveDataSource = api(
  { method: "POST", path: "/data-sources/resolve", expose: false, auth: true, sensitive: true },
  async (request: ResolveDataSourceRequest): Promise<ResolvedDataSource> => {
    const { tenantId } = requireIdentity();
    return await sources.resolveDataSource(db, await dataSourceKeys(), tenantId, request.source);
  },
);

/** Encrypts the connection strings anew that are not under the current key yet. */
export const rotateDataSourceKeys = api(
  { method: "POST", path: "/data-sources/rotate-keys", expose: false },
  async (): Promise<RotateDataSourceKeysResponse> => {
    const result = await rotateSourceKeys(db, await dataSourceKeys());
    if (result.resealed > 0 || result.unreadable > 0) log.info("data sources encrypted anew", { ...result });
    return result;
  },
);

const _rotateDataSourceKeys = new CronJob("rotate-data-source-keys", {
  title: "Encrypt data sources under the current key",
  every: "10m",
  endpoint: rotateDataSourceKeys,
});
