import { CacheCluster, expireInMinutes, StringKeyspace } from "encore.dev/storage/cache";

const cluster = new CacheCluster("data-processing", { evictionPolicy: "allkeys-lru" });

/** Discovered schemas as JSON, kept 5 minutes, for each tenant, data source and entity. */
export const schemaCache = new StringKeyspace<{ tenant: string; source: string; entity: string }>(cluster, {
  keyPattern: "schema/:tenant/:source/:entity",
  defaultExpiry: expireInMinutes(5),
});
