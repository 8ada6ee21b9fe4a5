import { join } from "node:path";
import type { AppModel } from "../../model/app-model.js";
import type { CacheConfig, ObjectsConfig } from "../../runtime/host-config.js";
import { appSecret } from "./app-secret.js";
import type { Settings } from "./settings.js";
import { DEFAULT_TLS, tlsConfig } from "./tls-config.js";

/** Path below which the host serves objects of folder buckets. */
const OBJECTS_PATH = "/__axion/objects";

/** Each bucket: S3 where it is configured, else a folder below `.axion/objects`. */
export function objectConfigs(options: {
  appDir: string;
  model: AppModel;
  settings: Settings;
  baseUrl: string;
}): Record<string, ObjectsConfig> {
  const { appDir, model, settings, baseUrl } = options;
  const configs: Record<string, ObjectsConfig> = {};
  for (const storage of settings.infra.object_storage ?? []) {
    if (storage.type !== "s3") continue;
    const { region, endpoint, access_key_id: accessKeyId, secret_access_key: secretAccessKey } = storage;
    for (const [name, bucket] of Object.entries(storage.buckets)) {
      if (!model.buckets.some((known) => known.name === name))
        settings.warnings.push(`object_storage: the app has no bucket "${name}"`);
      configs[name] = {
        provider: "s3",
        bucket: bucket.name,
        region,
        endpoint,
        accessKeyId,
        secretAccessKey,
        keyPrefix: bucket.key_prefix,
        publicBaseUrl: bucket.public_base_url,
      };
    }
  }
  for (const { name } of model.buckets) {
    configs[name] ??= {
      provider: "folder",
      dir: join(appDir, ".axion", "objects", name),
      publicBaseUrl: `${baseUrl}${OBJECTS_PATH}`,
      signingKey: appSecret(appDir),
    };
  }
  return configs;
}

/** Each cache cluster: Redis where it is configured, else this process's memory. */
export function cacheConfigs(model: AppModel, settings: Settings): Record<string, CacheConfig> {
  const configured = settings.infra.redis ?? {};
  for (const name of Object.keys(configured)) {
    if (!model.caches.some((cache) => cache.name === name))
      settings.warnings.push(`redis.${name}: the app has no cache cluster of that name`);
  }
  return Object.fromEntries(
    model.caches.map(({ name }): [string, CacheConfig] => {
      const redis = configured[name];
      if (redis === undefined || redis.in_memory) return [name, { provider: "memory" }];
      // As on Encore: encrypted unless the configuration says otherwise.
      const tls = tlsConfig(redis.tls_config ?? DEFAULT_TLS);
      const url = new URL(`redis://${redis.host}/${redis.database_index}`);
      if (redis.auth?.type === "acl") url.username = encodeURIComponent(redis.auth.username);
      if (redis.auth !== undefined)
        url.password = encodeURIComponent(
          redis.auth.type === "acl" ? redis.auth.password : redis.auth.auth_string,
        );
      const address = tls === undefined ? url.href : url.href.replace(/^redis:/, "rediss:");
      return [name, { provider: "redis", url: address, keyPrefix: redis.key_prefix, tls }];
    }),
  );
}
