import { isMainThread } from "node:worker_threads";
import { host } from "../host.js";
import { onShutdown } from "../shutdown.js";
import type { CacheBackend } from "./backend.js";
import { CacheCluster } from "./cluster.js";
import { MemoryBackend } from "./memory-backend.js";
import { RedisBackend } from "./redis-backend.js";
import { serveCaches, ThreadBackend } from "./thread-backend.js";

export { CacheCluster } from "./cluster.js";

const backends = new Map<string, CacheBackend>();

if (isMainThread) serveCaches(backendOf);
onShutdown("close", async () => {
  await Promise.all([...backends.values()].map((backend) => backend.close()));
});

/** The app's cache cluster of that name. */
export function cacheCluster(name: string): CacheCluster {
  const config = host().config.caches[name];
  const prefix = config?.provider === "redis" ? (config.keyPrefix ?? "") : "";
  return new CacheCluster(name, prefix, () => backendOf(name));
}

function backendOf(name: string): CacheBackend {
  let backend = backends.get(name);
  if (backend === undefined) backends.set(name, (backend = openBackend(name)));
  return backend;
}

function openBackend(name: string): CacheBackend {
  const { config, model } = host();
  const cache = config.caches[name];
  if (cache === undefined) throw new Error(`cache cluster ${name} is not configured for this process`);
  if (cache.provider === "redis") return new RedisBackend(name, cache);
  if (!isMainThread) return new ThreadBackend(name);
  const evictionPolicy = model.caches.find((known) => known.name === name)?.evictionPolicy ?? "allkeys-lru";
  return new MemoryBackend({ evictionPolicy });
}
