import { cacheView } from "../../views/cache-view.js";
import type { ConfigEntry, FeatureFile, FeatureOf } from "./feature.js";

const source = (name: string, view: object = {}): FeatureFile => ({
  path: `src/caches/${name}.ts`,
  template: `src/caches/${name}.ts`,
  view,
});

/** Caches in Redis or in memory. */
export const caches: FeatureOf = (_project, service) => {
  if (service.caches.length === 0) return {};
  const views = service.caches.map((cache) => cacheView(cache, service));
  const redis = service.caches.some(({ store }) => store === "redis");
  const memory = service.caches.some(({ store }) => store === "memory");
  return {
    files: [
      source("cache", { writeThrough: views.some(({ writeThrough }) => writeThrough) }),
      ...(memory ? [source("memory-store")] : []),
      ...(redis ? [source("redis-store"), source("redis")] : []),
      ...views.map((view) => ({
        path: `src/caches/${view.cache}-cache.ts`,
        template: "src/caches/named.ts",
        view,
      })),
    ],
    packages: [...(memory ? (["lru-cache"] as const) : []), ...(redis ? (["ioredis"] as const) : [])],
    ...(redis
      ? {
          config: [redisUrl],
          start: [{ module: "./caches/redis.js", name: "startRedis", call: "startRedis()" }],
          stop: [{ module: "./caches/redis.js", name: "closeRedis", call: "await closeRedis()" }],
        }
      : {}),
  };
};

const redisUrl: ConfigEntry = {
  name: "REDIS_URL",
  schema: "address",
  default: "redis://redis:6379",
  development: "redis://127.0.0.1:6379",
  description: "Where Redis answers; without it values are loaded each time.",
};
