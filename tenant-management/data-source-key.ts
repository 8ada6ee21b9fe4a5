import { secret } from "encore.dev/config";
import { requireConfigured, resolveServiceKey, type ServiceKey } from "../shared/secrets/service-keys.js";
import { db } from "./db.js";

const configuredKey = secret("DataSourceKey");

requireConfigured("DataSourceKey", configuredKey());

let resolved: Promise<ServiceKey> | undefined;

/** The key that data sources' connection strings are encrypted with. */
export function dataSourceKey(): Promise<ServiceKey> {
  resolved ??= resolveServiceKey(db, "DataSourceKey", configuredKey()).catch((error) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}
